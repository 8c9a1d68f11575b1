// One account's limit raised for a while, given back, and looked at, from outside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { admin, ADMIN } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { acme, limitedTo, started, withKey } from "./support/setup.mjs";

const timeout = 60_000;
// A denial is not repeated here, so that the object is heard at once.
const withAdmin = (t, policy) => started(t, { vars: { ADMIN_TOKEN: ADMIN }, policy: { ...policy, deny_cache: "0s" } });

async function statuses(gate, count) {
  const found = [];
  for (let call = 0; call < count; call++) found.push((await send(gate.url, acme())).status);
  return found;
}

test("a limit that is raised lets more through until its end, its headers say so, and others keep theirs", { timeout }, async (t) => {
  const { gate } = await withAdmin(t, limitedTo(2, "7d"));
  assert.deepEqual(await statuses(gate, 3), [200, 200, 429]);
  const until = Math.ceil(Date.now() / 1000) + 4;
  const put = await admin(gate, "PUT", "acme/overrides/minute", { units: 5, until });
  assert.deepEqual([put.status, json(put)], [200, { overrides: [{ limit: "minute", units: 5, until }] }]);
  const answer = await send(gate.url, acme());
  assert.equal(answer.headers["x-ratelimit-limit-minute"], "5");
  assert.deepEqual(await statuses(gate, 3), [200, 200, 429]);
  assert.equal((await send(gate.url, withKey("globex-1"))).headers["x-ratelimit-limit-minute"], "2");
  await sleep(until * 1000 - Date.now());
  const after = await send(gate.url, acme());
  assert.deepEqual([after.status, after.headers["x-ratelimit-limit-minute"]], [429, "2"]);
  assert.deepEqual(json(await admin(gate, "GET", "acme/overrides")), { overrides: [] });
});

test("a look says why requests were refused, and a reset lets them pass", { timeout }, async (t) => {
  const { gate } = await withAdmin(t, limitedTo(2, "7d"));
  assert.deepEqual(await statuses(gate, 3), [200, 200, 429]);
  const look = json(await admin(gate, "GET", "acme"));
  const { limit, units, remaining } = look.limits[0];
  assert.deepEqual([limit, units, remaining], ["minute", 2, 0]);
  assert.deepEqual(look.refusals.map(({ why, limits }) => [why, limits[0].limit, limits[0].remaining]), [["not_yet", "minute", 0]]);
  assert.equal((await admin(gate, "DELETE", "acme/usage/nothing")).status, 404);
  assert.deepEqual(json(await admin(gate, "DELETE", "acme/usage/minute")), { limit: "minute", given_back: 2 });
  assert.deepEqual(await statuses(gate, 3), [200, 200, 429]);
});
