// A receiver of events that is down for ten minutes: nothing is lost, nothing comes twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN } from "../edge/support/admin.mjs";
import { send } from "../edge/support/client.mjs";
import { startReceiver, webhookKey } from "../edge/support/receiver.mjs";
import { acme, limitedTo, started } from "../edge/support/setup.mjs";

const DOWN = 10 * 60_000;
/// The longest pause between two attempts by then, and time to spare.
const BACK = 8 * 60_000;

test("a receiver that is down for ten minutes gets every event once when it is back", { timeout: DOWN + 2 * BACK }, async (t) => {
  const key = webhookKey();
  const receiver = await startReceiver(t, [key]);
  const policy = limitedTo(5, "1m", { alerts: {} });
  policy.tiers.standard.limits[0].algorithm = "fixed-window";
  delete policy.dialect;
  const { gate } = await started(t, { policy, vars: { ADMIN_TOKEN: ADMIN, WEBHOOK_URL: receiver.url, WEBHOOK_KEY: key } });
  receiver.status = 503;
  const windows = new Set();
  for (const end = Date.now() + DOWN; Date.now() < end; await sleep(1_000)) {
    const window = Math.floor(Date.now() / 60_000);
    const { status } = await send(gate.url, acme());
    if (status === 429 && Math.floor(Date.now() / 60_000) === window) windows.add(window);
    // Memory is lost now and then, by a crash.
    if (Math.random() < 0.01) {
      await gate.kill();
      await gate.start();
    }
  }
  t.diagnostic(`${windows.size} windows were spent, ${receiver.attempts} attempts while it was down`);
  assert.ok(windows.size >= 5, "most windows were spent");
  receiver.status = 204;
  for (const end = Date.now() + BACK; receiver.got.length < 2 * windows.size && Date.now() < end;) await sleep(1_000);
  await sleep(10_000);
  assert.equal(new Set(receiver.ids).size, receiver.ids.length, "none came twice");
  for (const percent of [80, 100]) {
    const told = receiver.got.filter(({ data }) => data.percent === percent && data.limit === "minute");
    const spent = new Set(told.map(({ timestamp }) => Math.floor(Date.parse(timestamp) / 60_000)));
    assert.equal(spent.size, told.length, `${percent} % once in a window`);
    for (const window of windows) assert.ok(spent.has(window), `${percent} % of window ${window}`);
  }
});
