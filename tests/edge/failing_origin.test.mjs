// An origin that fails: the client is told which way, and where its limits stand.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { json, open, send } from "./support/client.mjs";
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

/// An origin whose connections a test handles itself; its URL.
async function bare(t, connected) {
  const server = net.createServer((socket) => connected(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return { ORIGIN_URL: `http://127.0.0.1:${server.address().port}` };
}

/// Writes a text byte by byte, a moment apart; until the connection is closed.
function trickle(socket, text, pause = 20) {
  let at = 0;
  const timer = setInterval(() => (at < text.length ? socket.write(text[at++]) : clearInterval(timer)), pause);
  socket.once("close", () => clearInterval(timer));
}

for (const [when, begins] of [["before its answer", () => {}], ["in the headers of its answer", (socket) => socket.write("HTTP/1.1 200 OK\r\nX-Half: ")]]) {
  test(`an origin that resets the connection ${when} is a 502`, { timeout }, async (t) => {
    const vars = await bare(t, (socket) => socket.once("data", () => {
      begins(socket);
      setTimeout(() => socket.resetAndDestroy(), 50);
    }));
    const { gate } = await started(t, { vars });
    assertBroken(await send(gate.url, acme()));
  });
}

test("an origin whose headers trickle is a 504 when its time is up, and its connection is closed", { timeout }, async (t) => {
  const closed = Promise.withResolvers();
  const headers = `HTTP/1.1 200 OK\r\nX-Long: ${"long ".repeat(1_000)}\r\n\r\n`;
  const vars = await bare(t, (socket) => socket.once("close", closed.resolve).once("data", () => trickle(socket, headers)));
  const { gate } = await started(t, { policy: QUICK, vars });
  assertLate(await send(gate.url, acme()));
  await closed.promise;
});

test("a body that trickles for longer than the time limit is whole, and each piece is passed on as it comes", { timeout }, async (t) => {
  const body = "drop by drop, and whole in the end";
  const vars = await bare(t, (socket) => socket.once("data", () => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, () => trickle(socket, body));
  }));
  const { gate } = await started(t, { policy: QUICK, vars });
  const request = open(gate.url, acme());
  request.end();
  const [response] = await once(request, "response");
  let [pieces, text] = [0, ""];
  for await (const piece of response) [pieces, text] = [pieces + 1, text + piece];
  assert.equal(text, body);
  assert.ok(pieces > 3, `${pieces} pieces`);
});

test("an origin that does not read an upload is a 504 when its time is up", { timeout }, async (t) => {
  const vars = await bare(t, (socket) => socket.pause());
  const { gate } = await started(t, { policy: QUICK, vars });
  assertLate(await send(gate.url, acme({ method: "POST", body: Buffer.alloc(1_000_000) })));
});

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
  const { gate } = await started(t, { vars: await bare(t, (socket) => socket.end("what?\r\n\r\n")) });
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
