// Limits hold for an account, over HTTP, under load.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crowd, json, send } from "./support/client.mjs";
import { acme, limitedTo, started, withKey } from "./support/setup.mjs";
import { shipped } from "./support/workerd.mjs";

const admitted = (answers) => answers.filter((answer) => answer.status === 200).length;

for (const [name, keyOf] of [["one key", () => "acme-1"], ["two keys mixed", (n) => `acme-${1 + (n % 2)}`]]) {
  test(`64 clients with ${name} get the burst and exactly what refills meanwhile`, async (t) => {
    const { gate, origin } = await started(t);
    const before = Date.now();
    const answers = await crowd(gate.url, { clients: 64, total: 2000, request: (n) => withKey(keyOf(n)) });
    const elapsed = Date.now() - before;
    const passed = admitted(answers);
    t.diagnostic(`${passed} of ${answers.length} admitted in ${elapsed} ms`);
    assert.equal(origin.seen.length, passed, "the origin saw just those");
    assert.equal(answers.filter((answer) => answer.status === 429).length, 2000 - passed);
    // One unit each 300 ms. The first and the last decision lie within the time that was measured.
    assert.ok(passed <= 200 + Math.floor(elapsed / 300), "not one more");
    // Before the first and after the last a busy machine may take its time.
    assert.ok(passed >= 200 + Math.floor((elapsed - 2_000) / 300), "and no fewer");
    const other = await send(gate.url, withKey("globex-1"));
    assert.equal(other.headers["x-ratelimit-remaining-minute"], "199", "another account is untouched");
  });
}

test("where nothing refills meanwhile the burst passes and not one more", async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(200, "7d") });
  const answers = await crowd(gate.url, { clients: 64, total: 2000, request: (n) => withKey(`acme-${1 + (n % 2)}`) });
  assert.equal(admitted(answers), 200);
  assert.equal(origin.seen.length, 200);
  const left = (await send(gate.url, withKey("acme-1"))).headers["x-ratelimit-remaining-hour"];
  assert.equal(left, "9800", "a denial costs nothing of the other window");
});

test("an empty KV means the default policy", async (t) => {
  const { gate } = await started(t, { policy: null, keys: [] });
  const answer = await send(gate.url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["ratelimit-policy"], '"minute";q=20;w=60');
  assert.equal(answer.headers.ratelimit, '"minute";r=19;t=57');
});

test("strangers are counted by their network, in a shard", async (t) => {
  const { gate } = await started(t, { policy: null, keys: [] });
  const from = (address) => ({ headers: { "cf-connecting-ip": address } });
  for (let call = 0; call < 20; call++) assert.equal((await send(gate.url, from("2001:db8::1"))).status, 200);
  const denied = await send(gate.url, from("2001:db8::2"));
  assert.equal(denied.status, 429, "the same /64");
  assert.deepEqual(json(denied)["violated-policies"], ["minute"]);
  assert.equal((await send(gate.url, from("2001:db8:0:1::1"))).status, 200, "another /64");
  assert.equal((await send(gate.url, from("192.0.2.1"))).status, 200);
});

test("keys known by their prefix have a budget each, of the longest prefix's tier", async (t) => {
  const policy = shipped("default");
  policy.keys = { directory: true, prefixes: { tt_: "anonymous", tt_live_: "standard" } };
  const { gate } = await started(t, { policy, keys: [] });
  const limitOf = async (key) => (await send(gate.url, withKey(key))).headers["ratelimit-policy"];
  assert.equal(await limitOf("tt_live_1"), '"minute";q=200;w=60, "hour";q=10000;w=3600');
  assert.equal(await limitOf("tt_other"), '"minute";q=20;w=60');
  const left = async (key) => /r=(\d+)/.exec((await send(gate.url, withKey(key))).headers.ratelimit)[1];
  assert.deepEqual([await left("tt_live_2"), await left("tt_live_2"), await left("tt_live_3")], ["199", "198", "199"]);
});

test("a route's cost is charged, and a cost of nothing only looks", async (t) => {
  const policy = shipped("ticksupply");
  policy.routes = [{ methods: ["POST"], path: "/v1/exports", cost: 50 }, { path: "/v1/usage", cost: 0 }];
  const { gate } = await started(t, { policy });
  const left = async (method, path) =>
    (await send(gate.url, acme({ method, path }))).headers["x-ratelimit-remaining-minute"];
  assert.equal(await left("POST", "/v1/exports"), "150");
  assert.equal(await left("GET", "/v1/usage"), "150");
  assert.equal(await left("GET", "/v1/exports"), "149");
});

test("a cost above the burst is refused without a Retry-After", async (t) => {
  const policy = shipped("ticksupply");
  policy.routes = [{ path: "/v1/exports", cost: 201 }];
  const { gate } = await started(t, { policy });
  const answer = await send(gate.url, acme({ path: "/v1/exports" }));
  assert.equal(answer.status, 429);
  assert.equal(answer.headers["retry-after"], undefined);
  assert.equal(answer.headers["x-headgate-reason"], "never");
});
