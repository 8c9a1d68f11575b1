// Accounts by token: real signatures, forged ones, and an issuer that rotates its keys, is slow or is gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { json, send } from "./support/client.mjs";
import { FAULTY, skew } from "./support/faulty.mjs";
import { claimsOf, newKey, nowSeconds, publish, token } from "./support/issuer.mjs";
import { limitedTo, started, ticksupplyWith, ticksupplyWithGuests, withKey } from "./support/setup.mjs";

const bearer = (text, request = {}) => ({ path: "/v1/events", ...request, headers: { authorization: `Bearer ${text}`, ...request.headers } });
const rules = (fields) => ({ credential: ["x-api-key", "bearer"], tokens: { account: "sub", tier: { claim: "plan" }, leeway: "0s", ...fields } });
const keyRules = (...keys) => rules({ algorithms: [...new Set(keys.map(({ alg }) => alg))], keys: keys.map(({ jwk }) => jwk) });
const remaining = (answer) => Number(answer.headers["x-ratelimit-remaining-minute"]);

/// Fails unless the answer is a 401 with that sentence.
function assertRefused(answer, sentence) {
  assert.deepEqual([answer.status, answer.headers["x-headgate-reason"]], [401, "unauthenticated"], answer.text);
  assert.equal(json(answer).error.message, sentence);
}
const UNVERIFIED = "The token's signature cannot be verified.";
const UNACCEPTED = "The token is signed in a way that is not accepted.";

for (const alg of ["HS256", "RS256", "ES256"]) {
  test(`two tokens of one account signed by ${alg} share its budget with its keys, and another account's does not`, async (t) => {
    const key = newKey(alg);
    const { gate, origin } = await started(t, { policy: limitedTo(10, "7d", keyRules(key)) });
    const [one, two] = [token(key, claimsOf("acme")), token(key, claimsOf("acme", { jti: "2" }))];
    const left = [];
    for (const text of [one, two, one]) left.push(remaining(await send(gate.url, bearer(text))));
    left.push(remaining(await send(gate.url, withKey("acme-1"))));
    assert.deepEqual(left, [9, 8, 7, 6]);
    assert.equal(remaining(await send(gate.url, bearer(token(key, claimsOf("initech"))))), 9);
    const { headers } = origin.seen[0];
    assert.deepEqual([headers["x-headgate-account"], headers["x-headgate-tier"]], ["acme", "standard"]);
    assert.equal(headers.authorization, `Bearer ${one}`, "the origin gets the token as it was sent");
  });
}

test("a token that was tampered with is refused, whether or not the good one was seen before", async (t) => {
  const keys = ["HS256", "RS256", "ES256"].map((alg) => newKey(alg));
  const { gate, origin } = await started(t, { policy: ticksupplyWith(keyRules(...keys)) });
  for (const key of keys) {
    const good = token(key, claimsOf("acme"));
    const [header, claims, signature] = good.split(".");
    const richer = Buffer.from(JSON.stringify(claimsOf("globex"))).toString("base64url");
    const bytes = Buffer.from(signature, "base64url");
    bytes[0] ^= 1;
    const bad = [`${header}.${richer}.${signature}`, `${header}.${claims}.${bytes.toString("base64url")}`, `${header}.${claims}.`,
      `${header}.${claims}.${signature.slice(0, 40)}`, `${header}.${claims}.${signature}AAAA`];
    for (let round = 0; round < 2; round++) {
      for (const text of bad) assertRefused(await send(gate.url, bearer(text)), UNVERIFIED);
      if (round === 0) assert.equal((await send(gate.url, bearer(good))).status, 200);
    }
  }
  assert.equal(origin.seen.length, 3);
});

test("no key verifies what another kind of key signed", async (t) => {
  const [secret, rsa, ec] = ["HS256", "RS256", "ES256"].map((alg) => newKey(alg, "one"));
  const { gate, origin } = await started(t, { policy: ticksupplyWith(keyRules(secret, rsa, ec)) });
  const claims = claimsOf("acme");
  const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
  const der = rsa.publicKey.export({ type: "spki", format: "der" });
  const signedBy = (bytes) => token({ alg: "HS256", secret: bytes, jwk: {} }, claims, { kid: "one" });
  for (const text of [signedBy(pem), signedBy(pem.trim()), signedBy(der), signedBy(Buffer.from(rsa.jwk.n, "base64url")), signedBy(rsa.jwk.n),
    token(rsa, claims, { alg: "ES256" }), token(ec, claims, { alg: "RS256" }), token(secret, claims, { alg: "RS256" }),
    token(newKey("RS256"), claims, { jwk: newKey("RS256").jwk, jku: "http://127.0.0.1:1/", kid: "one" })]) {
    assertRefused(await send(gate.url, bearer(text)), UNVERIFIED);
  }
  for (const alg of ["none", "None", "NONE", "", "HS384", "hs256", "RS512", null, 1]) {
    assertRefused(await send(gate.url, bearer(token(secret, claims, { alg }))), UNACCEPTED);
  }
  const [header, payload] = token(secret, claims, { alg: "none" }).split(".");
  assertRefused(await send(gate.url, bearer(`${header}.${payload}.`)), UNACCEPTED);
  assert.equal(origin.seen.length, 0);
});

