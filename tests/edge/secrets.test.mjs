// Nothing that a client shows of itself is kept in clear: not in rows, not in the log, not in KV; whatever fails meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { admin, ADMIN } from "./support/admin.mjs";
import { send } from "./support/client.mjs";
import { claimsOf, newKey, token } from "./support/issuer.mjs";
import { bytesKept } from "./support/kept.mjs";
import { started } from "./support/setup.mjs";

const timeout = 60_000;
const rate = { algorithm: "token-bucket", units: 1000, window: "7d" };
const ISSUER = newKey("HS256", "k1");

const POLICY = {
  version: 1,
  credential: ["x-api-key", "bearer", "basic-user"],
  keys: { directory: true, prefixes: { "pre-": "prefix", "cap-": { tier: "prefix", capture_until: "." } } },
  tokens: { algorithms: ["HS256"], keys: [ISSUER.jwk], account: "sub", tier: { claim: "plan" } },
  tiers: {
    standard: { limits: [{ name: "week", ...rate }, { name: "lane", algorithm: "concurrency", slots: 9 }, { name: "things", algorithm: "cap", amount: 9 }] },
    prefix: { limits: [{ name: "week", ...rate }] },
    link: { limits: [{ name: "link", ...rate }] },
  },
  strangers: { tier: "link" },
  limits: Object.fromEntries(["body:grant", "query:session", "header:X-Device", "path:event"].map((per, at) => [`per-${at}`, { ...rate, per }])),
  owners: { email: { by: "body:email", spelling: "mailbox", tier: "link" } },
  routes: [
    { methods: ["POST"], path: "/magic-link", owner: "email" },
    { path: "/public/{key}/**", lane: "lane" },
    { path: "/parts/{event}", limits: ["per-0", "per-1", "per-2", "per-3"] },
    { methods: ["POST"], path: "/things", caps: [{ cap: "things", reserve: 1, settle: { on: "2xx", amount: 1 } }] },
  ],
};

/// What must not be found anywhere, each spelled so that it is nothing else.
const SECRETS = {
  key: "known-9f3a71c2", other: "other-77aa10ee", unknown: "unknown-c1d2e3f4", prefixed: "pre-5b6c7d8e", captured: "cap-0a1b2c3d.4e5f6a7b", basic: "basic-e8d7c6b5",
  email: "ada.lovelace.71@mail.example", grant: "grant-31ee52aa", session: "session-8842bb17", device: "device-d4d4c9c9", event: "event-6e6e1f1f",
  account: "account-3c3c9b9b", subject: "subject-a7a7f0f0", stranger: "203.0.113.77", password: "password-1234abcd", unseen: "unseen-b0b0c1c1", origin: "origin-5d5d2f2f",
};
const KEYS = ["key", "other", "basic"].map((name) => ({ key: SECRETS[name], account: SECRETS.account, tier: "standard" }));

/// One request with each of them, on every way that they may come.
function requests(bearer) {
  const { key, unknown, prefixed, captured, basic, email, grant, session, device, event, stranger, password } = SECRETS;
  const isJson = { "content-type": "application/json" };
  return [
    ...[key, unknown, prefixed, captured].map((it) => ({ path: "/v1", headers: { "x-api-key": it } })),
    { path: "/v1", headers: { authorization: `Basic ${btoa(`${basic}:${password}`)}` } },
    { path: "/v1", headers: { authorization: `Bearer ${bearer}` } },
    { path: "/v1", headers: { authorization: `Bearer ${bearer}x` } },
    { path: "/v1", headers: { "x-api-key": `${key}, ${unknown}` } },
    { path: "/v1", headers: { "x-api-key": key, authorization: `Basic ${btoa(`${unknown}:`)}` } },
    { path: `/public/${key}/charts`, headers: {} },
    { path: `/public/${unknown}/charts`, headers: {} },
    { path: "/v1", headers: { "cf-connecting-ip": stranger } },
    { method: "POST", path: "/magic-link", headers: isJson, body: JSON.stringify({ email }) },
    { method: "POST", path: `/parts/${event}?session=${session}`, headers: { ...isJson, "x-api-key": key, "x-device": device }, body: JSON.stringify({ grant }) },
    { method: "POST", path: "/things", headers: { "x-api-key": key }, body: "{}" },
    { path: `/v1?api_key=${unknown}`, headers: { "x-api-key": key } },
  ];
}

