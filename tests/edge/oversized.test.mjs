// Whatever is too large gets an answer that blames nobody else, and the gate goes on: docs/SECURITY.md lists the bounds.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { admin, ADMIN } from "./support/admin.mjs";
import { json, raw, send, until } from "./support/client.mjs";
import { claimsOf, newKey, token } from "./support/issuer.mjs";
import { acme, limitedTo, started } from "./support/setup.mjs";
import { keyEntry } from "./support/workerd.mjs";

const timeout = 60_000;
const ISSUER = newKey("HS256");

function policy() {
  const policy = limitedTo(100_000, "7d", {
    credential: ["x-api-key", "bearer"],
    tokens: { algorithms: ["HS256"], keys: [ISSUER.jwk], account: "sub", tier: { claim: "plan" } },
    owners: { email: { by: "body:email", tier: "guests" }, session: { by: "query:session", tier: "guests" } },
    limits: { device: { algorithm: "token-bucket", units: 1000, window: "7d", per: "header:X-Device" } },
    routes: [{ methods: ["POST"], path: "/link", owner: "email" }, { path: "/session", owner: "session" }, { path: "/device", limits: ["device"] }],
  });
  policy.tiers.guests = { limits: [{ name: "minute", algorithm: "token-bucket", units: 1000, window: "7d" }] };
  return policy;
}

/// An origin that takes headers of any size.
const READER = `export default {
  async fetch(request) {
    await request.arrayBuffer();
    return new Response("ok");
  },
};`;

/// What is running, and what ends it.
let place;
const ends = [];
before(async () => (place = await started({ after: (end) => ends.push(end) }, { policy: policy(), vars: { ADMIN_TOKEN: ADMIN }, service: READER, bound: true })));
after(async () => {
  for (const end of ends) await end();
});

const x = (count) => "x".repeat(count);
const post = (body, headers = {}) => ({ method: "POST", path: "/link", headers: { "content-type": "application/json", ...headers }, body });
const bearer = (text) => ({ path: "/v1", headers: { authorization: `Bearer ${text}` } });
const longToken = (count) => token(ISSUER, claimsOf("acme", { filler: x(count) }));

/// What is sent, and the status that answers it.
const CASES = {
  "a path of 60 KB": [acme({ path: `/${x(60_000)}` }), 200],
  "a path of ten thousand segments": [acme({ path: "/a".repeat(10_000) }), 200],
  "a path of ten thousand steps back": [acme({ path: "/a/..".repeat(10_000) }), 200],
  "a path of 20,000 escapes": [acme({ path: `/${"%61".repeat(20_000)}` }), 200],
  "a path of nested escapes": [acme({ path: `/%${"25".repeat(20_000)}61` }), 200],
  "a query of ten thousand parameters": [acme({ path: `/session?${"a=b&".repeat(10_000)}session=1` }), 200],
  "a parameter ten thousand times": [acme({ path: `/session?${"session=1&".repeat(5_000)}` }), 400],
  "a header of 60 KB": [acme({ headers: { "x-large": x(60_000) } }), 200],
  "two thousand headers": [acme({ headers: Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`x-${at}`, "y"])) }), 200],
  "a selected header of 60 KB": [acme({ path: "/device", headers: { "x-device": x(60_000) } }), 200],
  "a key of 513 bytes": [{ headers: { "x-api-key": x(513) } }, 400],
  "a key of 60 KB": [{ headers: { "x-api-key": x(60_000) } }, 400],
  "a token of 8 KB that is signed": [bearer(longToken(5_500)), 200],
  "a token of more than 8 KB that is signed": [bearer(longToken(6_500)), 400],
  "a token of 60 KB": [bearer(longToken(45_000)), 400],
  "a token of deep JSON": [bearer(token(ISSUER, `{"a":${"[".repeat(3_000)}${"]".repeat(3_000)}}`)), 401],
  "a token of a thousand claims": [bearer(token(ISSUER, claimsOf("acme", Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`c${at}`, 1]))))), 401],
  "a body of 16 KB that is looked at": [post(JSON.stringify({ email: "a@b.example", rest: x(16_000) })), 200],
  "a body of 17 KB that is looked at": [post(JSON.stringify({ email: "a@b.example", rest: x(17_000) })), 413],
  "a body of 10 MB that is looked at": [post(x(10 << 20)), 413],
  "a body of 10 MB that is not": [acme({ method: "POST", body: x(10 << 20) }), 200],
  "a body of deep JSON": [post(`{"a":${"[".repeat(8_000)}`), 400],
  "a body of three thousand members": [post(`{${'"":0,'.repeat(3_000)}"email":"a@b.example"}`), 200],
  "an e-mail of 15 KB": [post(JSON.stringify({ email: `${x(15_000)}@b.example` })), 200],
  "an Origin of 60 KB": [acme({ headers: { origin: `https://${x(60_000)}` } }), 200],
  "an Accept of 60 KB": [{ headers: { accept: "a/b;q=0.1,".repeat(6_000) } }, 401],
  "a trail of deployments of 60 KB": [acme({ headers: { "x-headgate-deployment": "a, ".repeat(20_000) } }), 200],
  "an address of 60 KB": [post('{"email":"a@b.example"}', { "cf-connecting-ip": "1".repeat(60_000) }), 200],
  "a method of its own": [acme({ method: "PROPFIND" }), 200],
};

