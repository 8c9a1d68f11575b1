// Caps of a plan over HTTP: what a create may come to is reserved, what it came to is settled, and a spent cap is a 402.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { admin, ADMIN } from "./support/admin.mjs";
import { json, open, send, until } from "./support/client.mjs";
import { watched } from "./support/exchanges.mjs";
import { acme, started, ticksupplyWith, withKey } from "./support/setup.mjs";

const timeout = 60_000;
const create = (request) => acme({ method: "POST", path: "/v1/subscriptions", body: "{}", ...request });
const remove = () => acme({ method: "DELETE", path: "/v1/subscriptions/s1" });
const exported = () => acme({ method: "POST", path: "/v1/exports", body: "{}" });
const left = (answer) => [answer.headers["x-ratelimit-remaining-minute"], answer.headers["x-ratelimit-remaining-hour"]];

/// Ticksupply's policy whose windows do not refill meanwhile, with so many subscriptions, and bytes of exports.
function planned(subscriptions, bytes = 1000, fields = {}) {
  const policy = ticksupplyWith(fields);
  policy.tiers.standard.limits = [
    { name: "minute", algorithm: "token-bucket", units: 200, window: "7d" },
    { name: "hour", algorithm: "token-bucket", units: 10000, window: "7d" },
    { name: "active-subscriptions", algorithm: "cap", amount: subscriptions },
    { name: "export-bytes", algorithm: "cap", amount: bytes },
  ];
  return policy;
}

/// The same with exports of at most 600 bytes whose size stands there.
function exporting(amount) {
  const policy = planned(5);
  const route = policy.routes.find(({ path }) => path === "/v1/exports");
  route.caps = [{ cap: "export-bytes", reserve: 600, settle: { on: "2xx", amount } }];
  return policy;
}

/// An origin that answers as the path says, `/…?503`, else with 201, or 204 to a delete.
function origin(request, response) {
  request.resume();
  const said = Number(request.url.split("?")[1]);
  response.writeHead(said || (request.method === "DELETE" ? 204 : 201));
  response.end();
}

const startedWith = (t, policy, handler = origin) => started(t, { policy, handler, vars: { ADMIN_TOKEN: ADMIN } });
const cap = async (gate, name = "active-subscriptions") => json(await admin(gate, "GET", `acme/caps/${name}`));

test("a create beyond the cap is a 402 without Retry-After that spends nothing", { timeout }, async (t) => {
  const { gate, origin } = await startedWith(t, planned(2));
  assert.deepEqual([(await send(gate.url, create())).status, (await send(gate.url, create())).status], [201, 201]);
  const before = left(await send(gate.url, acme({ path: "/v1/billing/summary" })));
  for (let call = 0; call < 3; call++) {
    const answer = await send(gate.url, create());
    assert.deepEqual([answer.status, json(answer).error.code], [402, "payment_required"]);
    assert.equal(answer.headers["retry-after"], undefined);
    assert.equal(answer.headers["x-headgate-reason"], "payment_required");
    assert.deepEqual(left(answer), before);
  }
  assert.equal(origin.seen.length, 2);
  assert.equal((await send(gate.url, withKey("globex-1", { method: "POST", path: "/v1/subscriptions", body: "{}" }))).status, 201, "another account");
});

test("of two creates at once for the last place one passes; the other is a 429 while that is open, then a 402", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await startedWith(t, planned(1), watch.handler);
  const first = send(gate.url, create());
  await watch.opened(1);
  const second = await send(gate.url, create());
  assert.deepEqual([second.status, second.headers["retry-after"], second.headers["x-headgate-reason"]], [429, "1", "concurrency"]);
  watch.free((response) => response.writeHead(201).end());
  assert.equal((await first).status, 201);
  const third = await send(gate.url, create());
  assert.deepEqual([third.status, third.headers["retry-after"]], [402, undefined]);
});

