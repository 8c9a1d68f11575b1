// What objects store, on disk: a row of a later version is left alone, and what has long been over is deleted by the alarm.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { admin, ADMIN } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { acme, limitedTo, started, ticksupplyWithGuests, withKey } from "./support/setup.mjs";
import { moveAlarm, rewrite, stored } from "./support/stored.mjs";

const timeout = 60_000;
const DAY = 86_400_000;
/// A row of format 1, written in the first milliseconds of 1970 under version 7 of a policy, in which nothing is used.
const LONG_OVER = () => "0101070100000000000000";
/// The same row as a format that no version has yet.
const later = (row) => `63${row.slice(2)}`;
const exported = async (gate, account) => json(await admin(gate, "GET", `${account}/export`));

test("an object whose row is of a later format refuses, keeps it byte for byte, and works again once it can read it", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(5, "7d") });
  for (let call = 0; call < 2; call++) assert.equal((await send(gate.url, acme())).status, 200);
  await gate.kill();
  const [{ id, rows }] = stored(gate, "account");
  rewrite(gate, "account", id, later);
  moveAlarm(gate, "account", id, Date.now());
  await gate.start();
  for (let call = 0; call < 3; call++) {
    const answer = await send(gate.url, acme());
    assert.deepEqual([answer.status, json(answer).error.code], [503, "unavailable"]);
  }
  assert.equal((await send(gate.url, withKey("globex-1"))).status, 200, "another account is not concerned");
  await gate.logged("row of format 99; this version reads format 1");
  await gate.kill();
  const [kept] = stored(gate, "account").filter((object) => object.id === id);
  assert.deepEqual(kept.rows, { 0: later(rows[0]) });
  rewrite(gate, "account", id, () => rows[0]);
  await gate.start();
  assert.equal((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"], "2", "what was spent stays spent");
  assert.equal(origin.seen.length, 4);
});

test("the alarm is set with the first row, survives a crash, and costs no other request a row", { timeout }, async (t) => {
  const { gate } = await started(t);
  const alarms = [];
  const begun = Date.now();
  for (let crash = 0; crash < 3; crash++) {
    for (let call = 0; call < 20; call++) assert.equal((await send(gate.url, acme())).status, 200);
    await gate.kill();
    alarms.push(stored(gate, "account")[0].alarm);
    await gate.start();
  }
  // Within a turn of a week it is set once; these requests may lie on both sides of its end.
  assert.ok(new Set(alarms).size <= 2, String(alarms));
  // What was used today is told for 35 days, today included.
  assert.ok(alarms[0] >= begun + 42 * DAY && alarms[2] <= Date.now() + 43 * DAY, String(alarms));
});

/// What accounts and shards store once it is so; the gate is down then.
async function storedAfter(gate, isSo) {
  for (const end = Date.now() + 30_000; ; ) {
    await gate.start();
    await sleep(200);
    await gate.kill();
    const objects = [...stored(gate, "account"), ...stored(gate, "shard")];
    if (isSo(objects)) return objects;
    assert.ok(Date.now() < end, JSON.stringify(objects));
  }
}

test("the alarm deletes objects that are over, leaves those that are in use, and none that it cannot read", { timeout }, async (t) => {
  const keys = ["acme", "globex", "initech"].map((account) => ({ key: `${account}-1`, account, tier: "standard" }));
  const { gate } = await started(t, { policy: ticksupplyWithGuests(), keys, vars: { ADMIN_TOKEN: ADMIN } });
  const requests = [acme(), withKey("globex-1"), withKey("initech-1"), { path: "/v1/events" }];
  const begun = Date.now();
  const ids = [];
  for (const [at, request] of requests.entries()) {
    assert.equal((await send(gate.url, request)).status, 200);
    await gate.kill();
    const kind = at === 3 ? "shard" : "account";
    ids.push(stored(gate, kind).map(({ id }) => id).find((id) => !ids.includes(id)));
    await gate.start();
  }
  const [over, used, unread, shard] = ids;
  await gate.kill();
  rewrite(gate, "account", unread, later);
  const before = stored(gate, "account").filter(({ id }) => id !== over);
  rewrite(gate, "account", over, LONG_OVER);
  rewrite(gate, "shard", shard, LONG_OVER);
  const alarm = Date.now();
  for (const id of [over, used, unread]) moveAlarm(gate, "account", id, alarm);
  moveAlarm(gate, "shard", shard, alarm);
  const left = await storedAfter(gate, (objects) => objects.length === 2 && objects.every((object) => object.alarm !== alarm));
  const rowsOf = (objects) => objects.map(({ id, rows }) => [id, rows]);
  assert.deepEqual(rowsOf(left), rowsOf(before));
  for (const { id, alarm } of left) {
    const days = id === unread ? [1, 2] : [35, 36];
    assert.ok(alarm >= begun + days[0] * DAY && alarm <= Date.now() + days[1] * DAY, `${id}: ${alarm}`);
  }
  await gate.start();
  const answers = [await send(gate.url, acme()), await send(gate.url, withKey("globex-1"))];
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
  assert.equal((await exported(gate, "acme")).incarnation, 1, "it begins anew");
  await gate.kill();
  assert.equal(stored(gate, "account").length, 3, "and stores again");
});

test("looking at an account that nobody has used stores nothing", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: { ADMIN_TOKEN: ADMIN } });
  for (const [method, what] of [["GET", "nobody/export"], ["DELETE", "nobody"], ["GET", "nobody/plan"]]) {
    assert.equal((await admin(gate, method, what)).status, 200);
  }
  await gate.kill();
  assert.deepEqual(stored(gate, "account"), []);
});
