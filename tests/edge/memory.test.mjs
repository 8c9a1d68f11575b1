// A large body costs the gate no more memory than it costs a Worker that only passes requests through, be it followed for
// a lane or not. What is asserted is what the body adds: with its Wasm and its objects the gate begins some 9 MB larger;
// the whole is printed, and so is the CPU time.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open, send } from "./support/client.mjs";
import { acme, lanedTo, started } from "./support/setup.mjs";

const timeout = 120_000;
const CHUNK = Buffer.alloc(64 * 1024, "x");
const CHUNKS = 4096;
const TOTAL = CHUNK.length * CHUNKS;

// Takes the gate's place beside the same KV, which it reads too, so that what differs is the gate alone.
const PASS_THROUGH = `import { DurableObject } from "cloudflare:workers";
export class AccountObject extends DurableObject {}
export class ShardObject extends DurableObject {}
export default {
  async fetch(request, env) {
    await env.POLICY.get("policy");
    const { pathname } = new URL(request.url);
    const response = await fetch(new Request(env.ORIGIN_URL + pathname, request), { redirect: "manual" });
    return new Response(response.body, response);
  },
};`;

/// Writes the large body, holding none of it.
async function pour(stream) {
  for (let chunk = 0; chunk < CHUNKS; chunk++) if (!stream.write(CHUNK)) await once(stream, "drain");
  stream.end();
}

/// Reads a body to its end and counts it.
async function poured(stream) {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}

async function origin(request, response) {
  if (request.url === "/small") return response.end("ok");
  if (request.method === "GET") return pour(response);
  response.end(String(await poured(request)));
}

/// One large body through a runtime: how long it took, CPU time too, and the runtime's peak memory before and after, in KiB.
async function measured(worker, method) {
  await send(worker.url, acme({ path: "/small" }));
  const before = worker.peakMemory();
  const [begun, used] = [Date.now(), worker.cpuTime()];
  const request = open(worker.url, acme({ method, headers: method === "PUT" ? { "content-length": String(TOTAL) } : {} }));
  const sent = method === "PUT" ? pour(request) : request.end();
  const [response] = await once(request, "response");
  assert.equal(response.statusCode, 200);
  if (method === "GET") assert.equal(await poured(response), TOTAL);
  else assert.equal((await response.toArray()).join(""), String(TOTAL));
  await sent;
  const after = worker.peakMemory();
  return { time: Date.now() - begun, cpu: worker.cpuTime() - used, before, after, added: after - before };
}

for (const [name, method, policy] of [
  ["download", "GET", undefined], ["upload", "PUT", undefined],
  ["download in a lane", "GET", lanedTo(1, { patience: "250ms" })], ["upload in a lane", "PUT", lanedTo(1, { patience: "250ms" })],
]) {
  test(`a 256 MB ${name} takes as little memory as passing through`, { timeout }, async (t) => {
    const { gate } = await started(t, { policy, handler: origin });
    const ours = await measured(gate, method);
    await gate.kill();
    writeFileSync(join(gate.folder, "worker.js"), PASS_THROUGH);
    await gate.start();
    const theirs = await measured(gate, method);
    t.diagnostic(`peak memory in KiB: gate ${ours.before}, then ${ours.after}; pass-through ${theirs.before}, then ${theirs.after}`);
    const ratios = ["after", "time", "cpu"].map((what) => (ours[what] / theirs[what]).toFixed(2));
    t.diagnostic(`ratios: memory ${ratios[0]}, time ${ratios[1]}, CPU ${ratios[2]} (${ours.cpu} to ${theirs.cpu} ms)`);
    assert.ok(ours.after <= 1.2 * (ours.before + theirs.added));
    assert.ok(ours.added < TOTAL / 1024 / 10, "a small part of the body at most is held at a time");
  });
}