test("a delete frees a place at once, one that fails does not", { timeout }, async (t) => {
  const { gate } = await startedWith(t, planned(1));
  await send(gate.url, create());
  await send(gate.url, { ...remove(), path: "/v1/subscriptions/s1?404" });
  assert.equal((await send(gate.url, create())).status, 402);
  for (let turn = 0; turn < 5; turn++) {
    assert.equal((await send(gate.url, remove())).status, 204);
    assert.equal((await send(gate.url, create())).status, 201, "the client that has its answer finds the place free");
  }
});

test("a create that the origin refuses takes no place", { timeout }, async (t) => {
  const { gate } = await startedWith(t, planned(1));
  for (const status of [400, 409, 422, 500, 503]) {
    assert.equal((await send(gate.url, create({ path: `/v1/subscriptions?${status}` }))).status, status);
  }
  assert.equal((await send(gate.url, create())).status, 201);
});

test("pausing frees a place, resuming takes it", { timeout }, async (t) => {
  const { gate } = await startedWith(t, planned(1));
  const told = async (what) => (await send(gate.url, acme({ method: "POST", path: `/v1/subscriptions/s1/${what}` }))).status;
  assert.equal((await send(gate.url, create())).status, 201);
  assert.deepEqual([await told("resume"), await told("pause"), await told("resume"), await told("resume")], [402, 201, 201, 402]);
});

test("the size of an export is taken from a header", { timeout }, async (t) => {
  const sizes = ["399", "0", "2"];
  const handler = (_, response) => response.writeHead(200, { "X-Export-Bytes": sizes.shift() }).end("csv");
  const { gate } = await startedWith(t, exporting({ header: "X-Export-Bytes" }), handler);
  const statuses = [];
  for (let call = 0; call < 4; call++) statuses.push((await send(gate.url, exported())).status);
  assert.deepEqual(statuses, [200, 200, 200, 402], "401 of 1000 bytes, and 600 more would be too many");
  assert.deepEqual(await cap(gate, "export-bytes"), { amount: 1000, settled: 401, reserved: 0, open: 0 });
});

for (const framing of ["with a length", "in chunks"]) {
  test(`the size of an export is taken from the answer's JSON ${framing}, which reaches the client byte for byte`, { timeout }, async (t) => {
    const text = Buffer.from(`{ "id":"é",\n "size_bytes" : 401, "more":[1.50, {"size_bytes":9}] }\n`);
    const handler = (_, response) => {
      if (framing === "with a length") response.setHeader("Content-Length", text.length);
      response.write(text.subarray(0, 7));
      response.end(text.subarray(7));
    };
    const { gate, origin } = await startedWith(t, exporting({ json: "size_bytes" }), handler);
    const answer = await send(gate.url, { ...exported(), headers: { ...exported().headers, "accept-encoding": "gzip" } });
    assert.deepEqual([answer.status, answer.bytes], [200, text]);
    assert.equal(answer.headers["content-length"], framing === "with a length" ? String(text.length) : undefined);
    assert.equal(origin.seen[0].headers["accept-encoding"], "identity");
    await until(({ text }) => JSON.parse(text).open === 0, () => admin(gate, "GET", "acme/caps/export-bytes"));
    assert.equal((await cap(gate, "export-bytes")).settled, 401);
  });
}

test("in a lane, too, the JSON is read and passed on", { timeout }, async (t) => {
  const policy = exporting({ json: "size_bytes" });
  policy.tiers.standard.limits.push({ name: "lane", algorithm: "concurrency", slots: 1, patience: "0ms" });
  policy.routes.find(({ path }) => path === "/v1/exports").lane = "lane";
  const { gate } = await startedWith(t, policy, (_, response) => response.end('{"size_bytes":400}'));
  for (const settled of [400, 800]) {
    const answer = await send(gate.url, exported());
    assert.deepEqual([answer.status, answer.text], [200, '{"size_bytes":400}']);
    await until(({ text }) => JSON.parse(text).settled === settled, () => admin(gate, "GET", "acme/caps/export-bytes"));
    await sleep(300);
  }
});

