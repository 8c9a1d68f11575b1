// Bodies flow through while they are being sent, and come out byte for byte, be they followed for a lane or not.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { bytesOf, open, send } from "./support/client.mjs";
import { always, echo } from "./support/origin.mjs";
import { acme, lanedTo, limitedTo, started } from "./support/setup.mjs";

// A body that waits for its end would hang these tests.
const timeout = 20_000;
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const TEXT = Buffer.from("the same line again and again\n".repeat(10_000));

const ENCODED = {
  "in gzip": ["gzip", gzipSync(TEXT, { level: 1 })], "in Brotli": ["br", brotliCompressSync(TEXT)],
  "in an encoding unknown to the runtime": ["zstd", randomBytes(5000)], "in gzip by its label only": ["gzip", Buffer.from("no gzip at all")],
};

// A lane follows each answer to its end; a lease outlasts the test.
const WAYS = [["", {}], [", in a lane", { policy: lanedTo(10) }], [", in a lane before a service", { policy: lanedTo(10), bound: true }]];

for (const [where, way] of WAYS) {
  test(`the beginning of an answer arrives before its end is sent${where}`, { timeout }, async (t) => {
    let end;
    const handler = (_, response) => {
      response.write("first");
      end = () => response.end(", last");
    };
    const { gate } = await started(t, { ...way, handler });
    const request = open(gate.url, acme());
    request.end();
    const [response] = await once(request, "response");
    const [first] = await once(response, "data");
    assert.equal(first.toString(), "first");
    end();
    assert.equal((await bytesOf(response)).toString(), ", last");
  });

  test(`events of a stream arrive one by one${where}`, { timeout }, async (t) => {
    let tell;
    const handler = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      tell = (text) => response.write(text);
      response.flushHeaders();
    };
    const { gate } = await started(t, { ...way, handler });
    const request = open(gate.url, acme());
    request.end();
    const [response] = await once(request, "response");
    assert.equal(response.headers["content-type"], "text/event-stream", "the headers come before any event");
    for (let event = 0; event < 20; event++) {
      tell(`data: ${event}\n\n`);
      const [chunk] = await once(response, "data");
      assert.equal(chunk.toString(), `data: ${event}\n\n`);
    }
    response.destroy();
  });

  for (const [framing, headers] of [["chunked", { "transfer-encoding": "chunked" }], ["of known length", { "content-length": "11" }]]) {
    test(`the beginning of an upload, ${framing}, reaches the origin before its end is sent${where}`, { timeout }, async (t) => {
      const first = Promise.withResolvers();
      const handler = async (request, response) => {
        request.once("data", (chunk) => first.resolve(chunk.toString()));
        response.end(await bytesOf(request));
      };
      const { gate, origin } = await started(t, { ...way, handler });
      const request = open(gate.url, acme({ method: "POST", headers }));
      request.write("first");
      assert.equal(await first.promise, "first");
      const [name, value] = Object.entries(headers)[0];
      assert.equal(origin.seen[0].headers[name], value);
      request.end(", last");
      const [response] = await once(request, "response");
      assert.equal((await bytesOf(response)).toString(), "first, last");
    });
  }

  test(`10 MB go up and come back${where}`, { timeout }, async (t) => {
    const { gate, origin } = await started(t, { ...way, handler: echo });
    const body = randomBytes(10 * 1024 * 1024);
    for (const framing of [{}, { "transfer-encoding": "chunked" }]) {
      const answer = await send(gate.url, acme({ method: "PUT", body, headers: framing }));
      assert.equal(answer.status, 200);
      assert.equal(sha256(answer.bytes), sha256(body));
    }
    assert.deepEqual(origin.seen.map(({ headers }) => headers["content-length"]), [String(body.length), undefined]);
  });

  for (const [name, [encoding, bytes]] of Object.entries(ENCODED)) {
    for (const [framing, length] of [["of known length", String(bytes.length)], ["chunked", undefined]]) {
      test(`an answer ${name}, ${framing}, is passed on byte for byte${where}`, { timeout }, async (t) => {
        const headers = { "content-encoding": encoding, "content-type": "text/plain", ...(length && { "content-length": length }) };
        const { gate, origin } = await started(t, { ...way, handler: always(200, headers, bytes) });
        for (const accepts of [{}, { "accept-encoding": "gzip, br, zstd" }]) {
          const answer = await send(gate.url, acme({ headers: accepts }));
          // What a service says of its length is not relied on where the body is followed.
          const told = way.bound ? undefined : length;
          assert.deepEqual([answer.headers["content-encoding"], answer.headers["content-length"]], [encoding, told]);
          assert.equal(sha256(answer.bytes), sha256(bytes));
          assert.equal(origin.seen.pop().headers["accept-encoding"], accepts["accept-encoding"]);
        }
      });
    }
  }

  test(`a compressed upload reaches the origin as it is${where}`, { timeout }, async (t) => {
    const { gate, origin } = await started(t, { ...way, handler: echo });
    const bytes = gzipSync(TEXT);
    const answer = await send(gate.url, acme({ method: "POST", body: bytes, headers: { "content-encoding": "gzip" } }));
    assert.equal(sha256(answer.bytes), sha256(bytes));
    assert.equal(origin.seen[0].headers["content-encoding"], "gzip");
  });

  // Before a service, and on a connection that was used before, workerd ends a chunked upload in good order even then.
  if (way.bound) continue;

  test(`an upload that the client breaks off reaches the origin as broken off${where}`, { timeout }, async (t) => {
    const arrived = Promise.withResolvers();
    const ended = Promise.withResolvers();
    const handler = (request) => {
      request.once("data", arrived.resolve);
      bytesOf(request).then(() => ended.resolve("whole"), () => ended.resolve("broken off"));
    };
    const { gate } = await started(t, { ...way, handler });
    const request = open(gate.url, acme({ method: "POST", headers: { "transfer-encoding": "chunked" } }));
    request.on("error", () => {});
    request.write("first");
    await arrived.promise;
    request.destroy();
    assert.equal(await ended.promise, "broken off");
  });
}

