// A slot is held while the exchange with the origin is open, and free once it has ended, however it ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { bytesOf } from "./support/client.mjs";
import { begun, eventually, freed, probed, watched } from "./support/exchanges.mjs";
import { acme, lanedTo, started } from "./support/setup.mjs";
import { closeWebSockets, echoWebSockets, upgraded } from "./support/websocket.mjs";

const timeout = 30_000;
const PACKED = gzipSync("the same line again and again\n".repeat(1_000));
const packed = { "content-encoding": "gzip", "content-type": "text/plain" };

/// A gate whose lane has one slot, nobody waiting for it, before an origin that holds back all but probes. A lease outlasts
/// the test: what is not released stays taken.
async function laneOfOne(t, { slots = 1, ...fields } = {}) {
  const watch = watched();
  const place = await started(t, { policy: lanedTo(slots, fields), handler: watch.handler });
  place.origin.server.on("upgrade", (request, socket) => watch.begin(request, socket));
  return { ...place, watch };
}

async function held(gate, when) {
  assert.equal(await probed(gate), 429, when);
}

/// The origin breaks off when what it has said is on its way.
const breaks = (response) => response.write("hello", () => setTimeout(() => response.destroy(), 100));

/// How the origin may answer, and what the client then gets: a status, and the bytes or null for a body that breaks off.
/// workerd ends a chunked body in good order even if it broke off.
const ENDS = {
  "an answer of known length": [(response) => response.writeHead(200, { "content-length": "5" }).end("hello"), 200, "hello"],
  "a chunked answer": [(response) => response.write("hello", () => response.end(", all")), 200, "hello, all"],
  "an answer in gzip, of known length": [(response) => response.writeHead(200, { ...packed, "content-length": PACKED.length }).end(PACKED), 200, PACKED],
  "an answer in gzip, chunked": [(response) => response.writeHead(200, packed).end(PACKED), 200, PACKED],
  "an empty answer": [(response) => response.writeHead(200, { "content-length": "0" }).end(), 200, ""],
  "the answer to a HEAD": [(response) => response.writeHead(200, { "content-length": "123" }).end(), 200, "", { method: "HEAD" }],
  "a 204": [(response) => response.writeHead(204).end(), 204, ""],
  "a 304": [(response) => response.writeHead(304, { etag: '"v1"' }).end(), 304, ""],
  "a redirect": [(response) => response.writeHead(302, { location: "/elsewhere" }).end("moved"), 302, "moved"],
  "an error of the origin's": [(response) => response.writeHead(500).end("sorry"), 500, "sorry"],
  "an upload's answer": [(response) => response.end("thanks"), 200, "thanks", { method: "POST", headers: { "content-length": "0" } }],
  "an answer that the origin breaks off before its headers": [(response) => response.socket.resetAndDestroy(), 502, undefined],
  "a chunked answer that the origin breaks off": [breaks, 200, "hello"],
  "an answer of known length that the origin breaks off": [(response) => breaks(response.writeHead(200, { "content-length": "9" })), 200, null],
};

for (const [name, [answers, status, body, request]] of Object.entries(ENDS)) {
  test(`the slot is free after ${name}`, { timeout }, async (t) => {
    const { gate, watch } = await laneOfOne(t);
    const { answer } = await begun(gate, watch, acme({ path: "/work", ...request }));
    await held(gate, "before the answer");
    watch.free(answers);
    const response = await answer;
    assert.equal(response.statusCode, status);
    if (body === null) await assert.rejects(bytesOf(response), "the client is told that it is broken");
    else {
      const bytes = await bytesOf(response);
      if (body !== undefined) assert.deepEqual(bytes, Buffer.from(body));
    }
    await freed(gate);
  });
}

for (const [name, headers] of [["of known length", { "content-length": "11" }], ["chunked", {}], ["of events", { "content-type": "text/event-stream" }]]) {
  test(`the slot is held as long as a body ${name} is open, and free when it has ended`, { timeout }, async (t) => {
    const { gate, watch } = await laneOfOne(t);
    const { answer } = await begun(gate, watch);
    let origin;
    watch.free((response) => (origin = response).writeHead(200, headers).write("first"));
    const response = await answer;
    assert.equal((await once(response, "data"))[0].toString(), "first");
    await held(gate, "while the body is open");
    origin.end(", last");
    assert.equal((await bytesOf(response)).toString(), ", last");
    await freed(gate);
  });
}

test("an origin that never answers gives the slot back at the time limit", { timeout }, async (t) => {
  const { gate, watch } = await laneOfOne(t, { origin_timeout: "500ms" });
  const { answer } = await begun(gate, watch);
  await held(gate, "before the time limit");
  assert.equal((await answer).statusCode, 504);
  await freed(gate);
  await eventually(() => watch.lane().open === 0, () => "the origin still has the request", 1_000);
});

