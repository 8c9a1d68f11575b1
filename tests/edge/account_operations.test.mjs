// Accounts looked at and changed from outside: plans, suspensions, revoked keys; each holds at once.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { admin, ADMIN } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { acme, limitedTo, started, withKey } from "./support/setup.mjs";
import { keyEntry, shipped } from "./support/workerd.mjs";

const timeout = 60_000;
const withAdmin = (t, rest = {}) => started(t, { vars: { ADMIN_TOKEN: ADMIN }, ...rest });
const summary = () => acme({ path: "/v1/billing/summary" });
const create = () => acme({ method: "POST", path: "/v1/subscriptions", body: "{}" });

test("the summary tells the plan, its end and what is used, with the usual limit headers", { timeout }, async (t) => {
  const { gate, origin } = await withAdmin(t);
  const empty = await send(gate.url, summary());
  const usage = (subscriptions, bytes) => ({ active_subscriptions: { used: subscriptions, limit: 100 }, export_bytes: { used: bytes, limit: 1e12 } });
  assert.deepEqual(json(empty), { access_status: null, plan: null, period_end: null, usage: usage(0, 0) });
  const plan = { access_status: "active", plan: "pro \"2\"", period_end: "2027-01-01T00:00:00Z" };
  const put = await admin(gate, "PUT", "acme/plan", plan);
  assert.deepEqual([put.status, json(put)], [200, plan]);
  await admin(gate, "PUT", "acme/caps/export-bytes", { settled: 12345 });
  await send(gate.url, create());
  const answer = await send(gate.url, summary());
  assert.deepEqual(json(answer), { ...plan, usage: usage(1, 12345) });
  const names = ["content-type", "cache-control", "x-headgate-reason"];
  assert.deepEqual(names.map((name) => answer.headers[name]), ["application/json", "no-store", undefined]);
  // A unit comes back each 300 ms.
  assert.match(answer.headers["x-ratelimit-remaining-minute"], /^19[789]$/);
  assert.deepEqual(origin.seen.map(({ url }) => url), ["/v1/subscriptions"], "the origin is not asked");
  assert.equal((await send(gate.url, { ...summary(), method: "HEAD" })).text, "");
  assert.equal((await send(gate.url, { path: "/v1/billing/summary" })).status, 401);
});

test("while the plan is blocked what reserves is a 402, and giving back and reading are not", { timeout }, async (t) => {
  const { gate } = await withAdmin(t);
  await send(gate.url, create());
  await admin(gate, "PUT", "acme/plan", { access_status: "past_due" });
  const refused = await send(gate.url, create());
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [402, undefined]);
  // A unit comes back each 300 ms.
  assert.match(refused.headers["x-ratelimit-remaining-minute"], /^(199|200)$/);
  assert.equal((await send(gate.url, acme({ method: "DELETE", path: "/v1/subscriptions/s" }))).status, 200);
  assert.equal((await send(gate.url, acme())).status, 200);
  await admin(gate, "PUT", "acme/plan", { access_status: "active" });
  assert.equal((await send(gate.url, create())).status, 200);
});

