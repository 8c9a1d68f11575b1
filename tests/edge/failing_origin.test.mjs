// An origin that fails: the client is told which way, and where its limits stand.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { json, send } from "./support/client.mjs";
import { acme, started, ticksupplyWith } from "./support/setup.mjs";

const timeout = 20_000;
const QUICK = ticksupplyWith({ origin_timeout: "300ms" });

/// An answer of the gate about its origin.
function assertRefused(answer, status, code, message) {
  const request_id = answer.headers["x-headgate-request-id"];
  assert.deepEqual([answer.status, json(answer)], [status, { error: { code, message, request_id } }]);
  assert.deepEqual([answer.headers["x-headgate-reason"], answer.headers["cache-control"]], [code, "no-store"]);
  assert.deepEqual([answer.headers["x-ratelimit-limit-minute"], answer.headers["x-ratelimit-remaining-minute"]], ["200", "199"]);
}

const assertBroken = (answer) => assertRefused(answer, 502, "bad_gateway", "The origin could not be reached or broke off.");
const assertLate = (answer) => assertRefused(answer, 504, "gateway_timeout", "The origin did not answer in time.");

for (const bound of [false, true]) {
  const where = bound ? "bound as a service" : "at its URL";

  test(`an origin ${where} that is down is a 502`, { timeout }, async (t) => {
    const { gate, origin } = await started(t, { bound });
    await origin.stop();
    assertBroken(await send(gate.url, acme()));
    await gate.logged('"part":"origin"');
  });

  test(`an origin ${where} that never answers is a 504 when its time is up`, { timeout }, async (t) => {
    const { gate, origin } = await started(t, { policy: QUICK, handler: () => {}, bound });
    assertLate(await send(gate.url, acme()));
    assert.equal(origin.seen.length, 1);
  });

  test(`an origin ${where} that cuts the connection before its answer is a 502`, { timeout }, async (t) => {
    const { gate } = await started(t, { handler: (request) => request.socket.destroy(), bound });
    assertBroken(await send(gate.url, acme()));
  });
}

test("the origin's time is up for an upload too", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: QUICK, handler: () => {} });
  assertLate(await send(gate.url, acme({ method: "POST", body: "told" })));
});

test("the call to an origin whose time is up is given up", { timeout }, async (t) => {
  const closed = Promise.withResolvers();
  const { gate } = await started(t, { policy: QUICK, handler: (_, response) => response.on("close", closed.resolve) });
  assertLate(await send(gate.url, acme()));
  await closed.promise;
});

test("an origin that does not speak HTTP is a 502", { timeout }, async (t) => {
  const babbler = net.createServer((socket) => socket.end("what?\r\n\r\n")).listen(0, "127.0.0.1");
  t.after(() => babbler.close());
  await once(babbler, "listening");
  const { gate } = await started(t, { vars: { ORIGIN_URL: `http://127.0.0.1:${babbler.address().port}` } });
  assertBroken(await send(gate.url, acme()));
});

// Of known length only: workerd ends every chunked body properly, also one that broke off.
test("a body that the origin breaks off is broken off for the client", { timeout }, async (t) => {
  const handler = (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("beginning", () => response.socket.destroy());
  };
  const { gate } = await started(t, { handler });
  await assert.rejects(send(gate.url, acme()), { code: "ECONNRESET" });
});

test("the time limit is for the beginning of the answer, not for its body", { timeout }, async (t) => {
  const handler = (_, response) => {
    response.write("beginning");
    setTimeout(() => response.end(", end"), 700);
  };
  const { gate } = await started(t, { policy: QUICK, handler });
  assert.equal((await send(gate.url, acme())).text, "beginning, end");
});
