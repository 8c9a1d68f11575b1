// Crowds at a lane that is full: nobody else is hurt, and no slot is given to somebody who is gone.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crowd, send } from "./support/client.mjs";
import { freed, holding, probed, watched } from "./support/exchanges.mjs";
import { FAULTY, skew, tell } from "./support/faulty.mjs";
import { acme, lanedTo, started, withKey } from "./support/setup.mjs";

const timeout = 60_000;

test("a crowd that waits for slots again and again is served, and so is everybody else", { timeout }, async (t) => {
  const watch = watched((_, response) => setTimeout(() => response.end("ok"), 2));
  const { gate } = await started(t, { policy: lanedTo(8, { patience: "1s" }), handler: watch.handler });
  const others = [];
  const asking = setInterval(() => others.push(send(gate.url, withKey("globex-1"))), 100);
  t.after(() => clearInterval(asking));
  // Each release calls whoever waits; each that finds no slot waits anew. 10,000 timers are the runtime's bound.
  const answers = await crowd(gate.url, { clients: 60, total: 6_000, request: () => acme() });
  clearInterval(asking);
  const statuses = (list) => [...new Set(list.map(({ status }) => status))];
  assert.deepEqual(statuses(answers), [200]);
  assert.deepEqual(statuses(await Promise.all(others)), [200]);
  assert.ok(watch.lane().most <= 16, "8 for each account");
});

/// Sends a request and resets its connection while it waits.
async function resetWhileWaiting(gate) {
  const { hostname, port } = new URL(gate.url);
  const socket = net.connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write("GET /v1/events HTTP/1.1\r\nhost: gate\r\nx-api-key: acme-1\r\n\r\n");
  await sleep(100);
  socket.resetAndDestroy();
}

test("a client that resets its connection while it waits gets no slot, or loses it at once", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await started(t, { policy: lanedTo(2, { patience: "1s", lease: "1h" }), handler: watch.handler });
  const held = await holding(gate, watch, 2);
  await Promise.all(Array.from({ length: 6 }, () => resetWhileWaiting(gate)));
  watch.free();
  await Promise.all(held);
  await sleep(300);
  // What came too late to be called back reached the origin, whose answers free the slots.
  watch.free();
  await freed(gate, 1_500);
  assert.equal(await probed(gate), 200);
});

test("a request that is asked for again while it waits gets one slot, and gives it back", { timeout }, async (t) => {
  const watch = watched((request, response) => (request.url === "/held" ? watch.hold(response) : response.end("ok")));
  const policy = lanedTo(1, { patience: "1s", lease: "8s", decision_timeout: "10s" });
  const { gate } = await started(t, { policy, handler: watch.handler, wrapper: FAULTY });
  await tell(gate, "mark");
  const [held] = await holding(gate, watch, 1, () => acme({ path: "/held" }));
  await sleep(2_500);
  await tell(gate, "lose");
  const asking = send(gate.url, acme());
  await sleep(100);
  // When it asks again, the lease of the one before it is over, and nobody has been called for that.
  await skew(gate, 6);
  assert.equal((await asking).status, 200);
  assert.equal((await tell(gate, "state")).fault, null, "it was asked for twice");
  watch.free();
  await held;
  await freed(gate);
});

for (const status of [103, 600, 999]) {
  test(`an answer that cannot be passed on, a ${status}, keeps no slot`, { timeout }, async (t) => {
    const answers = (request, response) => {
      if (request.url === "/probe") return response.end("ok");
      response.socket.write(`HTTP/1.1 ${status} Odd\r\nContent-Length: 5\r\n\r\nhel`);
    };
    const watch = watched(answers);
    const { gate } = await started(t, { policy: lanedTo(1, { patience: "0ms", lease: "1h" }), handler: watch.handler });
    assert.equal((await send(gate.url, acme({ path: "/odd" }))).status, 502);
    await freed(gate, 1_500);
  });
}

const LYING = `export default {
  fetch(request) {
    const { searchParams, pathname } = new URL(request.url);
    const body = pathname === "/none" ? null : "hello";
    return new Response(body, { headers: { "content-length": searchParams.get("length") } });
  },
};`;

test("a service that states a wrong length is passed on as without a lane", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: lanedTo(1), service: LYING, bound: true });
  for (const length of ["3", "5", "9", "-1", "1e3", "much"]) {
    const answer = await send(gate.url, acme({ path: `/some?length=${length}` }));
    assert.deepEqual([answer.status, answer.text], [200, "hello"], length);
    const none = await send(gate.url, acme({ path: `/none?length=${length}` }));
    assert.deepEqual([none.status, none.text], [200, ""], length);
  }
});