test("a suspension is a 403 until its time, spends nothing, and ends by itself", { timeout }, async (t) => {
  const { gate, origin } = await withAdmin(t, { policy: limitedTo(5, "7d") });
  const until = Math.ceil(Date.now() / 1000) + 2;
  const put = await admin(gate, "PUT", "acme/suspension", { until, reason: "Batch jobs harm the service." });
  assert.deepEqual(json(put), { until, reason: "Batch jobs harm the service." });
  for (let call = 0; call < 10; call++) {
    const answer = await send(gate.url, acme());
    assert.deepEqual([answer.status, json(answer).error.code, json(answer).error.message], [403, "suspended", "Batch jobs harm the service."]);
    assert.equal(answer.headers["retry-after"], undefined);
  }
  assert.equal((await send(gate.url, withKey("acme-2"))).status, 403, "with another key, too");
  assert.equal((await send(gate.url, withKey("globex-1"))).status, 200, "not another account");
  await sleep(until * 1000 - Date.now());
  assert.equal((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"], "4");
  assert.equal(origin.seen.length, 2);
});

test("a suspended account of Seats.io's is told so in that API's words, and a lifted suspension is none", { timeout }, async (t) => {
  const keys = [{ key: "secret", account: "acme", tier: "paid" }];
  const { gate } = await withAdmin(t, { policy: shipped("seatsio"), keys });
  const asked = () => send(gate.url, { path: "/charts", headers: { authorization: `Basic ${btoa("secret:")}` } });
  await admin(gate, "PUT", "acme/suspension", { until: 4e9 });
  const answer = await asked();
  assert.deepEqual([answer.status, json(answer).status, json(answer).messages], [403, 403, ["The account is suspended."]]);
  await gate.kill();
  await gate.start();
  assert.equal((await asked()).status, 403, "after a crash, too");
  await admin(gate, "DELETE", "acme/suspension");
  assert.equal((await asked()).status, 200);
});

test("a revoked key is a 401 at once, though KV and the isolate still know it; the account's other keys work", { timeout }, async (t) => {
  const { gate, origin } = await withAdmin(t);
  assert.equal((await send(gate.url, acme())).status, 200);
  const revoked = await admin(gate, "POST", "acme/revoked-keys", { key: "acme-1" });
  const hash = keyEntry("acme-1").key.slice("key:".length);
  assert.deepEqual(json(revoked), { hashes: [hash.slice(0, 32)] });
  const answer = await send(gate.url, acme());
  assert.deepEqual([answer.status, json(answer).error.code, answer.headers["www-authenticate"]], [401, "unauthenticated", "Bearer"]);
  const remaining = Number((await send(gate.url, withKey("acme-2"))).headers["x-ratelimit-remaining-minute"]);
  assert.ok(remaining >= 198, `${remaining}: what is refused spends nothing`);
  assert.equal(origin.seen.length, 2);
  await admin(gate, "POST", "acme/revoked-keys", { hash: keyEntry("acme-2").key.slice("key:".length) });
  assert.equal((await send(gate.url, withKey("acme-2"))).status, 401);
  await admin(gate, "DELETE", "acme/revoked-keys", { key: "acme-1" });
  assert.equal((await send(gate.url, acme())).status, 200);
});

test("a key of a tier without limits is revoked at once as well", { timeout }, async (t) => {
  const policy = { version: 1, tiers: { standard: { limits: [] } } };
  const { gate } = await withAdmin(t, { policy });
  assert.equal((await send(gate.url, acme())).status, 200);
  await admin(gate, "POST", "acme/revoked-keys", { key: "acme-1" });
  assert.equal((await send(gate.url, acme())).status, 401);
});

test("what was said with the secret holds when it is taken away", { timeout }, async (t) => {
  const policy = { version: 1, tiers: { standard: { limits: [] } } };
  const { gate } = await withAdmin(t, { policy });
  await admin(gate, "POST", "acme/revoked-keys", { key: "acme-1" });
  await gate.kill();
  const config = join(gate.folder, "config.capnp");
  const held = readFileSync(config, "utf8");
  const without = held.replace(/\(name = "ADMIN_TOKEN"[^)]*\),?/, "");
  assert.notEqual(without, held);
  writeFileSync(config, without);
  await gate.start();
  assert.equal((await admin(gate, "GET", "acme/plan")).status, 404, "there is no secret any more");
  assert.equal((await send(gate.url, acme())).status, 401);
  assert.equal((await send(gate.url, withKey("acme-2"))).status, 200);
});

test("without the secret there is nothing there, with a wrong token nobody gets in", { timeout }, async (t) => {
  const { gate, origin } = await started(t);
  assert.equal((await admin(gate, "GET", "acme/plan")).status, 404);
  const { gate: guarded } = await withAdmin(t);
  for (const authorization of [undefined, "Bearer", `Bearer ${ADMIN}x`, `Bearer ${ADMIN.slice(1)}`, `Basic ${ADMIN}`, ADMIN]) {
    const answer = await send(guarded.url, { path: "/_headgate/accounts/acme/plan", headers: authorization ? { authorization } : {} });
    assert.deepEqual([answer.status, answer.headers["www-authenticate"]], [401, "Bearer"], authorization);
  }
  assert.equal((await admin(guarded, "GET", "acme/plan")).status, 200);
  assert.equal(origin.seen.length, 0);
});

test("a token that could be guessed is a fault of the deployment", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: { ADMIN_TOKEN: "short" } });
  assert.equal((await send(gate.url, acme())).status, 503);
  await gate.logged("ADMIN_TOKEN");
});

test("what is below /_headgate/ never reaches the origin, however it is spelled and whatever the policy says", { timeout }, async (t) => {
  const policy = { ...shipped("ticksupply"), routes: [{ path: "/**", open: true }], paths: { encoded_slash: "keep" } };
  const { gate, origin } = await withAdmin(t, { policy });
  for (const path of ["/_headgate/accounts/acme/plan", "/_headgate/x", "/%5Fheadgate/x", "/%5fheadgate%2Fx", "/%255Fheadgate/x", "//_headgate/x", "/_HEADGATE/x",
    "/_headgate;a=b/x", "/v1%2F..%2F_headgate/x", "/_headgate/..%2Fv1", "/v1/../_headgate/x"]) {
    const answer = await send(gate.url, { path });
    assert.equal(answer.status, 401, path);
  }
  assert.equal(origin.seen.length, 0);
  assert.equal((await send(gate.url, { path: "/v1/_headgate" })).status, 200);
});

