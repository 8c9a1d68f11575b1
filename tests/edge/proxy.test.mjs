// What passes through the gate arrives as it was sent, in both directions.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import http from "node:http";
import { test } from "node:test";
import { json, send } from "./support/client.mjs";
import { always, echo } from "./support/origin.mjs";
import { acme, limitedTo, started, ticksupplyWith } from "./support/setup.mjs";

const BODY = randomBytes(1000);

for (const [name, bound] of [["at its URL", false], ["bound as a service", true]]) {
  test(`method, path, query and body reach an origin ${name}`, async (t) => {
    const { gate, origin } = await started(t, { bound, handler: echo });
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      const answer = await send(gate.url, acme({ method, path: "/v1/a-b/~c?d=e&d=f%20g", body: BODY }));
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.bytes, BODY, method);
      const seen = origin.seen.pop();
      assert.deepEqual([seen.method, seen.url, seen.headers["content-length"]], [method, "/v1/a-b/~c?d=e&d=f%20g", "1000"]);
    }
  });

  test(`a GET may have a body, a POST an empty one, at an origin ${name}`, async (t) => {
    const { gate } = await started(t, { bound, handler: echo });
    for (const [method, body] of [["GET", BODY], ["GET", Buffer.alloc(0)], ["POST", Buffer.alloc(0)], ["DELETE", Buffer.alloc(0)]]) {
      const answer = await send(gate.url, acme({ method, body }));
      assert.equal(answer.status, 200, `${method} with ${body.length} bytes`);
      assert.deepEqual(answer.bytes, body);
    }
    assert.equal((await send(gate.url, acme({ method: "POST" }))).status, 200, "a POST without a word on its body");
  });
}

test("an origin that is a Worker sees the URL that the client asked for", async (t) => {
  const service = `export default {
    async fetch(request) {
      return Response.json({ method: request.method, url: request.url, account: request.headers.get("x-headgate-account"), body: await request.text() });
    },
  };`;
  const { gate } = await started(t, { service });
  const headers = { host: "api.example.com" };
  const answer = await send(gate.url, acme({ method: "PUT", path: "/v1/x?y=1", body: "told", headers }));
  assert.deepEqual(json(answer), { method: "PUT", url: "http://api.example.com/v1/x?y=1", account: "acme", body: "told" });
  assert.equal(answer.headers["x-ratelimit-remaining-minute"], "199");
});

test("an origin at a URL with a path is asked below that path", async (t) => {
  const { gate, origin } = await started(t, { base: "/base/" });
  await send(gate.url, acme({ path: "/v1/x?y=1" }));
  assert.equal(origin.seen[0].url, "/base/v1/x?y=1");
});

test("redirects are passed on, not followed", async (t) => {
  const places = ["https://elsewhere.example/x?y=1", "/v1/other", "other", "http://127.0.0.1:1/"];
  const handler = (request, response) => {
    const [, status, place] = request.url.split("/");
    always(Number(status), { location: places[place] })(request, response);
  };
  const { gate, origin } = await started(t, { handler });
  for (const status of [301, 302, 303, 307, 308]) {
    for (const [place, location] of places.entries()) {
      const answer = await send(gate.url, acme({ path: `/${status}/${place}` }));
      assert.deepEqual([answer.status, answer.headers.location], [status, location]);
    }
  }
  const posted = await send(gate.url, acme({ method: "POST", path: "/307/1", body: "kept" }));
  assert.equal(posted.status, 307);
  assert.equal(origin.seen.length, 5 * places.length + 1);
});

test("the status stays, be it an unusual one, with its text", async (t) => {
  const handler = (request, response) => {
    response.writeHead(Number(request.url.slice(1)), "As You Like It");
    response.end("said");
  };
  const { gate } = await started(t, { handler });
  for (const status of [200, 201, 299, 402, 418, 429, 451, 500, 503, 599]) {
    const answer = await send(gate.url, acme({ path: `/${status}` }));
    assert.deepEqual([answer.status, answer.statusText, answer.text], [status, "As You Like It", "said"]);
  }
  assert.equal((await send(gate.url, acme({ path: "/999" }))).status, 502, "what a Response cannot have is no answer");
});

