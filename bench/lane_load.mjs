// A soak of one lane on plain workerd: mixed requests, many of them killed, for minutes. It fails if the origin ever has
// more exchanges open than the lane has slots, if a slot is not free a lease and a half after the last exchange, or if
// a request fails that nobody killed.
//
//   npm run soak -- --minutes 10
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import http from "node:http";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { open } from "../tests/edge/support/client.mjs";
import { holding, watched } from "../tests/edge/support/exchanges.mjs";
import { startOrigin } from "../tests/edge/support/origin.mjs";
import { acme, KEYS, lanedTo } from "../tests/edge/support/setup.mjs";
import { echoWebSockets, upgraded } from "../tests/edge/support/websocket.mjs";
import { startGate } from "../tests/edge/support/workerd.mjs";

const SLOTS = 20;
const LEASE = 5_000;
const CLIENTS = 32;
const KILLS = 0.06;
const REPORT = 30_000;
const { minutes } = parseArgs({ options: { minutes: { type: "string", default: "10" } } }).values;

const told = { requests: 0, admitted: 0, refused: 0, killed: 0, failed: 0 };
const failures = new Map();
const between = (least, most) => least + Math.random() * (most - least);
const pick = (list) => list[Math.floor(Math.random() * list.length)];

/// What the origin does, by path. Some streams outlast their lease.
const ANSWERS = {
  "/quick": (response) => response.end("ok"),
  "/sized": (response) => response.writeHead(200, { "content-length": "1000" }).end(Buffer.alloc(1_000)),
  "/slow": (response) => later(response, between(20, 800), () => response.end("at last")),
  "/stream": (response) => stream(response, between(200, 2_000)),
  "/long": (response) => stream(response, between(5_000, 9_000)),
  "/upload": (response, request) => request.on("error", () => {}).resume().once("end", () => response.end("thanks")),
  "/held": (response) => watch.hold(response),
};

function later(response, wait, then) {
  const timer = setTimeout(then, wait);
  response.once("close", () => clearTimeout(timer));
}

function stream(response, time) {
  const writes = setInterval(() => response.write("x".repeat(1_000)), 40);
  response.once("close", () => clearInterval(writes));
  response.write("begin");
  later(response, time, () => response.end("end"));
}

const watch = watched((request, response) => {
  origin.seen.length = 0;
  ANSWERS[request.url](response, request);
});
const origin = await startOrigin(watch.handler);
origin.server.on("upgrade", watch.begin);
echoWebSockets(origin);
const policy = lanedTo(SLOTS, { lease: `${LEASE}ms`, patience: "250ms" });
const gate = await startGate({ policy, keys: KEYS, origin: origin.url });
const agent = new http.Agent({ keepAlive: true });

/// How a client may be killed: it closes its connection, or that breaks.
const kill = (socket) => pick([() => socket.destroy(), () => socket.resetAndDestroy()])();

function noteStatus(status) {
  if (status === 200) told.admitted += 1;
  else if (status === 429) told.refused += 1;
  else noteFailure(`status ${status}`);
}

function noteFailure(what) {
  told.failed += 1;
  failures.set(what, (failures.get(what) ?? 0) + 1);
}

/// One request and its answer, unless it is killed.
async function exchange(path, { method = "GET", headers, send = (request) => request.end() } = {}) {
  const request = open(gate.url, acme({ path, method, headers, agent }));
  let isKilled = false;
  request.once("socket", (socket) => {
    if (Math.random() > KILLS) return;
    const timer = setTimeout(() => {
      isKilled = true;
      told.killed += 1;
      if (socket.connecting) request.destroy();
      else kill(socket);
    }, between(0, 400));
    request.once("close", () => clearTimeout(timer));
  });
  const closed = new Promise((resolve) => request.once("close", resolve));
  request.on("error", (error) => isKilled || noteFailure(error.code));
  request.on("response", (response) => {
    noteStatus(response.statusCode);
    response.on("error", (error) => isKilled || noteFailure(`body: ${error.code}`));
    response.resume();
  });
  send(request);
  await closed;
}

/// An upload in pieces, a while apart.
function upload(pieces, wait, headers) {
  const send = async (request) => {
    for (let piece = 0; piece < pieces && !request.destroyed; piece++) {
      request.write(randomBytes(1_000));
      await sleep(between(0, wait));
    }
    request.end();
  };
  return exchange("/upload", { method: "POST", headers, send });
}

async function webSocket() {
  let socket;
  try {
    socket = await upgraded(gate.url, acme({ path: "/live" }));
  } catch (error) {
    return noteStatus(error.code);
  }
  told.admitted += 1;
  socket.on("data", () => {});
  for (let message = 0; message < 5; message++) {
    socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    await sleep(between(0, 100));
  }
  if (Math.random() < 0.5) {
    told.killed += 1;
    kill(socket);
  } else {
    socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
    if (!socket.destroyed) await Promise.race([once(socket, "close"), sleep(1_000)]);
    socket.destroy();
  }
}

const CLIENT = [
  ...Array(8).fill(() => exchange("/quick")), ...Array(4).fill(() => exchange("/sized")), ...Array(4).fill(() => exchange("/slow")),
  ...Array(3).fill(() => exchange("/stream")), () => exchange("/long"), () => exchange("/quick", { method: "HEAD" }),
  () => exchange("/slow", { method: "HEAD" }), () => upload(5, 100, { "content-length": "5000" }), () => upload(5, 100, {}), webSocket,
];

async function client(end) {
  while (Date.now() < end) {
    told.requests += 1;
    await pick(CLIENT)();
    await sleep(between(0, 20));
  }
}

const say = (text) => process.stdout.write(`${text}\n`);
const numbers = () => Object.entries(told).map(([name, count]) => `${name} ${count}`).join(", ");

/// How many of the lane's slots nobody can have, a lease and a half after the last exchange.
async function leaked() {
  await sleep(1.5 * LEASE);
  if (watch.lane().open > 0) say(`still open at the origin: ${watch.lane().open}`);
  for (let slots = SLOTS; slots > 0; slots--) {
    const held = await holding(gate, watch, slots, () => acme({ path: "/held" })).catch(() => undefined);
    watch.free();
    if (held) {
      await Promise.all(held);
      return SLOTS - slots;
    }
    await sleep(500);
  }
  return SLOTS;
}

const end = Date.now() + Number(minutes) * 60_000;
const report = () => say(`${Math.round((end - Date.now()) / 1_000)} s left: ${numbers()}, open ${watch.lane().open}, most ${watch.lane().most}`);
const reports = setInterval(report, REPORT);
await Promise.all(Array.from({ length: CLIENTS }, () => client(end)));
clearInterval(reports);
agent.destroy();
const lost = await leaked();
say(`${numbers()}, most open ${watch.lane().most} of ${SLOTS}, leaked ${lost}`);
for (const [what, count] of failures) say(`failed ${count} times: ${what}`);
await gate.stop();
await origin.stop();
process.exit(watch.lane().most > SLOTS || lost > 0 || told.failed > 0 ? 1 : 0);
