// What becomes of requests whose object does not decide: each tier has its own way, and none is silent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { json, send, until } from "./support/client.mjs";
import { eventually, holding, watched } from "./support/exchanges.mjs";
import { acme, lanedTo, limitedTo, started, ticksupplyWith, withKey } from "./support/setup.mjs";
import { asks, calls, callsGo, UNAVAILABLE } from "./support/unavailable.mjs";

const timeout = 60_000;

const startedWith = (t, policy, rest) => started(t, { policy, wrapper: UNAVAILABLE, ...rest });
const limits = (answer) => Object.keys(answer.headers).filter((name) => name.includes("ratelimit"));
const mark = (answer) => answer.headers["x-headgate-degraded"];

/// Statuses of so many requests, one after another.
async function statuses(gate, count, request = acme) {
  const seen = [];
  for (let n = 0; n < count; n++) seen.push((await send(gate.url, request(n))).status);
  return seen;
}

const passed = (seen) => seen.filter((status) => status === 200).length;

/// What the log says of requests for want of a decision.
const told = (lines) => lines.filter((line) => line.includes('"mode"')).map((line) => JSON.parse(line));

test("each tier says what happens, and where it does not the policy does", { timeout }, async (t) => {
  const policy = ticksupplyWith({ on_unavailable: "local", decision_timeout: "200ms" });
  const { limits: of } = policy.tiers.standard;
  policy.tiers = { standard: { limits: of }, paid: { limits: of, on_unavailable: "allow" }, free: { limits: of, on_unavailable: "deny" } };
  policy.routes = [];
  const keys = ["standard", "paid", "free"].map((tier) => ({ key: tier, account: tier, tier }));
  for (const how of ["throw", "hang"]) {
    const { gate, origin } = await startedWith(t, policy, { keys });
    await callsGo(gate, how);
    const seen = {};
    for (const { key } of keys) {
      const answer = await send(gate.url, withKey(key));
      assert.deepEqual(limits(answer), [], key);
      seen[key] = [answer.status, mark(answer)];
    }
    assert.deepEqual(seen, { standard: [200, "local"], paid: [200, "object"], free: [503, undefined] }, how);
    assert.equal(origin.seen.length, 2);
    const modes = told(await gate.logged('"mode":"deny"'));
    assert.deepEqual(modes.map(({ part, mode, count }) => [part, mode, count]), [["object", "local", 1], ["object", "allow", 1], ["object", "deny", 1]]);
  }
});

test("what is decided so is counted, and each way of it logged once in ten seconds", { timeout }, async (t) => {
  const { gate } = await startedWith(t, ticksupplyWith({ on_unavailable: "allow" }));
  await callsGo(gate, "throw");
  await statuses(gate, 5);
  assert.equal(told(await gate.logged('"mode":"allow"')).length, 1);
  await sleep(10_100);
  await statuses(gate, 1);
  const lines = told(await gate.logged('"count":5'));
  assert.deepEqual(lines.map(({ mode, count }) => [mode, count]), [["allow", 1], ["allow", 5]]);
});

test("an isolate by itself gives out its share of a limit and no more, and then the object's own books hold", { timeout }, async (t) => {
  const { gate, origin } = await startedWith(t, limitedTo(100, "7d", { on_unavailable: "local", local_share: 5 }));
  assert.equal(passed(await statuses(gate, 3)), 3);
  await callsGo(gate, "throw");
  assert.deepEqual(await statuses(gate, 8), [200, 200, 200, 200, 200, 429, 429, 429]);
  const denied = await send(gate.url, acme());
  assert.deepEqual([denied.status, json(denied).error.code, mark(denied), limits(denied)], [429, "rate_limited", "local", []]);
  // One of five units comes back in a fifth of seven days.
  const wait = Number(denied.headers["retry-after"]);
  assert.ok(wait > 7 * 86_400 / 5 - 60 && wait <= 7 * 86_400 / 5, `${wait} s`);
  assert.equal((await send(gate.url, withKey("globex-1"))).status, 200, "another account has a share of its own");
  await callsGo(gate, "well");
  const back = await send(gate.url, acme());
  assert.deepEqual([back.status, mark(back), back.headers["x-ratelimit-remaining-minute"]], [200, undefined, "96"]);
  assert.equal(origin.seen.length, 3 + 5 + 1 + 1);
});