for (const [what, answer] of [
  ["is missing", { body: `{"id":1}` }], ["is no whole number", { body: `{"size_bytes":"401"}` }], ["is below zero", { body: `{"size_bytes":-1}` }],
  ["stands twice", { body: `{"size_bytes":1,"size_bytes":2}` }], ["is in no JSON", { body: "size_bytes=1" }],
  ["is too far away", { body: `{"pad":"${"x".repeat(100_000)}","size_bytes":1}` }],
  ["is compressed", { body: gzipSync(`{"size_bytes":1}`), headers: { "content-encoding": "gzip" } }],
]) {
  test(`an export whose size ${what} stays reserved, and reaches the client`, { timeout }, async (t) => {
    const handler = (_, response) => response.writeHead(200, answer.headers).end(answer.body);
    const { gate } = await startedWith(t, exporting({ json: "size_bytes" }), handler);
    const got = await send(gate.url, exported());
    assert.deepEqual([got.status, got.bytes], [200, Buffer.from(answer.body)]);
    await gate.logged("does not say what it comes to");
    assert.deepEqual(await cap(gate, "export-bytes"), { amount: 1000, settled: 0, reserved: 600, open: 1 });
  });
}

test("what the origin did is not known if it broke off or is late: the place stays taken until it is reconciled", { timeout }, async (t) => {
  const handler = (request, response) => (request.url.endsWith("late") ? undefined : response.destroy());
  const { gate } = await startedWith(t, planned(2, 1000, { origin_timeout: "300ms" }), handler);
  assert.equal((await send(gate.url, create())).status, 502);
  assert.equal((await send(gate.url, create({ path: "/v1/subscriptions?late" }))).status, 504);
  assert.equal((await send(gate.url, create())).status, 429);
  assert.deepEqual(await cap(gate), { amount: 2, settled: 0, reserved: 2, open: 2 });
  const put = await admin(gate, "PUT", "acme/caps/active-subscriptions", { settled: 1 });
  assert.deepEqual(json(put), { amount: 2, settled: 1, reserved: 0, open: 0 });
});

test("a crash between reserving and settling leaves the place taken", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await startedWith(t, planned(1), watch.handler);
  const lost = send(gate.url, create()).catch(() => "lost");
  await watch.opened(1);
  await gate.kill();
  assert.equal(await lost, "lost");
  await gate.start();
  const answer = await send(gate.url, create());
  assert.deepEqual([answer.status, answer.headers["x-headgate-reason"]], [429, "concurrency"]);
  await admin(gate, "PUT", "acme/caps/active-subscriptions", { older_than: "0ms" });
  const passing = send(gate.url, create());
  await watch.opened(1);
  watch.free((response) => response.writeHead(201).end());
  assert.equal((await passing).status, 201);
  assert.equal((await cap(gate)).settled, 1);
});

test("a client that goes away does not take along what its create came to", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await startedWith(t, planned(1), watch.handler);
  const request = open(gate.url, { ...create(), headers: { ...create().headers, "content-length": 2 } });
  request.on("error", () => {}).end("{}");
  await watch.opened(1);
  request.destroy();
  await sleep(300);
  watch.free((response) => response.writeHead(201).end());
  await until(({ text }) => JSON.parse(text).open === 0, () => admin(gate, "GET", "acme/caps/active-subscriptions"));
  assert.equal((await cap(gate)).settled, 1);
});

test("an origin's own 402 gives the units back, in its own answer too; another status does not", { timeout }, async (t) => {
  const { gate } = await startedWith(t, planned(5));
  const asked = async (query) => left(await send(gate.url, acme({ path: `/v1/x?${query}` })));
  assert.deepEqual(await asked("200"), ["199", "9999"]);
  for (let call = 0; call < 3; call++) assert.deepEqual(await asked("402"), ["199", "9999"]);
  assert.deepEqual(await asked("404"), ["198", "9998"]);
  const answer = await send(gate.url, create({ path: "/v1/subscriptions?402" }));
  assert.deepEqual([answer.status, left(answer), (await cap(gate)).reserved], [402, ["198", "9998"], 0]);
});

test("a tier without the cap has no such limit", { timeout }, async (t) => {
  const policy = planned(1);
  policy.tiers.standard.limits.splice(2);
  const { gate } = await startedWith(t, policy);
  for (let call = 0; call < 3; call++) assert.equal((await send(gate.url, create())).status, 201);
});
