// Units that objects lend to the isolate: few calls, no unit too many, and what is not spent comes back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "./support/client.mjs";
import { acme, started } from "./support/setup.mjs";
import { asks, calls, UNAVAILABLE } from "./support/unavailable.mjs";

const timeout = 60_000;
const UNITS = 400;

const lending = (fields = {}, algorithm = "sliding-log") => ({
  version: 1, credential: ["x-api-key"],
  tiers: { standard: { limits: [{ name: "hour", algorithm, units: UNITS, window: "1h", lend: "1s" }] } },
  dialect: { headers: [{ name: "X-Left", value: "remaining", limit: "hour" }] },
  ...fields,
});

const begun = (t, policy = lending(), rest = {}) => started(t, { policy, wrapper: UNAVAILABLE, ...rest });
const get = (gate) => send(gate.url, acme({ path: "/v1/events" }));
const left = ({ headers }) => Number(headers["x-left"]);

for (const algorithm of ["token-bucket", "sliding-log", "sliding-window", "fixed-window", "anchored-window"]) {
  test(`a hot account has just its limit, with few calls: ${algorithm}`, { timeout }, async (t) => {
    const policy = lending({}, algorithm);
    const { gate, origin } = await begun(t, policy);
    const statuses = { 200: 0, 429: 0 };
    let sent = 0;
    const until = Date.now() + 20_000;
    const worker = async () => {
      while ((sent += 1) <= 2 * UNITS || (statuses[200] < UNITS && Date.now() < until)) {
        // On a slow machine units come back of loans that ended unspent.
        if (sent > 2 * UNITS) await sleep(100);
        statuses[(await get(gate)).status] += 1;
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    const { length } = await asks(gate);
    t.diagnostic(`${statuses[200]} passed with ${length} calls`);
    // A bucket of so many an hour gets one back in nine seconds.
    const refilled = algorithm === "token-bucket" ? 6 : 0;
    assert.ok(statuses[200] >= UNITS && statuses[200] <= UNITS + refilled, `${statuses[200]} passed`);
    assert.equal(origin.seen.length, statuses[200]);
    assert.ok(length < statuses[200] / 2, `${length} calls`);
  });
}

test("what is told to be left goes down by one with each request, lent or not", { timeout }, async (t) => {
  const { gate } = await begun(t);
  for (let spent = 1; spent <= 120; spent++) {
    const told = left(await get(gate));
    assert.ok(Math.abs(UNITS - spent - told) <= 1, `${told} after ${spent}`);
  }
});

test("what was not spent of a loan comes back when it ends", { timeout }, async (t) => {
  const { gate } = await begun(t);
  for (let n = 0; n < 60; n++) assert.equal((await get(gate)).status, 200);
  await sleep(2_000);
  assert.ok((await calls(gate)).some(({ kind }) => kind === "give-back"));
  assert.equal(left(await get(gate)), UNITS - 61);
});

test("a crash with units lent gives nobody more than the limit", { timeout }, async (t) => {
  const { gate, origin } = await begun(t);
  for (let n = 0; n < 60; n++) assert.equal((await get(gate)).status, 200);
  await gate.kill();
  await gate.start();
  let answer;
  for (let n = 0; n < UNITS && answer?.status !== 429; n++) answer = await get(gate);
  assert.equal(answer.status, 429);
  t.diagnostic(`${origin.seen.length} of ${UNITS}`);
  assert.ok(origin.seen.length > UNITS / 2 && origin.seen.length <= UNITS, `${origin.seen.length}`);
});

test("each request asks by itself where something else has to be followed: a lane, or refunds", { timeout }, async (t) => {
  const inLane = lending({ routes: [{ path: "/**", lane: "lane" }] });
  inLane.tiers.standard.limits.push({ name: "lane", algorithm: "concurrency", slots: 10 });
  for (const policy of [inLane, lending({ refund_on: [402] })]) {
    const { gate } = await begun(t, policy);
    for (let n = 0; n < 20; n++) assert.equal((await get(gate)).status, 200);
    assert.equal((await asks(gate)).length, 20);
  }
});
