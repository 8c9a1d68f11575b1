// Who may say what: the gate alone speaks of accounts, addresses and limits.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { json, send } from "./support/client.mjs";
import { always } from "./support/origin.mjs";
import { acme, started, ticksupplyWith, withKey } from "./support/setup.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("the origin is told the account, the tier, the request and where it came from", async (t) => {
  const { gate, origin } = await started(t);
  const headers = { host: "api.example.com:8443", "cf-connecting-ip": "192.0.2.7" };
  await send(gate.url, acme({ headers }));
  await send(gate.url, withKey("globex-1", { headers }));
  const [first, second] = origin.seen.map((request) => request.headers);
  assert.deepEqual([first["x-headgate-account"], first["x-headgate-tier"]], ["acme", "standard"]);
  assert.equal(second["x-headgate-account"], "globex");
  assert.deepEqual([first["x-forwarded-host"], first["x-forwarded-proto"], first["x-forwarded-for"]], ["api.example.com:8443", "http", "192.0.2.7"]);
  assert.equal(first.host, new URL(origin.url).host, "the origin's own name");
  assert.match(first["x-headgate-request-id"], UUID);
  assert.notEqual(first["x-headgate-request-id"], second["x-headgate-request-id"]);
  assert.equal(first["x-headgate-secret"], undefined, "none is set");
});

test("an origin bound as a service sees the client's Host", async (t) => {
  const { gate, origin } = await started(t, { bound: true });
  await send(gate.url, acme({ headers: { host: "api.example.com" } }));
  assert.deepEqual([origin.seen[0].headers.host, origin.seen[0].headers["x-forwarded-host"]], ["api.example.com", "api.example.com"]);
});

test("a set secret is told to the origin, on every way there, and to nobody else", async (t) => {
  const policy = ticksupplyWith({ routes: [{ path: "/health", open: true }] });
  const { gate, origin } = await started(t, { policy, vars: { ORIGIN_SECRET: "s3cret" } });
  const answers = [await send(gate.url, acme()), await send(gate.url, { path: "/health" }), await send(gate.url)];
  assert.deepEqual(origin.seen.map((request) => request.headers["x-headgate-secret"]), ["s3cret", "s3cret"]);
  for (const answer of answers) assert.doesNotMatch(`${answer.raw} ${answer.text}`, /s3cret/);
});

test("what a client says of itself in the gate's words does not reach the origin", async (t) => {
  const { gate, origin } = await started(t, { vars: { ORIGIN_SECRET: "s3cret" } });
  const spoofed = ["X-Headgate-Account", "x_headgate_account", "X-Headgate_Tier", "X-Headgate-Secret", "X_HEADGATE_SECRET",
    "X-Headgate-Request-Id", "X-Headgate-Anything", "X-Forwarded-For", "x_forwarded_for", "X-Forwarded-Host", "X-Forwarded-Proto",
    "X-Forwarded-Port", "Forwarded", "X-Real-IP", "X_Real_IP", "RateLimit", "RateLimit-Policy", "X-RateLimit-Limit-Minute",
    "X-RateLimit-Remaining-Hour", "X-Rate-Limit-Reset", "x_ratelimit_limit", "X-Original-URL", "X-Rewrite-URL", "x_original_url"];
  const headers = spoofed.flatMap((name) => [name, "spoofed", name, "spoofed again"]);
  const own = ["Host", "api.example.com", "X-Api-Key", "acme-1", "X-Request-Id", "mine", "User-Agent", "test/1", "Accept-Encoding", "zstd"];
  const answer = await send(gate.url, { path: "/", headers: [...own, ...headers] });
  assert.equal(answer.status, 200);
  const [seen] = origin.seen;
  assert.doesNotMatch(seen.raw.join("\n"), /spoofed/);
  assert.deepEqual([seen.headers["x-headgate-account"], seen.headers["x-headgate-secret"]], ["acme", "s3cret"]);
  assert.deepEqual([seen.headers["x-request-id"], seen.headers["user-agent"], seen.headers["accept-encoding"]], ["mine", "test/1", "zstd"]);
});

test("a client cannot have the gate's headers taken off as its connection's own", async (t) => {
  const { gate, origin } = await started(t, { vars: { ORIGIN_SECRET: "s3cret" } });
  await send(gate.url, acme({ headers: { connection: "keep-alive, X-Headgate-Account, X-Headgate-Secret, X-Forwarded-Host" } }));
  const [{ headers }] = origin.seen;
  assert.deepEqual([headers["x-headgate-account"], headers["x-headgate-secret"]], ["acme", "s3cret"]);
  assert.doesNotMatch(headers.connection ?? "", /headgate/i);
});

test("a stranger cannot say that it is an account", async (t) => {
  const { gate, origin } = await started(t, { policy: null });
  await send(gate.url, { headers: { "x-headgate-account": "acme", "x_headgate_account": "acme" } });
  const [{ headers }] = origin.seen;
  assert.deepEqual([headers["x-headgate-account"], headers["x_headgate_account"], headers["x-headgate-tier"]], [undefined, undefined, "anonymous"]);
});

test("what the origin says of limits is replaced by what the gate says", async (t) => {
  const said = { "X-RateLimit-Limit-Minute": "7", "x-ratelimit-remaining": "7", "RateLimit": "\"x\";r=7", "RateLimit-Policy": "\"x\";q=7",
    "X-Rate-Limit-Reset": "7", "X-Headgate-Account": "acme", "X-Headgate-Secret": "7", "X-Custom": "kept", "Retry-After": "8" };
  const { gate } = await started(t, { handler: always(200, said) });
  const { headers } = await send(gate.url, acme());
  const limits = Object.keys(headers).filter((name) => /ratelimit|rate-limit|headgate/.test(name)).sort();
  assert.deepEqual(limits, ["x-ratelimit-limit-hour", "x-ratelimit-limit-minute", "x-ratelimit-remaining-hour", "x-ratelimit-remaining-minute"]);
  assert.deepEqual([headers["x-ratelimit-limit-minute"], headers["x-custom"], headers["retry-after"]], ["200", "kept", "8"]);
});

test("a request that the origin sends back to the gate is refused", async (t) => {
  const handler = (request, response) => {
    const back = http.request(gate.url + request.url, { headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    back.end();
  };
  const { gate, origin } = await started(t, { handler });
  const answer = await send(gate.url, acme());
  assert.equal(answer.status, 508);
  assert.equal(json(answer).error.code, "loop");
  assert.equal(origin.seen.length, 1);
  assert.equal(answer.headers["x-ratelimit-remaining-minute"], "199", "it was charged once");
});

test("a request that has passed another deployment is passed, with this one added to its trail", async (t) => {
  const { gate, origin } = await started(t);
  const answer = await send(gate.url, acme({ headers: { "x-headgate-deployment": "another" } }));
  assert.equal(answer.status, 200);
  assert.match(origin.seen[0].headers["x-headgate-deployment"], /^another, [0-9a-f]+$/);
});

test("a loop by way of another gate is refused", async (t) => {
  const { gate, origin } = await started(t, { handler: always(200) });
  const HASH_KEY = "the hash key of the other gate, long enough";
  const other = await started(t, { origin: gate.url, policy: ticksupplyWith({ routes: [{ path: "/**", open: true }] }), vars: { HASH_KEY } });
  origin.server.removeAllListeners("request");
  origin.server.on("request", (request, response) => {
    http.get(other.gate.url + request.url, { headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
  });
  const answer = await send(other.gate.url, acme());
  assert.deepEqual([answer.status, json(answer).error.code], [508, "loop"]);
});
