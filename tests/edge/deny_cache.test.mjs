// Denials that the isolate repeats by itself: as true as the object's, and for no longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "./support/client.mjs";
import { acme, lanedTo, limitedTo, started, withKey } from "./support/setup.mjs";
import { asks, callsGo, UNAVAILABLE } from "./support/unavailable.mjs";

const timeout = 60_000;

const begun = (t, policy, rest = {}) => started(t, { policy, wrapper: UNAVAILABLE, ...rest });
const denied = ({ status, headers }) => [status, headers["x-headgate-reason"]];

test("a denial is repeated without the object, and its Retry-After goes down with the clock", { timeout }, async (t) => {
  const { gate, origin } = await begun(t, limitedTo(2, "60s"));
  for (let n = 0; n < 2; n++) assert.equal((await send(gate.url, acme())).status, 200);
  const first = await send(gate.url, acme());
  assert.equal(first.status, 429);
  await asks(gate);
  await sleep(1_500);
  const later = await send(gate.url, acme());
  assert.deepEqual(denied(later), denied(first));
  assert.deepEqual(await asks(gate), []);
  const waits = [first, later].map(({ headers }) => Number(headers["retry-after"]));
  assert.ok([1, 2].includes(waits[0] - waits[1]), `${waits}`);
  for (const name of ["x-ratelimit-limit-minute", "x-ratelimit-remaining-minute", "x-ratelimit-remaining-hour"]) {
    assert.equal(later.headers[name], first.headers[name], name);
  }
  assert.notEqual(later.headers["x-headgate-request-id"], first.headers["x-headgate-request-id"]);
  assert.equal(origin.seen.length, 2);
});

test("who waits as long as a repeated denial says is let in", { timeout }, async (t) => {
  const { gate } = await begun(t, limitedTo(1, "4s"));
  assert.equal((await send(gate.url, acme())).status, 200);
  let last;
  for (let n = 0; n < 5; n++, await sleep(200)) last = await send(gate.url, acme());
  assert.equal(last.status, 429);
  await sleep(1_000 * Number(last.headers["retry-after"]) - 200);
  assert.equal((await send(gate.url, acme())).status, 200);
});

test("nobody else and no other question is refused by it", { timeout }, async (t) => {
  const policy = limitedTo(1, "60s", { version: 1, routes: [{ path: "/free", cost: 0 }] });
  const { gate } = await begun(t, policy);
  assert.equal((await send(gate.url, acme())).status, 200);
  assert.equal((await send(gate.url, acme())).status, 429);
  assert.equal((await send(gate.url, acme({ path: "/free" }))).status, 200);
  assert.equal((await send(gate.url, withKey("globex-1"))).status, 200);
  await asks(gate);
  for (let n = 0; n < 2; n++) assert.equal((await send(gate.url, withKey("acme-2"))).status, 429);
  assert.equal((await asks(gate)).length, 1, "another key of the account may be revoked, and is asked for once");
});

test("while the object does not answer, what it has refused is refused still", { timeout }, async (t) => {
  const { gate, origin } = await begun(t, limitedTo(1, "60s", { on_unavailable: "allow" }));
  assert.equal((await send(gate.url, acme())).status, 200);
  assert.equal((await send(gate.url, acme())).status, 429);
  await callsGo(gate, "throw");
  assert.equal((await send(gate.url, acme())).status, 429);
  assert.equal(origin.seen.length, 1);
});

for (const [deny_cache, what] of [["300ms", "is repeated for no longer than deny_cache"], ["0ms", "is not repeated where deny_cache is nothing"]]) {
  test(`a denial ${what}`, { timeout }, async (t) => {
    const { gate } = await begun(t, limitedTo(1, "60s", { deny_cache }));
    assert.equal((await send(gate.url, acme())).status, 200);
    await asks(gate);
    const begin = Date.now();
    for (let n = 0; n < 20; n++, await sleep(50)) assert.equal((await send(gate.url, acme())).status, 429);
    const windows = Math.ceil((Date.now() - begin) / 300);
    const { length } = await asks(gate);
    t.diagnostic(`${length} asks for 20 denials in ${windows} times 300 ms`);
    if (deny_cache === "0ms") assert.equal(length, 20);
    else assert.ok(length >= 3 && length <= windows + 1, `${length}`);
  });
}

test("a full lane is asked every time", { timeout }, async (t) => {
  const held = [];
  const { gate } = await begun(t, lanedTo(1), { handler: (request, response) => held.push(response) });
  const first = send(gate.url, acme());
  while (held.length === 0) await sleep(10);
  await asks(gate);
  for (let n = 0; n < 3; n++) assert.equal((await send(gate.url, acme())).status, 429);
  assert.equal((await asks(gate)).length, 3);
  held[0].end("ok");
  assert.equal((await first).status, 200);
});
