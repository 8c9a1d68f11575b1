// Clients that send and read by drips: what they can hold, and what frees it.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { pipeline, Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesOf, open, send } from "./support/client.mjs";
import { begun, eventually, freed, holding, probed, watched } from "./support/exchanges.mjs";
import { acme, lanedTo, started, withKey } from "./support/setup.mjs";

const timeout = 60_000;
const isJson = { "content-type": "application/json" };

/// A lane whose lease outlasts the test, and an origin that must begin to answer within two seconds.
function laned(slots, fields = {}) {
  const policy = lanedTo(slots, { lease: "1h", origin_timeout: "2s", ...fields });
  policy.limits = { note: { algorithm: "token-bucket", units: 1000, window: "7d", per: "body:id" } };
  policy.routes = [{ path: "/notes", lane: "lane", limits: ["note"] }, ...policy.routes];
  return policy;
}

/// Calls again and again until the test is over.
function dripping(t, drip) {
  const timer = setInterval(drip, 100);
  t.after(() => clearInterval(timer));
}

test("a hundred clients that send their headers by drips hold no slot, and others are served", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: laned(1) });
  const { hostname, port } = new URL(gate.url);
  const sockets = await Promise.all(Array.from({ length: 100 }, async () => {
    const socket = net.connect(Number(port), hostname).on("error", () => {});
    await once(socket, "connect");
    socket.write("GET /v1 HTTP/1.1\r\nHost: h\r\nX-Api-Key: acme-1\r\n");
    return socket;
  }));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  dripping(t, () => sockets.forEach((socket) => socket.write("X-Slow: 1\r\n")));
  for (let call = 0; call < 20; call++) assert.equal(await probed(gate), 200);
  assert.equal(origin.seen.length, 20);
});

test("a client that sends its body by drips holds its slot for as long as the origin may take, and no longer", { timeout }, async (t) => {
  const handler = (request, response) => request.url === "/probe" ? response.end("ok") : request.resume().on("end", () => response.end("late")).on("error", () => {});
  const watch = watched(handler);
  const { gate } = await started(t, { policy: laned(1), handler: watch.handler });
  const { sent, answer } = await begun(gate, watch, acme({ method: "POST", path: "/upload", headers: { "transfer-encoding": "chunked" }, body: "first" }));
  dripping(t, () => sent.write("x"));
  assert.equal(await probed(gate), 429);
  assert.equal((await send(gate.url, withKey("globex-1", { path: "/probe" }))).status, 200, "another account has its own lane");
  const response = await answer;
  assert.equal(response.statusCode, 504);
  await freed(gate, 5_000);
  sent.destroy();
});

test("a client whose body is looked at and comes by drips holds no slot at all", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: laned(1) });
  const drips = Array.from({ length: 20 }, () => {
    const request = open(gate.url, acme({ method: "POST", path: "/notes", agent: false, headers: { ...isJson, "transfer-encoding": "chunked" } }));
    request.on("error", () => {});
    request.write('{"id":"');
    return request;
  });
  dripping(t, () => drips.forEach((request) => request.write("x")));
  const answers = drips.map((request) => once(request, "response"));
  for (let call = 0; call < 5; call++) assert.equal(await probed(gate), 200);
  for (const [response] of await Promise.all(answers)) {
    assert.deepEqual([response.statusCode, JSON.parse(await bytesOf(response)).error.message], [400, "The body is late."]);
  }
  assert.ok(origin.seen.every(({ url }) => url === "/probe"), "and none of it reached the origin");
  drips.forEach((request) => request.destroy());
});

test("a client that does not read its answer holds its own slot alone, until it goes", { timeout }, async (t) => {
  const CHUNK = Buffer.alloc(65_536, "x");
  const endless = function* () {
    for (;;) yield CHUNK;
  };
  const pour = (response) => pipeline(Readable.from(endless()), response, () => {});
  const watch = watched((request, response) => (request.url === "/probe" ? response.end("ok") : pour(response)));
  const { gate } = await started(t, { policy: laned(2), handler: watch.handler });
  const { hostname, port } = new URL(gate.url);
  const sockets = Array.from({ length: 2 }, () => {
    const socket = net.connect(Number(port), hostname).on("error", () => {});
    socket.write("GET /large HTTP/1.1\r\nHost: h\r\nX-Api-Key: acme-1\r\n\r\n");
    return socket.pause();
  });
  await eventually(() => watch.lane().open === 2, () => `${watch.lane().open} open`);
  assert.equal(await probed(gate), 429);
  assert.equal((await send(gate.url, withKey("globex-1", { path: "/probe" }))).status, 200);
  sockets.forEach((socket) => socket.resetAndDestroy());
  await freed(gate, 10_000);
  await eventually(() => watch.lane().open === 0, () => `${watch.lane().open} open`);
});

// What the runtime itself keeps of clients that go is much; what counts is the memory of the Wasm.
const MEASURED = `import { DurableObject } from "cloudflare:workers";
const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = function (...given) { const made = new Instance(...given); memories.push(made.exports.memory); return made; };
const { AccountObject: Account } = await import("./index.js");
const { default: gate, ShardObject: Shard } = await import("./worker.js");
export const ShardObject = Shard;
let pause = 0;
export class AccountObject extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.account = new Account(state, env);
  }
  async answer(message) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    return this.account.answer(message);
  }
}
export default { fetch(request, env, context) {
  const { pathname } = new URL(request.url);
  if (pathname === "/slow") pause = 200;
  else if (pathname !== "/memory") return gate.fetch(request, env, context);
  return new Response(String(memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)));
} };`;

for (const [when, isSlow] of [["their object decides", true], ["the origin answers", false]]) {
  test(`clients whose body was looked at and who go while ${when} leave nothing in memory`, { timeout }, async (t) => {
    const policy = laned(9, { body_limit: "1MB", origin_timeout: "30s" });
    policy.routes = [{ path: "/notes", limits: ["note"] }];
    const { gate, origin } = await started(t, { policy, wrapper: MEASURED, handler: (request) => request.resume() });
    const memory = async (path = "/memory") => Number((await send(gate.url, { path, agent: false })).text);
    const { hostname, port } = new URL(gate.url);
    const body = JSON.stringify({ id: "x", rest: "x".repeat(250_000) });
    const goes = async () => {
      const before = origin.seen.length;
      const socket = net.connect(Number(port), hostname).on("error", () => {});
      socket.write(`POST /notes HTTP/1.1\r\nHost: h\r\nX-Api-Key: acme-1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      if (isSlow) await sleep(100);
      else await eventually(() => origin.seen.length > before, () => "the origin does not have it");
      socket.resetAndDestroy();
      if (isSlow) await sleep(200);
    };
    if (isSlow) await memory("/slow");
    for (let call = 0; call < 5; call++) await goes();
    const before = await memory();
    for (let call = 0; call < 30; call++) await goes();
    const added = await memory() - before;
    t.diagnostic(`${added} bytes more after 30 bodies of ${body.length} bytes`);
    assert.ok(before > 1_000_000, "it is measured");
    assert.ok(added < 10 * body.length);
  });
}