test("an account is named by its id, escaped, and what is wrong is said", { timeout }, async (t) => {
  const keys = [{ key: "odd-1", account: "a/b%c", tier: "standard" }];
  const { gate } = await withAdmin(t, { keys });
  await admin(gate, "PUT", "a%2Fb%25c/suspension", { until: 4e9 });
  assert.equal((await send(gate.url, withKey("odd-1"))).status, 403);
  for (const [method, what, body, status, said] of [
    ["PUT", "acme/plan", { plan: 7 }, 400, "plan: found 7, allowed: null, or a string of 1 to 64 bytes without control characters"],
    ["PUT", "acme/suspension", undefined, 400, "not JSON"], ["PATCH", "acme/plan", undefined, 405, "GET, PUT"],
    ["GET", "acme/nothing", undefined, 404, "plan, suspension"], ["GET", "acme/caps/unknown", undefined, 404, "no cap of this name"],
    ["GET", `${"x".repeat(129)}/plan`, undefined, 400, "account: found"], ["GET", "a%20b/plan", undefined, 400, "account: found"],
    ["PUT", "acme/plan", { plan: "x".repeat(5000) }, 413, "4096"],
  ]) {
    const answer = await admin(gate, method, what, body);
    assert.equal(answer.status, status, `${method} ${what}`);
    assert.ok(json(answer).error.message.includes(said), answer.text);
    assert.equal(answer.headers.allow, status === 405 ? "GET, PUT" : undefined);
  }
});

test("an account's export tells all that is kept, and erasing it neither lifts a suspension nor gives a budget back", { timeout }, async (t) => {
  const { gate } = await withAdmin(t, { policy: limitedTo(5, "7d") });
  for (let call = 0; call < 3; call++) await send(gate.url, acme());
  await send(gate.url, create());
  const until = 4e9;
  await admin(gate, "PUT", "acme/plan", { plan: "pro" });
  await admin(gate, "PUT", "acme/caps/export-bytes", { settled: 7 });
  await admin(gate, "POST", "acme/revoked-keys", { key: "acme-2" });
  await admin(gate, "PUT", "acme/suspension", { until, reason: "Called Jane Doe." });
  const kept = json(await admin(gate, "GET", "acme/export"));
  assert.equal((await admin(gate, "DELETE", "acme/")).status, 404, "a part without a name is not the whole");
  assert.deepEqual([kept.format, kept.plan.plan, kept.suspension, kept.revoked_keys.length], [1, "pro", { until: until * 1000, reason: "Called Jane Doe." }, 1]);
  const minute = kept.limits.find(({ name }) => name === "minute");
  assert.deepEqual([minute.in_use, minute.algorithm], [4, { "token-bucket": { units: 5, window: 604_800_000, burst: 5 } }]);
  assert.equal(kept.limits.find(({ name }) => name === "export-bytes").tally.settled, 7);
  const erased = json(await admin(gate, "DELETE", "acme"));
  assert.deepEqual(erased, { erased: ["plan", "suspension_reason", "caps", "usage"], stays: ["limits", "suspension", "revoked_keys"], until: null });
  assert.deepEqual(json(await admin(gate, "DELETE", "acme")), { ...erased, erased: [] }, "once more is the same");
  const left = await admin(gate, "GET", "acme/export");
  assert.doesNotMatch(left.text, /pro|Jane|tally/);
  assert.equal((await send(gate.url, withKey("acme-2"))).status, 401);
  assert.equal((await send(gate.url, acme())).status, 403);
  await admin(gate, "DELETE", "acme/suspension");
  assert.equal((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"], "0");
  await admin(gate, "DELETE", "acme/revoked-keys", { key: "acme-2" });
  const rest = json(await admin(gate, "DELETE", "acme"));
  assert.deepEqual([rest.erased, rest.stays], [["usage"], ["limits"]]);
  assert.ok(rest.until * 1000 > Date.now() + 7 * 86_400_000, "a week for the bucket, and a day");
});

test("what an account is asked for by another method is told the methods that there are", { timeout }, async (t) => {
  const { gate } = await withAdmin(t);
  for (const [method, what, allow] of [["PATCH", "acme", "GET, DELETE"], ["PUT", "acme", "GET, DELETE"], ["DELETE", "acme/export", "GET"]]) {
    const answer = await admin(gate, method, what);
    assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${what}`);
  }
});
