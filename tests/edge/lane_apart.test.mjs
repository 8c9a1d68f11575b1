// Edge and objects of a lane in processes of their own: either dies while the other lives.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startApart } from "./support/apart.mjs";
import { send } from "./support/client.mjs";
import { eventually, holding, probed, watched } from "./support/exchanges.mjs";
import { startOrigin } from "./support/origin.mjs";
import { acme, KEYS, lanedTo } from "./support/setup.mjs";

const timeout = 60_000;
const LEASE = 3_000;

/// On a connection of its own: one that was idle may be about to close.
const request = () => acme({ agent: false });

async function apart(t, slots) {
  const watch = watched();
  const origin = await startOrigin(watch.handler);
  t.after(() => origin.stop());
  const gate = await startApart({ policy: lanedTo(slots, { lease: `${LEASE}ms` }), keys: KEYS, origin: origin.url });
  t.after(() => gate.stop());
  return { ...gate, watch };
}

test("slots of an edge that died are free when their leases have ended, and not before", { timeout }, async (t) => {
  const { edge, watch } = await apart(t, 2);
  const began = Date.now();
  const held = Promise.allSettled(await holding(edge, watch, 2, request));
  await edge.kill();
  const died = Date.now();
  await held;
  await eventually(() => watch.lane().open === 0, () => "what was open is not cut");
  await edge.start();
  let status;
  do {
    const asked = Date.now();
    status = await probed(edge);
    if (status === 200) assert.ok(Date.now() - began >= LEASE, `free after ${Date.now() - began} ms`);
    else assert.ok(status === 429 && asked - died < 1.5 * LEASE, `${status} after ${asked - died} ms`);
    await sleep(50);
  } while (status !== 200);
  const again = await holding(edge, watch, 2, request);
  watch.free();
  for (const answer of again) assert.equal((await answer).status, 200);
});

test("exchanges outlive the process of their object, keep their slots, and the others are given away", { timeout }, async (t) => {
  const { edge, objects, watch } = await apart(t, 10);
  const held = await holding(edge, watch, 6, request);
  await objects.kill();
  const died = Date.now();
  assert.equal((await send(edge.url, request())).status, 503, "without its object nobody can say");
  await objects.start();
  await sleep(died + 1.5 * LEASE - Date.now());
  const more = await holding(edge, watch, 4, request);
  assert.equal(await probed(edge), 429, "six and four are ten");
  watch.free();
  for (const answer of [...held, ...more]) assert.equal((await answer).status, 200);
  assert.equal(watch.lane().most, 10);
});