test("an algorithm that the policy does not name is not accepted even with its own key", async (t) => {
  const [rsa, ec] = [newKey("RS256"), newKey("ES256")];
  const { gate } = await started(t, { policy: ticksupplyWith(keyRules(ec)) });
  assertRefused(await send(gate.url, bearer(token(rsa, claimsOf("acme")))), UNACCEPTED);
  assert.equal((await send(gate.url, bearer(token(ec, claimsOf("acme"))))).status, 200);
});

test("a token counts from its nbf to its exp, even one that was verified before", async (t) => {
  const key = newKey("ES256");
  const { gate } = await started(t, { policy: ticksupplyWith(keyRules(key)) });
  const ending = token(key, claimsOf("acme", { exp: nowSeconds() + 2 }));
  assert.equal((await send(gate.url, bearer(ending))).status, 200);
  const expired = "The token has expired.";
  assertRefused(await send(gate.url, bearer(token(key, claimsOf("acme", { exp: nowSeconds() })))), expired);
  assertRefused(await send(gate.url, bearer(token(key, claimsOf("acme", { nbf: nowSeconds() + 60 })))), "The token is not valid yet.");
  await sleep(2100);
  assertRefused(await send(gate.url, bearer(ending)), expired);
});

test("an API key after Bearer is one still, two credentials are refused, and a tier that is not there is a 503", async (t) => {
  const key = newKey("ES256");
  const { gate, origin } = await started(t, { policy: ticksupplyWithGuests(keyRules(key)) });
  const good = token(key, claimsOf("acme"));
  assert.equal((await send(gate.url, bearer("acme-1"))).status, 200);
  assert.equal(origin.seen[0].headers["x-headgate-account"], "acme");
  assert.equal((await send(gate.url, bearer(good, { headers: { "x-api-key": "acme-1" } }))).status, 400);
  assert.equal((await send(gate.url, bearer(`${good}${"A".repeat(8192)}`))).status, 400);
  // Strangers are let in, but not who comes with a token that is none.
  for (const text of ["ey..", "eyJ.eyJ.x", `${good}.x`, `${good}=`, `${good}A`, good.replace(".", ".=")]) {
    assert.equal((await send(gate.url, bearer(text))).status, 401, text);
  }
  for (const plan of ["platinum", undefined, 1, "Not A Name"]) {
    const answer = await send(gate.url, bearer(token(key, claimsOf("acme", { plan }))));
    assert.deepEqual([answer.status, answer.headers["x-headgate-reason"]], [503, "unavailable"]);
  }
  assert.equal(origin.seen.length, 1);
  assert.doesNotMatch(gate.log, /acme|eyJ/);
});

test("keys are published, asked for once, and again when a token names one that is not known", async (t) => {
  const [old, next] = [newKey("RS256", "1"), newKey("ES256", "2")];
  const published = await publish(t, [old]);
  const { gate } = await started(t, { policy: ticksupplyWith(rules({ algorithms: ["RS256", "ES256"], jwks: published.address })) });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => send(gate.url, bearer(token(old, claimsOf("acme", { at }))))));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(published.asked(), 1, "one answer for all");
  published.keys = [old, next];
  assert.equal((await send(gate.url, bearer(token(next, claimsOf("acme"))))).status, 200, "a new key works at once");
  assert.equal((await send(gate.url, bearer(token(old, claimsOf("acme", { jti: "x" }))))).status, 200);
  assert.equal(published.asked(), 2);
  for (let n = 0; n < 50; n++) {
    assertRefused(await send(gate.url, bearer(token(newKey("ES256", `made-up-${n}`), claimsOf("acme")))), UNVERIFIED);
  }
  assert.equal(published.asked(), 3, "made-up names do not make the gate ask all the time");
});

test("published secrets and keys that are not understood are passed over", async (t) => {
  const [secret, good] = [newKey("HS256", "s"), newKey("ES256", "g")];
  const published = await publish(t, [{ jwk: { kty: "OKP", crv: "Ed25519", x: "AA" } }, secret, { jwk: { ...newKey("RS256").jwk, use: "enc" } }, good]);
  const { gate } = await started(t, { policy: ticksupplyWith(rules({ algorithms: ["ES256"], jwks: published.address })) });
  assert.equal((await send(gate.url, bearer(token(good, claimsOf("acme"))))).status, 200);
  assertRefused(await send(gate.url, bearer(token(secret, claimsOf("acme")))), UNACCEPTED);
});

