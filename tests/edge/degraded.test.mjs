// That something does not do its part is told once in each spell, by one collector, whichever isolates hear of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, READER, TOKENS } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { startReceiver, webhookKey } from "./support/receiver.mjs";
import { acme, limitedTo, started, ticksupplyWith } from "./support/setup.mjs";
import { stored } from "./support/stored.mjs";
import { callsGo, UNAVAILABLE } from "./support/unavailable.mjs";

const timeout = 60_000;
const KEY = webhookKey();
const WRAPPER = `${UNAVAILABLE}\nexport { CollectorObject } from "./worker.js";`;

/// The same where the collector that tells does not answer.
const SILENT = `${UNAVAILABLE}
import { CollectorObject as Collector } from "./worker.js";
export class CollectorObject extends Collector {
  answer(message) {
    if (this.ctx.id.name === "collector-0") throw new Error("gone");
    return super.answer(message);
  }
}`;

/// A gate whose objects can be made to fail, and a receiver that it tells.
async function told(t, policy, vars = {}, wrapper = WRAPPER) {
  const receiver = await startReceiver(t, [KEY]);
  const { gate } = await started(t, { policy, wrapper, vars: { ...TOKENS, WEBHOOK_URL: receiver.url, WEBHOOK_KEY: KEY, ...vars } });
  return { gate, receiver };
}

/// The parts that were told, each event once: a crash may come between sending it and writing that down.
const events = ({ got, ids }) => [...new Map(ids.map((id, at) => [id, got[at].data.degraded])).values()];

const asked = async (gate, times) => {
  const statuses = [];
  for (let n = 0; n < times; n++) statuses.push((await send(gate.url, acme())).status);
  return statuses;
};

test("an object that does not decide is told once, however many requests and isolates notice", { timeout }, async (t) => {
  const { gate, receiver } = await told(t, ticksupplyWith({ on_unavailable: "allow" }));
  // A crash takes the isolate along: the next one chooses a collector of its own, and does not know what was told.
  for (let isolate = 0; isolate < 4; isolate++) {
    await callsGo(gate, "throw");
    assert.deepEqual(await asked(gate, 30), Array(30).fill(200));
    await receiver.has(1);
    await sleep(300);
    await gate.kill();
    await gate.start();
  }
  const [{ type, timestamp, data }] = receiver.got;
  assert.deepEqual([type, data.degraded, Object.keys(data)], ["degraded", "object", ["degraded", "requests"]]);
  assert.ok(data.requests >= 1 && data.requests <= 30, JSON.stringify(data));
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 30_000, timestamp);
  assert.deepEqual([receiver.refused, events(receiver).length], [0, 1]);
});

test("requests that are refused for want of a decision are told, too, and each part by itself", { timeout }, async (t) => {
  const { gate, receiver } = await told(t, ticksupplyWith({ on_unavailable: "deny" }), { POLICY_MAX_AGE: "1s" });
  await callsGo(gate, "throw");
  assert.deepEqual(await asked(gate, 1), [503]);
  await receiver.has(1);
  await gate.kill();
  await gate.start();
  assert.deepEqual(await asked(gate, 1), [200]);
  await gate.put([{ key: "policy", value: "garbage" }]);
  for (; events(receiver).length < 2; await sleep(100)) await asked(gate, 1);
  assert.deepEqual(events(receiver), ["unavailable", "policy"]);
});

test("what the receiver did not take is sent by the collector's alarm, after a crash and without a request", { timeout }, async (t) => {
  const { gate, receiver } = await told(t, ticksupplyWith({ on_unavailable: "local" }));
  receiver.status = 503;
  await callsGo(gate, "throw");
  await asked(gate, 1);
  while (receiver.attempts === 0) await sleep(20);
  await sleep(100);
  const { waiting } = json(await ask(gate, "GET", "events", undefined, READER));
  assert.deepEqual(waiting.map(({ type, tries }) => [type, tries]), [["degraded", 1]]);
  await gate.kill();
  receiver.status = 204;
  await gate.start();
  await receiver.has(1);
  await sleep(500);
  assert.deepEqual(events(receiver), ["local"]);
});

test("what the receiver has given up on is sent again when somebody says so", { timeout }, async (t) => {
  const { gate, receiver } = await told(t, ticksupplyWith({ on_unavailable: "local" }));
  receiver.status = 410;
  await callsGo(gate, "throw");
  await asked(gate, 1);
  while (receiver.attempts === 0) await sleep(20);
  await sleep(100);
  assert.deepEqual(json(await ask(gate, "GET", "events")).given_up.map(({ type }) => type), ["degraded"]);
  receiver.status = 204;
  assert.equal((await ask(gate, "POST", "events", undefined, READER)).status, 403);
  assert.equal(json(await ask(gate, "POST", "events")).waiting.length, 1);
  await receiver.has(1);
  await sleep(100);
  assert.deepEqual(json(await ask(gate, "GET", "events")), { waiting: [], given_up: [], lost: 0 });
});

test("where nothing is degraded, or nobody is told, no collector sets an alarm", { timeout }, async (t) => {
  for (const [how, vars] of [["well", {}], ["throw", { WEBHOOK_URL: null }]]) {
    const { gate, receiver } = await told(t, limitedTo(1_000, "7d", { on_unavailable: "allow" }), vars);
    await callsGo(gate, how);
    await asked(gate, 30);
    for (const end = Date.now() + 20_000; ; await sleep(100)) {
      await gate.kill();
      const collectors = stored(gate, "collector").filter(({ rows }) => rows[0]);
      if (collectors.length > 0) {
        assert.deepEqual(collectors.filter(({ alarm }) => alarm), [], how);
        break;
      }
      assert.ok(Date.now() < end, "a report was written");
      await gate.start();
      await callsGo(gate, how);
      await asked(gate, 30);
    }
    assert.equal(receiver.attempts, 0);
  }
});

test("while the collector that tells does not answer, no other tells in its place", { timeout }, async (t) => {
  const { gate, receiver } = await told(t, ticksupplyWith({ on_unavailable: "allow" }), {}, SILENT);
  await callsGo(gate, "throw");
  assert.deepEqual(await asked(gate, 30), Array(30).fill(200));
  await gate.logged("\"part\":\"collector\"");
  await sleep(1_000);
  assert.equal(receiver.attempts, 0);
});