test("a denied upload of 5 MB gets its 429 whole, and the next request its answer", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(1, "7d") });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  assert.equal((await send(gate.url, acme({ agent }))).status, 200);
  for (const framing of [{}, { "transfer-encoding": "chunked" }]) {
    const body = Buffer.alloc(5 * 1024 * 1024);
    const denied = await send(gate.url, acme({ method: "POST", body, headers: framing, agent }));
    assert.equal(denied.status, 429);
    assert.match(denied.text, /^\{"error":\{"code":"rate_limited",.*\}\}$/);
    assert.equal((await send(gate.url, { agent })).status, 401);
  }
  assert.equal(origin.seen.length, 1);
});

test("an upload that expects a 100 first passes, though none comes, and a denial comes before it", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(1, "7d"), handler: echo });
  const headers = { expect: "100-continue", "content-length": "200000" };
  const answer = await send(gate.url, acme({ method: "POST", headers, body: Buffer.alloc(200_000) }));
  assert.deepEqual([answer.status, answer.bytes.length], [200, 200_000]);
  assert.equal(origin.seen[0].headers.expect, undefined, "the origin's 100 would be taken for its answer");
  const waiting = open(gate.url, acme({ method: "POST", headers }));
  waiting.flushHeaders();
  const [denied] = await once(waiting, "response");
  assert.equal(denied.statusCode, 429);
  waiting.on("error", () => {});
  waiting.destroy();
});

test("a denied upload that never ends gets its answer all the same", { timeout }, async (t) => {
  const { gate } = await started(t);
  const request = open(gate.url, { method: "POST", path: "/", headers: { "transfer-encoding": "chunked" } });
  request.write("first");
  const [response] = await once(request, "response");
  assert.equal(response.statusCode, 401);
  request.on("error", () => {});
  request.destroy();
});