test("a share lets a request of a higher cost through once, instead of never", { timeout }, async (t) => {
  const policy = limitedTo(100, "7d", { on_unavailable: "local", local_share: 5, routes: [{ path: "/v1/bulk", cost: 50 }] });
  const { gate } = await startedWith(t, policy);
  await callsGo(gate, "throw");
  const dear = await send(gate.url, acme({ path: "/v1/bulk" }));
  const denied = await send(gate.url, acme({ path: "/v1/bulk" }));
  assert.deepEqual([dear.status, denied.status, denied.headers["x-headgate-reason"]], [200, 429, "quota"]);
  assert.ok(Number(denied.headers["retry-after"]) >= 1);
});

test("an isolate gives away nothing of a cap, and no answer that the object alone knows", { timeout }, async (t) => {
  const { gate, origin } = await startedWith(t, ticksupplyWith({ on_unavailable: "local", local_share: 100 }));
  await callsGo(gate, "throw");
  for (const request of [{ method: "POST", path: "/v1/subscriptions", body: "{}" }, { path: "/v1/billing/summary" }]) {
    const answer = await send(gate.url, acme(request));
    assert.deepEqual([answer.status, mark(answer)], [503, undefined]);
  }
  assert.equal(origin.seen.length, 0);
  assert.deepEqual(told(await gate.logged('"mode"')).map(({ mode }) => mode), ["deny"]);
});

test("strangers have shares of their own by their networks", { timeout }, async (t) => {
  const policy = ticksupplyWith({ on_unavailable: "local", strangers: { tier: "guests" } });
  policy.tiers.guests = { limits: [{ name: "guests", algorithm: "sliding-log", units: 20, window: "7d" }] };
  const { gate } = await startedWith(t, policy);
  await callsGo(gate, "throw");
  for (const address of ["192.0.2.1", "2001:db8::1"]) {
    const from = () => ({ path: "/v1/events", headers: { "cf-connecting-ip": address } });
    assert.deepEqual(await statuses(gate, 4, from), [200, 200, 429, 429]);
  }
});

test("a lane of an isolate never has more than its share open, for longer than a lease, and frees it", { timeout }, async (t) => {
  const watch = watched();
  const policy = lanedTo(20, { lease: "2s", on_unavailable: "local" });
  const { gate } = await startedWith(t, policy, { handler: watch.handler });
  await callsGo(gate, "throw");
  for (let round = 0; round < 2; round++) {
    const held = await holding(gate, watch, 2);
    if (round === 0) await sleep(2_500);
    const denied = await send(gate.url, acme());
    assert.deepEqual([denied.status, denied.headers["x-headgate-reason"], mark(denied), denied.headers["retry-after"]], [429, "concurrency", "local", "1"]);
    assert.equal(watch.lane().open, 2);
    watch.free();
    for (const answer of await Promise.all(held)) assert.deepEqual([answer.status, mark(answer)], [200, "local"]);
    const free = async () => (await send(gate.url, acme({ path: "/probe" }))).status === 200;
    for (const end = Date.now() + 5_000; !(await free()); ) assert.ok(Date.now() < end, "the slots are not free");
    await eventually(() => watch.lane().open === 0, () => "an exchange is still open");
  }
  await callsGo(gate, "well");
  const held = await holding(gate, watch, 20);
  assert.equal((await send(gate.url, acme())).status, 429, "the object's own lane has all of its slots, and not one more");
  watch.free();
  await Promise.all(held);
});

test("an object that the runtime calls overloaded is not asked again for a second, and then is", { timeout }, async (t) => {
  const { gate, origin } = await startedWith(t, ticksupplyWith());
  await callsGo(gate, "overloaded");
  const began = Date.now();
  assert.deepEqual(await statuses(gate, 20), Array(20).fill(503));
  const most = 1 + Math.floor((Date.now() - began) / 1_000);
  const asked = (await asks(gate)).length;
  assert.ok(asked >= 1 && asked <= most, `it was asked ${asked} times`);
  assert.equal(origin.seen.length, 0);
  await callsGo(gate, "well");
  await until(({ status }) => status === 200, () => send(gate.url, acme()));
});

