// KV that fails or holds what it should not: what is known still holds, and the answer says that something is amiss.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { json, send, until } from "./support/client.mjs";
import { FAULTY, skew } from "./support/faulty.mjs";
import { acme, started, ticksupplyWith, ticksupplyWithGuests, withKey } from "./support/setup.mjs";
import { keyEntry } from "./support/workerd.mjs";

const SHORT = { POLICY_MAX_AGE: "1s" };
const isDegraded = (answer) => answer.headers["x-headgate-degraded"] === "policy";

/// The lines of the log that speak of a part; there is one at least.
async function told(gate, part) {
  const lines = await gate.logged(`"part":"${part}"`);
  return lines.map((line) => JSON.parse(line)).filter((line) => line.part === part);
}

/// An answer for want of a policy.
function assertUnserved(answer) {
  assert.deepEqual([answer.status, json(answer).error.code, answer.headers["x-headgate-reason"]], [503, "unavailable", "unavailable"]);
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.doesNotMatch(answer.text, /KV|policy/);
}

for (const [name, policy] of [["garbage", "{ this is no policy"], ["a policy of another kind", '{"version":1,"tears":{}}'], ["nothing", " "]]) {
  test(`with ${name} for a policy from the first nobody is served, until there is a good one`, async (t) => {
    const { gate, origin } = await started(t, { policy });
    for (const request of [acme(), {}, acme()]) assertUnserved(await send(gate.url, request));
    assert.equal(origin.seen.length, 0);
    assert.equal((await told(gate, "policy")).length, 1, "one line per interval");
    await gate.put([{ key: "policy", value: JSON.stringify(ticksupplyWith()) }]);
    assert.equal((await send(gate.url, acme())).status, 200, "at once: nothing was remembered");
  });
}

test("when KV fails from the first nobody is served, until it answers", async (t) => {
  const { gate, origin } = await started(t);
  await gate.failKv("KV is out");
  for (const request of [acme(), {}]) assertUnserved(await send(gate.url, request));
  assert.equal(origin.seen.length, 0);
  await gate.failKv("");
  assert.equal((await send(gate.url, acme())).status, 200);
});

test("when a good policy becomes garbage the last good one holds, until there is a good one again", async (t) => {
  const { gate } = await started(t, { vars: SHORT });
  assert.equal((await send(gate.url)).status, 401, "strangers are not let in");
  await gate.put([{ key: "policy", value: "garbage" }]);
  const kept = await until(isDegraded, () => send(gate.url, acme()));
  assert.equal(kept.headers["x-ratelimit-limit-minute"], "200");
  const denied = await send(gate.url);
  assert.deepEqual([denied.status, isDegraded(denied)], [401, true], "a denial says so, too");
  const better = ticksupplyWithGuests({ version: 2 });
  await gate.put([{ key: "policy", value: JSON.stringify(better) }]);
  const answer = await until(({ status }) => status === 200, () => send(gate.url));
  assert.ok(!isDegraded(answer));
  assert.equal((await told(gate, "policy")).length, 1, "one line per interval");
});

test("when KV fails the last good policy holds, and what is known of keys", async (t) => {
  const { gate } = await started(t, { vars: SHORT });
  assert.equal((await send(gate.url, acme())).status, 200);
  await gate.failKv("KV is out");
  const kept = await until(isDegraded, () => send(gate.url, acme()));
  assert.deepEqual([kept.status, kept.headers["x-ratelimit-limit-minute"]], [200, "200"]);
  await gate.failKv("");
  await until((answer) => !isDegraded(answer), () => send(gate.url, acme()));
  assert.match((await told(gate, "policy"))[0].problem, /KV is out|500/);
});

test("a key that was never seen is refused with a 503 while the directory fails", async (t) => {
  const { gate, origin } = await started(t);
  assert.equal((await send(gate.url, acme())).status, 200);
  await gate.failKv("KV is out");
  for (const key of ["acme-2", "unknown"]) {
    const answer = await send(gate.url, withKey(key));
    assert.deepEqual([answer.status, json(answer).error.code], [503, "unavailable"]);
    assert.doesNotMatch(answer.text, /KV|directory/);
  }
  assert.equal((await send(gate.url, acme())).status, 200, "a known one goes on");
  assert.equal(origin.seen.length, 2);
  assert.equal((await told(gate, "directory")).length, 1);
  await gate.failKv("");
  assert.equal((await send(gate.url, withKey("acme-2"))).status, 200, "the failure is not remembered");
});

test("while the directory fails each answer to a known key says that, also when KV must be looked at again", async (t) => {
  const { gate } = await started(t, { wrapper: FAULTY, vars: { POLICY_MAX_AGE: "600s" } });
  const degraded = async () => {
    const { status, headers } = await send(gate.url, acme());
    return [status, headers["x-headgate-degraded"]];
  };
  assert.deepEqual(await degraded(), [200, undefined]);
  await gate.failKv("KV is out");
  assert.deepEqual(await degraded(), [200, undefined], "nobody has looked yet");
  await skew(gate, 61);
  for (let call = 0; call < 3; call++) assert.deepEqual(await degraded(), [200, "directory"]);
  assert.equal((await told(gate, "directory")).length, 1);
  await gate.failKv("");
  await skew(gate, 122);
  assert.deepEqual(await degraded(), [200, undefined]);
});

test("when the policy is taken out of KV an isolate that knows it keeps it, and a new one has the default", async (t) => {
  const { gate } = await started(t, { vars: SHORT });
  assert.equal((await send(gate.url)).status, 401, "strangers are not let in");
  await gate.put([{ key: "policy", value: null }]);
  await sleep(2_500);
  for (let call = 0; call < 3; call++) assert.equal((await send(gate.url)).status, 401);
  await gate.kill();
  gate.entries = [];
  await gate.start();
  const answer = await send(gate.url);
  assert.deepEqual([answer.status, answer.headers["ratelimit-policy"]], [200, '"minute";q=20;w=60']);
});

/// Records made out of a good one.
const changed = (fields) => (good) => JSON.stringify({ ...JSON.parse(good), ...fields });
const RECORDS = {
  "garbage": () => "garbage", "nothing": () => "", "no tier": changed({ tier: undefined }), "an account that is no id": changed({ account: "ac me" }),
  "a tier that the policy does not have": changed({ tier: "platinum" }), "a field that nobody knows": changed({ burst: 1 }),
};

for (const [name, recordOf] of Object.entries(RECORDS)) {
  test(`a key whose record holds ${name} is neither known nor unknown: 503`, async (t) => {
    const { gate, origin } = await started(t, { policy: ticksupplyWithGuests() });
    const { key, value } = keyEntry("acme-1");
    await gate.put([{ key, value: recordOf(value) }]);
    const answer = await send(gate.url, acme());
    assert.deepEqual([answer.status, json(answer).error.code], [503, "unavailable"]);
    assert.equal(origin.seen.length, 0);
    assert.equal((await told(gate, "directory")).length, 1);
    assert.doesNotMatch(gate.log, /acme-1/);
  });
}
