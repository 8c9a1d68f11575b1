// A large body costs the gate no more memory than it costs a Worker that only passes requests through. What is asserted
// is what the body adds: with its Wasm and its objects the gate begins some 9 MB larger; the whole is printed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open, send } from "./support/client.mjs";
import { acme, started } from "./support/setup.mjs";

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

/// One large body through a runtime: how long it took, and the runtime's peak memory before and after, in KiB.
async function measured(worker, method) {
  await send(worker.url, acme({ path: "/small" }));
  const before = worker.peakMemory();
  const begun = Date.now();
  const request = open(worker.url, acme({ method, headers: method === "PUT" ? { "content-length": String(TOTAL) } : {} }));
  const sent = method === "PUT" ? pour(request) : request.end();
  const [response] = await once(request, "response");
  assert.equal(response.statusCode, 200);
  if (method === "GET") assert.equal(await poured(response), TOTAL);
  else assert.equal((await response.toArray()).join(""), String(TOTAL));
  await sent;
  const after = worker.peakMemory();
  return { time: Date.now() - begun, before, after, added: after - before };
}

for (const [name, method] of [["download", "GET"], ["upload", "PUT"]]) {
  test(`a 256 MB ${name} takes as little memory as passing through`, { timeout }, async (t) => {
    const { gate } = await started(t, { handler: origin });
    const ours = await measured(gate, method);
    await gate.kill();
    writeFileSync(join(gate.folder, "index.js"), PASS_THROUGH);
    await gate.start();
    const theirs = await measured(gate, method);
    t.diagnostic(`peak memory in KiB: gate ${ours.before}, then ${ours.after}; pass-through ${theirs.before}, then ${theirs.after}`);
    const [memory, time] = [ours.after / theirs.after, ours.time / theirs.time].map((ratio) => ratio.toFixed(2));
    t.diagnostic(`ratios: memory ${memory}, time ${time}`);
    assert.ok(ours.after <= 1.2 * (ours.before + theirs.added));
    assert.ok(ours.added < TOTAL / 1024 / 10, "a small part of the body at most is held at a time");
  });
}