test("a call that may be repeated is, once, on a stub of its own, and says the same", { timeout }, async (t) => {
  const { gate, origin } = await startedWith(t, lanedTo(1));
  await callsGo(gate, "retryable", 1);
  const answer = await send(gate.url, acme());
  assert.deepEqual([answer.status, mark(answer)], [200, undefined]);
  const [first, second, ...more] = await asks(gate);
  assert.deepEqual([first.how, second.how, more], ["retryable", "well", []]);
  assert.deepEqual(first.message, second.message);
  assert.ok(first.message.includes(origin.seen[0].headers["x-headgate-request-id"].replaceAll("-", "")), "under the request's id");
  assert.ok((await gate.logged('"part":"object"')).length > 0, "and it is not silent");
  await callsGo(gate, "retryable");
  assert.equal((await send(gate.url, acme())).status, 503);
  assert.equal((await asks(gate)).length, 2);
});

test("what an object throws of its own is not repeated", { timeout }, async (t) => {
  const { gate } = await startedWith(t, ticksupplyWith());
  await callsGo(gate, "throw");
  assert.deepEqual(await statuses(gate, 2), [503, 503]);
  assert.equal((await asks(gate)).length, 2);
});

test("a reset object is asked once more, and the client does not notice", { timeout }, async (t) => {
  const { gate } = await startedWith(t, limitedTo(100, "7d"));
  assert.equal((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"], "99");
  await callsGo(gate, "reset", 1);
  const answer = await send(gate.url, acme());
  assert.deepEqual([answer.status, answer.headers["x-ratelimit-remaining-minute"]], [200, "98"]);
  const [first, second] = await asks(gate);
  assert.equal(first.threw.reset, true, "the runtime says so");
  assert.equal(second.threw, undefined);
});

test("what could not be written is asked once more, of rows read anew", { timeout }, async (t) => {
  const { gate } = await startedWith(t, limitedTo(100, "7d"));
  await callsGo(gate, "unwritten", 1);
  const answer = await send(gate.url, acme());
  assert.deepEqual([answer.status, answer.headers["x-ratelimit-remaining-minute"]], [200, "99"]);
  assert.deepEqual((await asks(gate)).map(({ how }) => how), ["unwritten", "well"]);
  await callsGo(gate, "unwritten");
  assert.equal((await send(gate.url, withKey("globex-1"))).status, 503);
  assert.equal((await asks(gate)).length, 2);
});

test("an answer that a reset has lost may be charged twice, and no limit is exceeded", { timeout }, async (t) => {
  const { gate, origin } = await startedWith(t, limitedTo(12, "7d"));
  for (let n = 0; n < 15; n++) {
    await callsGo(gate, "forget", 1);
    await send(gate.url, acme());
  }
  t.diagnostic(`${origin.seen.length} of 12 passed`);
  assert.ok(origin.seen.length >= 3 && origin.seen.length <= 6, "each of them is charged twice, and a reset costs a tenth");
  await callsGo(gate, "well");
  assert.deepEqual(await statuses(gate, 2), [429, 429]);
});

test("a slot whose grant a reset has lost is the same slot when it is asked for again", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await startedWith(t, lanedTo(1), { handler: watch.handler });
  await callsGo(gate, "forget", 1);
  const [held] = await holding(gate, watch, 1);
  assert.equal((await send(gate.url, acme())).status, 429);
  watch.free();
  assert.equal((await held).status, 200);
  await eventually(() => watch.lane().open === 0, () => "it is still open");
  const again = async () => (await send(gate.url, acme({ path: "/probe" }))).status === 200;
  for (const end = Date.now() + 5_000; !(await again()); ) assert.ok(Date.now() < end, "the slot is not free");
});

test("a call is not repeated when the time for a decision is over", { timeout }, async (t) => {
  const { gate } = await startedWith(t, ticksupplyWith({ decision_timeout: "100ms" }));
  await callsGo(gate, "hang");
  assert.equal((await send(gate.url, acme())).status, 503);
  assert.equal((await asks(gate)).length, 1);
});

for (const [how, pause] of [["throw", 0], ["overloaded", 1_900]]) {
  test(`the end of a lease is said again, after a while where that is needed (${how})`, { timeout }, async (t) => {
    const watch = watched();
    const { gate } = await startedWith(t, lanedTo(1), { handler: watch.handler });
    const [held] = await holding(gate, watch, 1);
    await callsGo(gate, how);
    watch.free();
    await held;
    const releases = [];
    for (const end = Date.now() + 20_000; releases.length < 2; await sleep(100)) {
      releases.push(...(await calls(gate)).filter(({ kind }) => kind === "release"));
      assert.ok(Date.now() < end, "it is not said again");
    }
    const [first, second] = releases;
    assert.ok(second.at - first.at >= pause, `after ${second.at - first.at} ms`);
  });
}