/// Each secret in the ways in which it could stand somewhere.
const spelled = (secret) => [secret, Buffer.from(secret).toString("base64url").slice(0, -2), Buffer.from(secret).toString("hex"), secret.toUpperCase()];

function assertHidden(text, where, secrets = Object.entries(SECRETS)) {
  for (const [name, secret] of secrets) for (const spelling of spelled(secret)) assert.ok(!text.includes(spelling), `${name} stands in ${where}`);
}

test("no key, token, e-mail, address or account id is kept in rows or told in the log, whatever fails", { timeout }, async (t) => {
  const problem = { broken: false };
  const handler = (request, response) => {
    if (problem.broken) return request.socket.resetAndDestroy();
    request.resume().on("end", () => response.end("ok"));
  };
  const { gate, origin } = await started(t, { policy: POLICY, keys: KEYS, handler, vars: { ADMIN_TOKEN: ADMIN, ORIGIN_SECRET: SECRETS.origin } });
  const bearer = token(ISSUER, claimsOf(SECRETS.subject));
  // Where a body was not read the runtime closes the connection.
  const statuses = async () => {
    const statuses = [];
    for (const request of requests(bearer)) statuses.push((await send(gate.url, { ...request, agent: false })).status);
    return statuses;
  };
  assert.deepEqual(await statuses(), [200, 200, 200, 200, 200, 200, 401, 400, 400, 200, 200, 200, 200, 200, 200, 200]);
  await admin(gate, "POST", `${SECRETS.account}/revoked-keys`, { key: SECRETS.other });
  await admin(gate, "POST", `${SECRETS.account}/revoked-keys`, { key: SECRETS.other, nonsense: SECRETS.unseen });
  problem.broken = true;
  assert.ok((await statuses()).includes(502));
  await gate.logged('"part":"origin"');
  await origin.stop();
  assert.ok((await statuses()).includes(502));
  await gate.failKv("KV is out");
  assert.equal((await send(gate.url, { headers: { "x-api-key": SECRETS.unseen } })).status, 503);
  await gate.logged('"part":"directory"');
  await gate.kill();
  const kept = bytesKept(gate);
  assert.ok(kept.includes("SQLite format 3") && kept.includes("week"), "rows were looked at");
  assertHidden(kept, "the objects' files");
  assertHidden(gate.log, "the log");
  for (const part of bearer.split(".").slice(1)) assert.ok(!kept.includes(part) && !gate.log.includes(part), "a token is kept");
  assert.ok(!(kept + gate.log).includes(ADMIN), "the admin token is kept");
});

test("KV is given records under hashes, and no key", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: POLICY, keys: KEYS });
  const given = JSON.stringify(gate.entries.filter(({ key }) => key !== "policy"));
  assertHidden(given, "KV", Object.entries(SECRETS).filter(([name]) => name !== "account"));
  assert.ok(given.includes(SECRETS.account), "whose a key is stands there in clear");
  assert.equal(gate.entries.length, 1 + KEYS.length);
});

test("no answer of the gate repeats a credential, an e-mail or the origin's secret", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: POLICY, keys: KEYS, vars: { ORIGIN_SECRET: SECRETS.origin } });
  const bearer = token(ISSUER, claimsOf(SECRETS.subject));
  await origin.stop();
  for (const request of requests(bearer)) {
    const answer = await send(gate.url, { ...request, agent: false });
    assert.ok(answer.status >= 400);
    assertHidden(`${answer.raw}\n${answer.text}`, `the answer to ${request.path}`);
  }
});