test("the origin's own 429 stays the origin's", async (t) => {
  const { gate } = await started(t, { handler: always(429, { "retry-after": "77", "content-type": "text/plain" }, "mine") });
  const answer = await send(gate.url, acme());
  assert.deepEqual([answer.status, answer.text, answer.headers["retry-after"]], [429, "mine", "77"]);
  assert.equal(answer.headers["x-headgate-reason"], undefined);
  assert.equal(answer.headers["x-ratelimit-remaining-minute"], "199");
});

test("several cookies stay several", async (t) => {
  const cookies = ["a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "b=2; HttpOnly", "c=3"];
  const { gate } = await started(t, { handler: always(200, { "set-cookie": cookies }) });
  assert.deepEqual((await send(gate.url, acme())).headers["set-cookie"], cookies);
});

test("a HEAD gets the headers of the GET, its length too", async (t) => {
  const { gate, origin } = await started(t, { handler: always(200, { "content-length": "123456", etag: '"x"' }) });
  const answer = await send(gate.url, acme({ method: "HEAD" }));
  assert.equal(origin.seen[0].method, "HEAD");
  assert.deepEqual([answer.status, answer.headers["content-length"], answer.headers.etag], [200, "123456", '"x"']);
  assert.equal(answer.bytes.length, 0);
});

test("a HEAD that is denied gets the denial's headers", async (t) => {
  const { gate } = await started(t, { policy: limitedTo(1, "7d") });
  await send(gate.url, acme());
  const answer = await send(gate.url, acme({ method: "HEAD" }));
  assert.deepEqual([answer.status, answer.headers["x-headgate-reason"], answer.bytes.length], [429, "quota", 0]);
});

test("answers without a body have none", async (t) => {
  const handler = (request, response) => always(Number(request.url.slice(1)), { etag: '"v1"' })(request, response);
  const { gate, origin } = await started(t, { handler });
  for (const status of [204, 205, 304]) {
    const answer = await send(gate.url, acme({ path: `/${status}`, headers: { "if-none-match": '"v1"' } }));
    assert.deepEqual([answer.status, answer.headers.etag, answer.bytes.length], [status, '"v1"', 0]);
    assert.equal(answer.headers["x-ratelimit-limit-minute"], "200");
    assert.equal(origin.seen.pop().headers["if-none-match"], '"v1"');
  }
});

test("a range is asked for and answered", async (t) => {
  const range = { "content-range": "bytes 100-199/1000", "content-length": "100", "accept-ranges": "bytes" };
  const { gate, origin } = await started(t, { handler: always(206, range, BODY.subarray(100, 200)) });
  const answer = await send(gate.url, acme({ headers: { range: "bytes=100-199" } }));
  assert.equal(origin.seen[0].headers.range, "bytes=100-199");
  assert.deepEqual([answer.status, answer.headers["content-range"], answer.headers["content-length"]], [206, "bytes 100-199/1000", "100"]);
  assert.deepEqual(answer.bytes, BODY.subarray(100, 200));
});

test("a hundred requests pass over one connection", async (t) => {
  const { gate } = await started(t, { handler: echo });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  let connections = 0;
  agent.createConnection = ((create) => (...args) => (connections++, create.apply(agent, args)))(agent.createConnection);
  for (let call = 0; call < 100; call++) {
    const answer = await send(gate.url, acme({ method: "POST", body: `call ${call}`, agent }));
    assert.deepEqual([answer.status, answer.text], [200, `call ${call}`]);
  }
  assert.equal(connections, 1);
});

test("an open route passes without a credential, and without a charge with one", async (t) => {
  const { gate, origin } = await started(t, { policy: ticksupplyWith({ routes: [{ methods: ["GET"], path: "/health", open: true }] }) });
  const answer = await send(gate.url, { path: "/health" });
  assert.deepEqual([answer.status, answer.text], [200, "ok"]);
  assert.deepEqual(Object.keys(answer.headers).filter((name) => name.startsWith("x-ratelimit")), []);
  await send(gate.url, acme({ path: "/health" }));
  assert.equal(origin.seen[1].headers["x-headgate-account"], undefined, "whose it is was not looked at");
  assert.equal((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"], "199");
  assert.equal((await send(gate.url, { method: "POST", path: "/health" })).status, 401, "by another method it is not open");
  assert.equal(origin.seen.length, 3);
});