/// Where a client may be killed: what the origin has said by then, and the request.
const KILLED = {
  "before the headers": [() => {}],
  "in a chunked body": [(response) => response.write("first")],
  "in a body of known length": [(response) => response.writeHead(200, { "content-length": "1000" }).write("first")],
  "in a chunked upload": [() => {}, { method: "POST", headers: { "transfer-encoding": "chunked" }, body: "first" }],
  "in an upload of known length": [() => {}, { method: "POST", headers: { "content-length": "1000" }, body: "first" }],
};

/// Begins an exchange, kills its client, and tells of the origin's side.
async function killed({ gate, watch }, [says, request], kill) {
  const { sent, answer } = await begun(gate, watch, acme({ path: "/work", ...request }));
  let origin;
  watch.free((response) => says((origin = response)));
  if (origin.headersSent) await once(await answer, "data");
  await held(gate, "before the kill");
  kill(sent);
  return origin;
}

for (const [name, place] of Object.entries(KILLED)) {
  test(`the slot is free when the client's connection breaks ${name}`, { timeout }, async (t) => {
    const gated = await laneOfOne(t);
    await killed(gated, place, (sent) => sent.socket.resetAndDestroy());
    await freed(gated.gate);
    await eventually(() => gated.watch.lane().open === 0, () => "the origin still has the request", 1_000);
  });
}

for (const name of ["in a chunked upload", "in an upload of known length"]) {
  test(`the slot is free when the client closes its connection ${name}`, { timeout }, async (t) => {
    const gated = await laneOfOne(t);
    await killed(gated, KILLED[name], (sent) => sent.destroy());
    await freed(gated.gate);
  });
}

// A connection that is only closed looks like one whose client has nothing more to say: workerd learns the difference
// when it next writes. Until then the exchange is open, and so its slot is taken.
for (const name of ["before the headers", "in a chunked body", "in a body of known length"]) {
  test(`the slot is free at the next write after the client closed its connection ${name}`, { timeout }, async (t) => {
    const gated = await laneOfOne(t);
    const response = await killed(gated, KILLED[name], (sent) => sent.destroy());
    await held(gated.gate, "nobody knows yet");
    const writes = setInterval(() => response.write("more"), 50);
    await freed(gated.gate);
    await eventually(() => gated.watch.lane().open === 0, () => "the origin still has the request", 1_000);
    clearInterval(writes);
  });
}

const answersClose = (socket) => socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
const SOCKET_ENDS = {
  "its client closes it": answersClose,
  "the origin closes it and the client answers": (socket, origin) => {
    socket.once("data", () => answersClose(socket));
    closeWebSockets(origin);
  },
  "the origin closes it and the client does not answer": (_, origin) => closeWebSockets(origin),
  "its client is killed": (socket) => socket.destroy(),
  "its client's connection breaks": (socket) => socket.resetAndDestroy(),
  "the origin's connection breaks": (_, origin) => origin.sockets.forEach((socket) => socket.resetAndDestroy()),
};

for (const [name, end] of Object.entries(SOCKET_ENDS)) {
  test(`a WebSocket holds its slot until ${name}`, { timeout }, async (t) => {
    const { gate, origin, watch } = await laneOfOne(t);
    echoWebSockets(origin);
    const socket = await upgraded(gate.url, acme({ path: "/live" }));
    socket.resume();
    await held(gate, "while it is open");
    end(socket, origin);
    await freed(gate);
    await eventually(() => watch.lane().open === 0, () => "the origin still has it", 1_000);
    socket.destroy();
  });
}

test("a WebSocket whose origin does not answer a close is cut before its slot is given away", { timeout }, async (t) => {
  const { gate, origin, watch } = await laneOfOne(t, { lease: "2s" });
  echoWebSockets(origin, { answersClose: false });
  const socket = await upgraded(gate.url, acme({ path: "/live" }));
  socket.resume();
  answersClose(socket);
  await sleep(1_000);
  await held(gate, "the origin has not closed it");
  await freed(gate, 10_000);
  assert.equal(watch.lane().open, 0);
});

test("exchanges that last longer than their lease keep their slots and are whole: a stream, a silent body, a WebSocket", { timeout }, async (t) => {
  const { gate, origin, watch } = await laneOfOne(t, { slots: 3, lease: "2s" });
  echoWebSockets(origin);
  const socket = await upgraded(gate.url, acme({ path: "/live" }));
  const [stream, silent] = [await begun(gate, watch, acme({ path: "/stream" })), await begun(gate, watch, acme({ path: "/silent" }))];
  const [writes, waits] = watch.free((response) => response.write("first"));
  const bodies = Promise.all([stream, silent].map(async ({ answer }) => bytesOf(await answer)));
  let written = "first";
  for (const end = Date.now() + 7_000; Date.now() < end; await sleep(300)) {
    writes.write("more");
    written += "more";
    await held(gate, "all the time");
  }
  for (const response of [writes, waits]) response.end("last");
  assert.deepEqual((await bodies).map(String), [`${written}last`, "firstlast"]);
  socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
  assert.deepEqual((await once(socket, "data"))[0], Buffer.from([0x81, 2, 0x68, 0x69]), "the WebSocket still carries messages");
  socket.destroy();
  await freed(gate);
  await eventually(() => watch.lane().open === 0, () => "something is still open", 1_000);
});
