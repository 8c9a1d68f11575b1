// The policy looked at, judged, put and put again from outside, also while KV fails half-way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMIN, ask, heldAs, READER, TOKENS } from "./support/admin.mjs";
import { json, send, until } from "./support/client.mjs";
import { acme, started, ticksupplyWith, withKey } from "./support/setup.mjs";

const timeout = 60_000;
const withTokens = (t, rest = {}) => started(t, { ...rest, vars: { ...TOKENS, POLICY_MAX_AGE: "1s", ...rest.vars } });

/// A policy whose spaces and order a reader of JSON would not keep; `units` tells one from another.
const policyText = (version, units = 7) => `{
  "tiers": { "standard": { "limits": [ {"name":"minute", "algorithm":"token-bucket", "units":${units}, "window":"1m"} ] } },
  "version"  :  ${version} , "strangers": {"tier": "standard"}
}`;
const kept = (version) => `policy:${String(version).padStart(20, "0")}`;
const standing = async (gate) => json(await ask(gate, "GET", "policy"));
const versions = async (gate) => json(await ask(gate, "GET", "policy/versions")).versions;

test("a policy that is put stands as it was written, holds soon, and the former is kept", { timeout }, async (t) => {
  const first = ticksupplyWith();
  const { gate } = await withTokens(t, { policy: first });
  assert.equal((await send(gate.url, acme())).headers["x-ratelimit-limit-minute"], "200");
  const before = await standing(gate);
  assert.deepEqual([before.version, before.put_at, JSON.parse(before.text)], [first.version, null, first]);
  const put = await ask(gate, "PUT", "policy", policyText(8));
  assert.deepEqual([put.status, json(put)], [200, { version: 8, former: first.version, everywhere_after: 62 }]);
  await until(({ headers }) => headers["ratelimit-policy"] === '"minute";q=7;w=60', () => send(gate.url, acme()));
  const { put_at: putAt, ...after } = await standing(gate);
  assert.deepEqual(after, { version: 8, bytes: policyText(8).length, text: policyText(8) });
  assert.ok(Math.abs(Date.now() - putAt) < 60_000);
  assert.deepEqual(await versions(gate), [
    { version: 8, put_at: putAt, bytes: policyText(8).length, stands: true },
    { version: first.version, put_at: null, bytes: before.bytes, stands: false },
  ]);
  for (const [version, told] of [[8, { ...after, put_at: putAt }], [first.version, before]]) {
    assert.deepEqual(json(await ask(gate, "GET", `policy/versions/${version}`)), told);
  }
  assert.equal((await ask(gate, "GET", "policy/versions/9")).status, 404);
});

test("an older policy, the same version again, or what is no policy changes nothing and is told why", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { policy: policyText(8) });
  await ask(gate, "PUT", "policy", policyText(9));
  // As if somebody had put an older one by other means: objects do not step back.
  await gate.put([{ key: "policy", value: policyText(3) }]);
  const cases = [
    [policyText(9), 409, "not_newer", "version: found 9, allowed: more than 9, which stands or stood"],
    [policyText(4), 409, "not_newer", "version: found 4, allowed: more than 9, which stands or stood"],
    ["{", 400, "malformed", "not JSON: EOF while parsing an object at line 1 column 1"],
    [policyText(10, -1), 400, "malformed", "tiers.standard.limits[0].units: found -1, allowed: a whole number from 1 to 1000000000"],
  ];
  for (const [text, status, code, message] of cases) {
    const answer = await ask(gate, "PUT", "policy", text);
    assert.deepEqual([answer.status, json(answer).error], [status, { code, message }]);
  }
  assert.equal((await standing(gate)).text, policyText(3));
  assert.equal((await heldAs(gate, "audit:")).length, 1, "what was not tried is not written down");
  assert.equal((await ask(gate, "PUT", "policy", policyText(10))).status, 200);
});

test("a policy is judged without being put: what it comes to, or where it is wrong", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { policy: policyText(8) });
  const judged = async (text, token) => json(await ask(gate, "POST", "policy/validate", text, token));
  const right = { valid: true, version: 2, tiers: [{ name: "standard", limits: ["minute"] }], prefixes: 0, routes: 0 };
  for (const token of [ADMIN, READER]) assert.deepEqual(await judged(policyText(2), token), right);
  assert.deepEqual(await judged(policyText(2, 0)), {
    valid: false, message: "tiers.standard.limits[0].units: found 0, allowed: a whole number from 1 to 1000000000",
    where: "tiers.standard.limits[0].units", found: "0", allowed: "a whole number from 1 to 1000000000",
  });
  assert.deepEqual(await judged("garbage"), { valid: false, message: "not JSON: expected value at line 1 column 1", where: null, found: null, allowed: null });
  assert.equal((await standing(gate)).version, 8);
  assert.equal((await gate.heldInKv()).length, 1 + 3, "nothing is written");
});