for (const [name, [request, wanted]] of Object.entries(CASES)) {
  test(`${name} gets a clear answer, and the next request its own`, { timeout }, async () => {
    const { status, text } = await send(place.gate.url, { agent: false, ...request });
    assert.equal(status, wanted, text.slice(0, 200));
    assert.equal((await send(place.gate.url, acme({ agent: false }))).status, 200);
  });
}

for (const [name, head] of Object.entries({
  "a URL of a megabyte": `GET /${x(1 << 20)} HTTP/1.1\r\nHost: h\r\n\r\n`,
  "a header of a megabyte": `GET / HTTP/1.1\r\nHost: h\r\nX-Large: ${x(1 << 20)}\r\n\r\n`,
  "a hundred thousand headers": `GET / HTTP/1.1\r\nHost: h\r\n${"X-Many: y\r\n".repeat(100_000)}\r\n`,
})) {
  test(`${name} is the runtime's to refuse, and the gate goes on`, { timeout }, async () => {
    // It may close the connection while the rest is still being sent, with or without an answer.
    const answer = await raw(place.gate.url, head).catch(() => undefined);
    assert.ok(answer === undefined || [400, 414, 431].includes(answer.status), answer?.head);
    assert.equal((await send(place.gate.url, acme({ agent: false }))).status, 200);
  });
}

test("operations that are too large are refused, and change nothing", { timeout }, async () => {
  const { gate } = place;
  for (const [method, what, body, status] of [
    ["PUT", "acme/plan", { plan: x(65) }, 400], ["PUT", "acme/plan", { plan: x(4_090) }, 413], ["PUT", "acme/plan", { plan: x(60_000) }, 413],
    ["PUT", "acme/suspension", { until: 4e9, reason: x(257) }, 400],
    ["GET", `${x(129)}/plan`, undefined, 400], ["GET", `acme/caps/${x(30_000)}`, undefined, 400],
  ]) {
    assert.equal((await admin(gate, method, what, body)).status, status, `${method} ${what.slice(0, 40)}`);
  }
  assert.deepEqual(json(await admin(gate, "GET", "acme/plan")), { access_status: null, plan: null, period_end: null });
  assert.equal((await send(gate.url, acme())).status, 200);
});

test("a record or a policy that is too large is none, and what was known holds", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: policy(), vars: { POLICY_MAX_AGE: "1s" } });
  assert.equal((await send(gate.url, acme())).status, 200);
  const large = JSON.stringify({ account: x(129), tier: "standard", version: 1 });
  await gate.put([{ ...keyEntry("large-1"), value: large }, { key: "policy", value: `${JSON.stringify(policy())}${" ".repeat(1_048_576)}` }]);
  assert.equal((await send(gate.url, { headers: { "x-api-key": "large-1" } })).status, 503, "whose it is is not known");
  const degraded = await until(({ headers }) => headers["x-headgate-degraded"] === "policy", () => send(gate.url, acme()));
  assert.equal(degraded.status, 200);
  await gate.logged("allowed: at most 1048576");
});
