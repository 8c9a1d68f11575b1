// The schema for editors says what the parser says, as far as a schema can.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { root } from "./support/workerd.mjs";

const read = (...path) => JSON.parse(readFileSync(join(root, ...path), "utf8"));
const schema = read("policies", "policy.schema.json");
const valid = new Ajv2020({ allErrors: true }).compile(schema);

const folder = mkdtempSync(join(tmpdir(), "headgate-schema-"));
after(() => rmSync(folder, { recursive: true }));

/// What the parser says to a policy: undefined if it is right.
function refusal(policy) {
  const file = join(folder, "policy.json");
  writeFileSync(file, JSON.stringify(policy));
  const tool = join(root, "target/debug/headgate-kv");
  const { status, stderr, error } = spawnSync(tool, ["--policy", file, "--check"], { encoding: "utf8" });
  assert.ifError(error);
  return status === 0 ? undefined : stderr.trim().slice(file.length + 2);
}

const least = () => ({
  version: 1,
  tiers: { standard: { limits: [{ name: "minute", algorithm: "token-bucket", units: 200, window: "1m" }] } },
});

/// A policy with `value` put at a place, a JSON pointer.
function withAt(policy, at, value) {
  if (at === "") return value;
  const path = at.replace(/#.*/, "").slice(1).split("/");
  const field = path.pop();
  path.reduce((object, key) => object[key], policy)[field] = value;
  return policy;
}

const bytes = (count) => Buffer.alloc(count, 1).toString("base64url");

/// A place for each kind of object in a policy, with something right in it; what follows # tells kinds apart.
const places = {
  "": least,
  "/keys": () => ({}),
  "/keys/prefixes/tt_": () => ({ tier: "standard" }),
  "/tokens": () => ({ algorithms: ["ES256"], keys: [places["/tokens/keys/2"]()], account: "sub", tier: { name: "standard" } }),
  "/tokens/tier": () => ({ claim: "plan" }),
  "/tokens/keys/0": () => ({ kty: "oct", k: bytes(32) }),
  "/tokens/keys/1": () => ({ kty: "RSA", n: bytes(256), e: "AQAB" }),
  "/tokens/keys/2": () => ({ kty: "EC", crv: "P-256", x: bytes(32), y: bytes(32) }),
  "/strangers": () => ({ tier: "standard" }),
  "/tiers/standard": () => ({ limits: [] }),
  "/tiers/standard/limits/0": () => least().tiers.standard.limits[0],
  "/tiers/standard/limits/1#sliding-log": () => ({ name: "log", algorithm: "sliding-log", units: 200, window: "1m" }),
  "/tiers/standard/limits/1#sliding-window": () => ({ name: "sliding", algorithm: "sliding-window", units: 200, window: "1m" }),
  "/tiers/standard/limits/1#fixed-window": () => ({ name: "day", algorithm: "fixed-window", units: 200, window: "1d" }),
  "/tiers/standard/limits/1#anchored-window": () => ({ name: "anchored", algorithm: "anchored-window", units: 200, window: "1m" }),
  "/tiers/standard/limits/1#lifetime": () => ({ name: "ever", algorithm: "lifetime", units: 5, forget_after: "1d" }),
  "/tiers/standard/limits/1#cap": () => ({ name: "active", algorithm: "cap", amount: 5 }),
  "/tiers/standard/limits/1#concurrency": () => ({ name: "priority", algorithm: "concurrency", slots: 10 }),
  "/limits/creation": () => ({ algorithm: "token-bucket", units: 10, window: "1h", per: "body:token", spelling: "email" }),
  "/limits/creation#sliding-window": () => ({ algorithm: "sliding-window", units: 10, window: "1h" }),
  "/limits/creation#lifetime": () => ({ algorithm: "lifetime", units: 10, forget_after: "1h" }),
  "/owners/email": () => ({ by: "body:email", tier: "standard" }),
  "/routes": () => ({ path: "/v1/*" }),
  "/routes/0/caps/0": () => ({ cap: "active", reserve: 1, settle: { amount: 1 } }),
  "/routes/0/caps/0/settle": () => ({ amount: 1 }),
  "/routes/0/answer": () => ({ body: { used: "{used:minute}" } }),
  "/billing": () => ({ blocked: ["past_due"] }),
  "/paths": () => ({}),
  "/dialect": () => ({ problem_json: "on_accept", denials_of: { minute: { body: {} } } }),
  "/dialect/headers": () => ({ name: "X-Left", value: "remaining", limit: "minute" }),
  "/dialect/denials": () => ({}),
  "/dialect/denials/quota": () => ({ body: {} }),
  "/dialect/denials_of/minute": () => ({ body: {} }),
  "/cors": () => ({ origins: [] }),
};
const lists = new Set(["/routes", "/dialect/headers"]);

/// The least policy with such an object changed.
function changed(place, change) {
  const policy = least();
  if (place.startsWith("/dialect/")) policy.dialect = { denials: {}, denials_of: {} };
  if (place.startsWith("/keys/")) policy.keys = { prefixes: {} };
  if (place.startsWith("/tokens/")) {
    const keys = [0, 1, 2].map((at) => places[`/tokens/keys/${at}`]());
    policy.tokens = { ...places["/tokens"](), algorithms: ["HS256", "RS256", "ES256"], keys };
  }
  if (place.startsWith("/limits/")) policy.limits = {};
  if (place.startsWith("/owners/")) policy.owners = {};
  if (place.startsWith("/routes/0/caps")) {
    policy.tiers.standard.limits.push(places["/tiers/standard/limits/1#cap"]());
    policy.routes = [{ path: "/a", caps: [places["/routes/0/caps/0"]()] }];
  }
  if (place === "/routes/0/answer") policy.routes = [{ path: "/a" }];
  const object = place === "" ? policy : places[place]();
  change(object);
  return withAt(policy, place, lists.has(place) ? [object] : object);
}

/// The schema of such an object.
const { $defs, properties } = schema;

/// The schema of an endpoint limit, with what it refers to.
function endpoint(kind) {
  const written = structuredClone($defs[`endpoint${kind[0].toUpperCase()}${kind.slice(1)}`]);
  for (const field of ["units", "burst", "parts"]) if (field in written.properties) written.properties[field] = $defs[kind].properties[field];
  if (kind === "tokenBucket") written.properties.spelling = $defs.spelling;
  return written;
}
const schemas = {
  "": schema,
  "/keys": properties.keys,
  "/keys/prefixes/tt_": $defs.prefix,
  "/tokens": $defs.tokens,
  "/tokens/tier": $defs.tokens.properties.tier,
  "/tokens/keys/0": { ...$defs.secretKey, properties: { ...$defs.secretKey.properties, ...$defs.jwk.properties } },
  "/tokens/keys/1": $defs.rsaKey,
  "/tokens/keys/2": $defs.curveKey,
  "/strangers": properties.strangers.oneOf[1],
  "/tiers/standard": properties.tiers.additionalProperties,
  "/tiers/standard/limits/0": { ...$defs.tokenBucket, properties: { ...$defs.tokenBucket.properties, ...$defs.limit.properties } },
  "/tiers/standard/limits/1#sliding-log": $defs.slidingLog,
  "/tiers/standard/limits/1#sliding-window": $defs.slidingWindow,
  "/tiers/standard/limits/1#fixed-window": $defs.fixedWindow,
  "/tiers/standard/limits/1#anchored-window": $defs.anchoredWindow,
  "/tiers/standard/limits/1#lifetime": $defs.lifetime,
  "/tiers/standard/limits/1#cap": $defs.cap,
  "/tiers/standard/limits/1#concurrency": $defs.concurrency,
  "/limits/creation": { ...endpoint("tokenBucket"), properties: { ...endpoint("tokenBucket").properties, ...$defs.endpointLimit.properties } },
  "/limits/creation#sliding-window": endpoint("slidingWindow"),
  "/limits/creation#lifetime": endpoint("lifetime"),
  "/owners/email": { ...$defs.owner, properties: { ...$defs.owner.properties, spelling: $defs.spelling } },
  "/routes": $defs.route,
  "/routes/0/caps/0": $defs.reserve,
  "/routes/0/caps/0/settle": $defs.settle,
  "/routes/0/answer": $defs.answer,
  "/billing": properties.billing,
  "/paths": properties.paths,
  "/dialect": properties.dialect,
  "/dialect/headers": $defs.header,
  "/dialect/denials": properties.dialect.properties.denials,
  "/dialect/denials/quota": $defs.style,
  "/dialect/denials_of/minute": $defs.style,
  "/cors": properties.cors,
};

const allowed = (policy) => /, allowed: (.*)$/s.exec(refusal(policy) ?? "")?.[1];

test("shipped policies are right", () => {
  const files = readdirSync(join(root, "policies")).filter((name) => !name.endsWith(".schema.json"));
  for (const name of files) {
    const policy = read("policies", name);
    assert.ok(valid(policy), `${name}: ${JSON.stringify(valid.errors)}`);
    assert.equal(refusal(policy), undefined, name);
    assert.equal(policy.$schema, "./policy.schema.json");
  }
});

test("bad policies are bad, but for what a schema cannot see", () => {
  for (const { at, is, schema_blind: blind = false } of read("tests", "data", "bad_policies.json")) {
    const policy = withAt(least(), at, is);
    assert.equal(valid(policy), blind, `${at}: ${JSON.stringify(is)}`);
  }
});

test("parser and schema know the same fields, and the same ones are required", () => {
  for (const place of Object.keys(places)) {
    assert.equal(refusal(changed(place, () => {})), undefined, place);
    const known = allowed(changed(place, (object) => (object.unheard_of = 1)));
    assert.deepEqual(known?.split(", ").sort(), Object.keys(schemas[place].properties).sort(), place);
    assert.equal(schemas[place].additionalProperties, false, place);
    for (const field of Object.keys(places[place]())) {
      const without = changed(place, (object) => delete object[field]);
      assert.equal(valid(without), refusal(without) === undefined, `${place} without ${field}`);
    }
  }
});

test("parser and schema know the same words and the same ranges", () => {
  const seen = { words: 0, ranges: 0 };
  for (const [place, { properties: fields }] of Object.entries(schemas)) {
    for (const [field, written] of Object.entries(fields)) {
      const rule = written.items ?? written;
      const having = (value) => changed(place, (object) => (object[field] = value));
      const wrong = having(written.items ? ["unheard-of"] : "unheard-of");
      if (rule.enum) {
        seen.words += 1;
        assert.deepEqual(allowed(wrong)?.split(", "), rule.enum, `${place}/${field}`);
      }
      if (rule.type === "integer") {
        seen.ranges += 1;
        assert.equal(allowed(wrong), `a whole number from ${rule.minimum} to ${rule.maximum}`, `${place}/${field}`);
      }
      if (written.default !== undefined) assert.equal(refusal(having(written.default)), undefined, `${place}/${field}`);
    }
  }
  assert.deepEqual(seen, { words: 18, ranges: 23 });
});

/// What only the parser refuses: names that refer to nothing or stand twice, and durations that are too long.
const blind = [
  /: one of the tiers /,
  /: the name of a limit(, or "\*")?$/,
  /: as what it is of, the name of a limit$/,
  /: the name of a concurrency limit of some tier$/,
  /: the name of a cap of some tier$/,
  /: each cap once$/,
  /: a whole number from -\d+ to what is reserved, or /,
  /: instead of .* the name of a limit of some tier$/,
  /: the name of a limit that is no concurrency limit and no cap$/,
  /: a tier without concurrency limits and caps, which only accounts can have$/,
  /: a key of one of the algorithms$/,
  /: longer than the patience of every concurrency limit/,
  /: with per, a sliding-log of at most /,
  /: a name that no other limit of this tier has$/,
  /: as a limit's name, one that no limit of a tier has$/,
  /: the name of an entry of limits$/,
  /: the name of an owner$/,
  /: this only where the route's path has /,
  /: a whole number with one of the units B, KB, MB, /,
  /(: |or )a whole number with one of the units /,
];

/// What fields are set to: right somewhere and wrong elsewhere.
const values = [
  null, true, false, 0, 1, -1, 1.5, 599, 1e9, 1e9 + 1, 2 ** 53, [], {}, [1],
  "", "deny", "allow", "standard", "minute", "always", "exhausted", "ratelimit", "units", "full", "on_accept", "keep", "GET", "get",
  "1m", "0s", "366d", "367d", "01h", "month", 10_000, 10_001,
  "priority", "regular", "250ms", "0ms", "/", "//", "/a", "/a/", "/{key}", "/{id}", "/{id}/{id}", "/{id}/{key}/**", "/{1d}", "/{id", "/*", "/**", "/a/**", "/**/a", "/a**", "/.", "/..", "/...", "/.a/", "/a//b", "/a;b", "/é", "/a b",
  "body:email", "path:id", "body:", "cookie:x", "email", "mailbox", "16KB", "1MB", "2MB", "0B", ["creation"], "creation",
  "/%20", "/%2f", "/%2F", "/%41", "/%3A", "/%7F", "/%E9", "/%",
  "*", "https://a.example", "https://a.example:8080", "https://[::1]", "http://",
  "application/json", "a/b/c", "a\nb/c", "x".repeat(63) + "/", "x".repeat(64) + "/",
  "x".repeat(64), "x".repeat(65), "X-Left", "X_Left", "tt_", "x y",
  "HS256", "ES256", "oct", "org.id", ".id", "https://a.example/", "https://a@b/", "http://localhost:1/", "http://localhost.a/", "6m", ["sub"], ["RS256"], ["HS256"],
  ["GET"], ["*"], ["*", "*"], ["https://a.example"], ["bearer"],
  "2xx", "6xx", 200, 600, [402], ["past_due"], { header: "X-Size" }, { json: "size" }, { header: "X-Size", json: "size" }, { amount: 1 }, { amount: -1 },
  "active-subscriptions", { cap: "active-subscriptions", reserve: 1, settle: { amount: 1 } }, { body: "{used:minute}" }, { body: "{used:unheard-of}" }, { blocked: ["past_due"] },
  { tier: "standard" }, { tier: "standard", capture_until: "_" }, { claim: "plan" }, { name: "standard" }, { a: "standard" }, { limits: [] }, { body: "x" }, { minute: { body: "x" } }, { path: "/a" }, { path: "/a", lane: "priority" }, { path: "/a", limits: ["creation"] }, { path: "/a", owner: "email" }, { origins: ["*"] },
];

/// What authors name themselves, with an entry.
const groups = {
  "/limits": () => ({ creation: places["/limits/creation"]() }),
  "/owners": () => ({ email: places["/owners/email"]() }),
};

/// Puts some value somewhere in a policy, or takes something away.
function change(value, below) {
  const pick = (list) => list[below(list.length)];
  const key = pick(Object.keys(value));
  const isList = Array.isArray(value);
  const inside = key !== undefined && typeof value[key] === "object" && value[key] !== null;
  if (inside && key !== "body" && below(4) > 0) change(value[key], below);
  else if (isList) value.push(pick(values));
  else if (key !== undefined && below(8) === 0) delete value[key];
  else if (below(12) === 0) value[pick(values.filter((name) => typeof name === "string"))] = pick(values);
  else if (key !== undefined) value[key] = pick(values);
}

test("of policies changed at random neither takes what the other refuses", (t) => {
  let state = 1;
  const below = (end) => (state = (state * 48271) % 2147483647) % end;
  const counts = { right: 0, wrong: 0, blind: 0 };
  const more = ["/limits", "/owners", "/keys", "/tokens", "/strangers", "/routes", "/paths", "/dialect", "/cors"];
  for (let round = 0; round < 1_500; round++) {
    const policy = [least(), ...["default", "ticksupply", "seatsio"].map((name) => read("policies", `${name}.json`))][below(4)];
    for (const place of more.filter(() => below(3) === 0)) {
      if (place === "/dialect" && policy.dialect) continue;
      withAt(policy, place, lists.has(place) ? [places[place]()] : (groups[place] ?? places[place])());
    }
    change(policy, below);
    const said = refusal(policy);
    const agreed = valid(policy) === (said === undefined);
    const unseen = said !== undefined && blind.some((pattern) => pattern.test(said));
    assert.ok(agreed || unseen, `${JSON.stringify(policy)}\n${said}`);
    counts[!agreed ? "blind" : said === undefined ? "right" : "wrong"] += 1;
  }
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.right > 100 && counts.wrong > 300, JSON.stringify(counts));
});