const BROKEN = {
  "is down": (request) => request.socket.destroy(),
  "is slow": () => {},
  "breaks off": (_, response) => response.write("{\"keys\":["),
  "fails": (_, response) => response.writeHead(500).end("{\"keys\":[]}"),
  "redirects": (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
  "sends too much": (_, response) => response.end(`{"keys":[],"x":"${"x".repeat(70_000)}"}`),
  "sends no keys": (_, response) => response.end("<html>"),
};

for (const [what, answer] of Object.entries(BROKEN)) {
  test(`while the address of keys ${what} nobody is known by a published key, and when it answers again at once`, async (t) => {
    const [key, own] = [newKey("ES256", "1"), newKey("ES256", "2")];
    const published = await publish(t, [key]);
    const policy = ticksupplyWith(rules({ algorithms: ["ES256"], keys: [own.jwk], jwks: published.address }));
    const { gate, origin } = await started(t, { policy });
    published.answer = answer;
    const begun = Date.now();
    const refused = await send(gate.url, bearer(token(key, claimsOf("acme"))));
    assert.deepEqual([refused.status, refused.headers["x-headgate-reason"]], [503, "unavailable"]);
    assert.doesNotMatch(json(refused).error.message, /jwks|address|127/);
    assert.ok(Date.now() - begun < 4_500);
    assert.equal((await send(gate.url, bearer(token(own, claimsOf("acme"))))).status, 200, "a key of the policy needs no address");
    await gate.logged('"part":"tokens"');
    assert.deepEqual(origin.seen.map(({ url }) => url), ["/v1/events"]);
    assert.deepEqual(new Set(published.server.seen.map(({ url }) => url)), new Set(["/jwks.json"]), "redirects are not followed");
    published.answer = undefined;
    await sleep(1_100);
    assert.equal((await send(gate.url, bearer(token(key, claimsOf("acme"))))).status, 200);
  });
}

test("what was published holds while the address does not answer, and a key that might be new is neither known nor unknown", async (t) => {
  const key = newKey("ES256", "1");
  const published = await publish(t, [key]);
  const { gate } = await started(t, { policy: ticksupplyWith(rules({ algorithms: ["ES256"], jwks: published.address })) });
  assert.equal((await send(gate.url, bearer(token(key, claimsOf("acme"))))).status, 200);
  published.answer = BROKEN["is down"];
  const unknown = token(newKey("ES256", "2"), claimsOf("acme"));
  for (let n = 0; n < 3; n++) {
    assert.equal((await send(gate.url, bearer(unknown))).status, 503);
    assert.equal((await send(gate.url, bearer(token(key, claimsOf("acme", { n }))))).status, 200);
  }
  assert.ok(published.asked() <= 3, "it is left in peace"); // workerd tries a broken connection again
});

test("when the address does not answer in time for another look, the last keys hold, and answers say so", async (t) => {
  const key = newKey("ES256", "1");
  const published = await publish(t, [key]);
  const { gate } = await started(t, { policy: ticksupplyWith(rules({ algorithms: ["ES256"], jwks: published.address })), wrapper: FAULTY });
  const asked = async (n) => {
    const { status, headers } = await send(gate.url, bearer(token(key, claimsOf("acme", { n, exp: nowSeconds() + 7_200 }))));
    return [status, headers["x-headgate-degraded"]];
  };
  assert.deepEqual(await asked(1), [200, undefined]);
  published.answer = BROKEN["is down"];
  await skew(gate, 700);
  for (const n of [2, 3]) assert.deepEqual(await asked(n), [200, "tokens"]);
});

test("keys that are alike up to a separator after their prefix share one budget and have no account", async (t) => {
  const policy = limitedTo(10, "7d", { routes: [], keys: { directory: false, prefixes: { tt_: "trial", tt_live_: { tier: "standard", capture_until: "_" } } } });
  policy.tiers.trial.limits = [];
  const { gate, origin } = await started(t, { policy });
  const left = async (key) => remaining(await send(gate.url, withKey(key)));
  assert.deepEqual([await left("tt_live_acme_1"), await left("tt_live_acme_2"), await left("tt_live_acme_")], [9, 8, 7]);
  assert.deepEqual([await left("tt_live_globex_1"), await left("tt_live_acmex_1"), await left("tt_live_acm_e")], [9, 9, 9]);
  assert.equal(origin.seen[0].headers["x-headgate-account"], undefined);
  for (const key of ["tt_live_acme", "tt_live__1", "tt_live_"]) {
    await send(gate.url, withKey(key));
    assert.equal(origin.seen.at(-1).headers["x-headgate-tier"], "trial", key);
  }
});