test("rolled back, the text of a kept version stands again under a higher one, all else in it as it was", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { policy: policyText(1, 11) });
  for (const version of [2, 5]) await ask(gate, "PUT", "policy", policyText(version, 7));
  const answer = await ask(gate, "POST", "policy/roll-back", { version: 1 });
  assert.deepEqual([answer.status, json(answer)], [200, { version: 6, former: 5, everywhere_after: 62 }]);
  assert.equal((await standing(gate)).text, policyText(6, 11));
  assert.deepEqual((await versions(gate)).map(({ version }) => version), [6, 5, 2, 1]);
  await until(({ headers }) => headers["ratelimit-policy"] === '"minute";q=11;w=60', () => send(gate.url, acme()));
  for (const [body, status, code] of [[{ version: 6 }, 409, "stands"], [{ version: 4 }, 404, "not_found"], [{}, 400, "malformed"], [{ version: "1" }, 400, "malformed"]]) {
    const refused = await ask(gate, "POST", "policy/roll-back", body);
    assert.deepEqual([refused.status, json(refused).error.code], [status, code], JSON.stringify(body));
  }
  await gate.put([{ key: kept(1), value: policyText(1, 0) }]);
  assert.equal(json(await ask(gate, "POST", "policy/roll-back", { version: 1 })).error.code, "not_a_policy");
});

test("of the versions the newest fifty are kept", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { policy: policyText(1) });
  await gate.put(Array.from({ length: 48 }, (_, at) => ({ key: kept(at + 2), value: policyText(at + 2) })));
  const numbers = async () => (await versions(gate)).map(({ version }) => version);
  // The one that stands, 1, is kept as well.
  await ask(gate, "PUT", "policy", policyText(50));
  assert.deepEqual(await numbers(), Array.from({ length: 50 }, (_, at) => 50 - at));
  await ask(gate, "PUT", "policy", policyText(60));
  assert.deepEqual(await numbers(), [60, ...Array.from({ length: 49 }, (_, at) => 50 - at)]);
  assert.equal((await heldAs(gate, "policy:")).length, 50);
});

test("in an empty KV nothing stands but the default, and the first policy is put over it", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { policy: null, keys: [] });
  assert.deepEqual(await standing(gate), { version: 0, put_at: null, bytes: null, text: null });
  assert.deepEqual(await versions(gate), []);
  assert.deepEqual(json(await ask(gate, "PUT", "policy", policyText(1))), { version: 1, former: null, everywhere_after: 62 });
});

test("what stands and is no policy is shown as it is, and gives way to a policy that is newer than what stood before", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { policy: policyText(1) });
  await ask(gate, "PUT", "policy", policyText(4));
  await gate.put([{ key: "policy", value: "garbage" }]);
  assert.deepEqual(await standing(gate), { version: null, put_at: null, bytes: 7, text: "garbage" });
  assert.equal((await ask(gate, "PUT", "policy", policyText(4))).status, 409);
  assert.equal(json(await ask(gate, "POST", "policy/roll-back", { version: 4 })).version, 5);
});

const CALLS = ["GET policy$", "GET $", "PUT audit:", `PUT ${kept(7)}`, "PUT policy$", `PUT ${kept(8)}`];
for (const of of CALLS) {
  for (const [when, late] of [["before", false], ["after", true]]) {
    test(`when KV fails at ${of} ${when} it has done it, a whole policy stands, and the former can be had`, { timeout }, async (t) => {
      const { gate } = await withTokens(t, { policy: policyText(7, 11) });
      await gate.failKv("KV is out", { of, late });
      const answer = await ask(gate, "PUT", "policy", policyText(8, 5));
      assert.equal(answer.status, of === `PUT ${kept(8)}` ? 200 : 503);
      if (answer.status === 503) assert.equal(json(answer).error.code, "unavailable");
      await gate.failKv("");
      const now = await standing(gate);
      const isPut = of === `PUT ${kept(8)}` || (of === "PUT policy$" && late);
      assert.equal(now.text, isPut ? policyText(8, 5) : policyText(7, 11));
      assert.equal(json(await ask(gate, "GET", "policy/versions/7")).text, policyText(7, 11));
      const again = await ask(gate, "PUT", "policy", policyText(8, 5));
      assert.equal(again.status, isPut ? 409 : 200, "once more it is put, or stands");
      assert.equal((await standing(gate)).text, policyText(8, 5));
      assert.deepEqual((await versions(gate)).map(({ version }) => version), [8, 7]);
      assert.equal((await send(gate.url, withKey("acme-1"))).status, 200);
    });
  }
}

test("a policy may be as long as it may, and no longer", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { policy: policyText(1) });
  const padded = (bytes) => policyText(2).padEnd(bytes);
  assert.equal((await ask(gate, "PUT", "policy", padded(1_048_577))).status, 413);
  assert.equal((await ask(gate, "PUT", "policy", padded(1_048_576))).status, 200);
  assert.equal((await standing(gate)).bytes, 1_048_576);
});
