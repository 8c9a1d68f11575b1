// What Ticksupply publishes about its limits, in the order of its page: policies/ticksupply.json.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { admin, ADMIN } from "../edge/support/admin.mjs";
import { json, send } from "../edge/support/client.mjs";
import { acme, KEYS, limitedTo, started, ticksupplyWith, withKey } from "../edge/support/setup.mjs";
import { customer } from "./customer.mjs";

const timeout = 60_000;

/// The headers of an answer that speak of limits, spelled as they were sent.
function limits(answer) {
  const names = answer.raw.filter((_, at) => at % 2 === 0);
  const speaking = names.filter((name) => /limit|retry|quota/i.test(name));
  return Object.fromEntries(speaking.map((name) => [name, answer.headers[name.toLowerCase()]]));
}

/// A denial in the contract's words, with Retry-After and body of one mind.
function assertDenied(answer) {
  const seconds = answer.headers["retry-after"];
  assert.match(seconds, /^[1-9][0-9]*$/);
  assert.equal(answer.status, 429);
  assert.equal(answer.headers["content-type"], "application/json");
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.text, `{"error":{"code":"rate_limited","message":"Rate limit exceeded. Retry after ${seconds} seconds."}}`);
  return Number(seconds);
}

/// Spends units until one is refused; the answers before, and the refusal.
async function drained(gate) {
  const answers = [];
  for (;;) {
    const answer = await send(gate.url, acme());
    if (answer.status === 429) return { answers, denied: answer };
    answers.push(answer);
  }
}

test("a normal call shows both windows, and no Reset", async (t) => {
  const { gate } = await started(t);
  const shown = (minute, hour) => ({ "X-RateLimit-Limit-Minute": "200", "X-RateLimit-Remaining-Minute": String(minute),
    "X-RateLimit-Limit-Hour": "10000", "X-RateLimit-Remaining-Hour": String(hour) });
  assert.deepEqual(limits(await send(gate.url, acme())), shown(199, 9999));
  assert.deepEqual(limits(await send(gate.url, acme({ method: "POST", path: "/v1/subscriptions" }))), shown(198, 9998));
});

test("the limits are shared by all keys of an account", async (t) => {
  const { gate } = await started(t);
  const left = async (key) => (await send(gate.url, withKey(key))).headers["x-ratelimit-remaining-minute"];
  assert.deepEqual([await left("acme-1"), await left("acme-2"), await left("acme-1"), await left("globex-1")], ["199", "198", "197", "199"]);
});

test("an account on trial has the same limits", async (t) => {
  const { gate, origin } = await started(t, { keys: [...KEYS, { key: "new-1", account: "new", tier: "trial" }] });
  const trial = await send(gate.url, withKey("new-1"));
  assert.deepEqual(limits(trial), limits(await send(gate.url, acme())));
  assert.equal(origin.seen[0].headers["x-headgate-tier"], "trial");
});

test("an exhausted window adds its Reset, on the answer that takes the last unit too", async (t) => {
  const { gate } = await started(t, { policy: limitedTo(3, "7d") });
  const { answers, denied } = await drained(gate);
  const shown = ["X-RateLimit-Limit-Minute", "X-RateLimit-Remaining-Minute", "X-RateLimit-Limit-Hour", "X-RateLimit-Remaining-Hour"].sort();
  const withReset = [...shown, "X-RateLimit-Reset-Minute"].sort();
  const names = (answer) => Object.keys(limits(answer)).sort();
  assert.deepEqual(answers.map(names), [shown, shown, withReset]);
  assert.deepEqual(answers.map((answer) => answer.headers["x-ratelimit-remaining-minute"]), ["2", "1", "0"]);
  assert.deepEqual(names(denied), ["Retry-After", ...withReset].sort());
});

test("a window that refuses shows its Reset, the one that has units left does not", async (t) => {
  const policy = ticksupplyWith();
  policy.tiers.standard.limits[1] = { name: "hour", algorithm: "token-bucket", units: 2, window: "1h" };
  const { gate } = await started(t, { policy });
  const { denied } = await drained(gate);
  assert.equal(denied.headers["x-ratelimit-remaining-minute"], "198");
  assert.equal(denied.headers["x-ratelimit-reset-minute"], undefined);
  assert.equal(denied.headers["x-ratelimit-remaining-hour"], "0");
  assert.ok(Number(denied.headers["x-ratelimit-reset-hour"]) > 0);
});

test("a denial has the contract's status, type and body, and Reset says the same as Retry-After", async (t) => {
  const { gate } = await started(t, { policy: limitedTo(3, "1h") });
  await drained(gate);
  const before = Date.now();
  const denied = await send(gate.url, acme());
  const after = Date.now();
  const wait = assertDenied(denied);
  assert.ok(wait > 1100 && wait <= 1200, "a third of an hour, less what has passed");
  const reset = Number(denied.headers["x-ratelimit-reset-minute"]);
  // Both are the same instant rounded up, as seconds since 1970 and as seconds from the decision on.
  assert.ok(reset * 1000 - after < (wait + 1) * 1000 && reset * 1000 - before > (wait - 1) * 1000, `${reset} and ${wait}`);
});

test("a key that is missing or unknown is told so in the contract's form", async (t) => {
  const { gate } = await started(t);
  for (const request of [{}, withKey("unknown")]) {
    const answer = await send(gate.url, request);
    assert.deepEqual([answer.status, json(answer).error.code, limits(answer)], [401, "unauthenticated", {}]);
  }
});

test("no other dialect's header is sent", async (t) => {
  const { gate } = await started(t, { policy: limitedTo(1, "7d") });
  const { answers, denied } = await drained(gate);
  for (const answer of [...answers, denied]) {
    for (const name of ["ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]) {
      assert.equal(answer.headers[name], undefined, name);
    }
  }
});

test("Retry-After is kept to the second: who waits that long gets in, who comes a second earlier does not", { timeout }, async (t) => {
  const policy = ticksupplyWith();
  policy.tiers.standard.limits[0] = { name: "minute", algorithm: "token-bucket", units: 12, window: "1m", burst: 2 };
  const { gate, origin } = await started(t, { policy });
  await drained(gate);
  const denied = await send(gate.url, acme());
  const answered = Date.now();
  const wait = assertDenied(denied);
  assert.ok(wait === 5 || wait === 4, `a unit each five seconds, ${wait}`);
  const at = (seconds) => sleep(answered + seconds * 1000 - Date.now());
  const spent = origin.seen.length;
  // A second and a bit: the header is rounded up, and the clocks' own grain comes on top.
  await at(wait - 1.1);
  const early = assertDenied(await send(gate.url, acme()));
  assert.ok(early <= 2);
  await at(wait);
  assert.equal((await send(gate.url, acme())).status, 200);
  assert.equal(origin.seen.length, spent + 1);
});

test("a customer that waits as it is told is refused once and then served", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(2, "4s"), handler: (_, response) => response.end("[]") });
  const { statuses, pauses } = await customer("ticksupply", ["wait", `${gate.url}/v1/exchanges`, "acme-1", 1], () => drained(gate));
  assert.deepEqual([statuses, pauses], [[429, 200], [2]]);
});

test("a customer that watches what remains sleeps until the reset and is then served", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(15, "1m") });
  // A unit comes back each four seconds. It finds none left, and sleeps until a second after the reset.
  const { statuses, pauses } = await customer("ticksupply", ["watch", `${gate.url}/v1/exchanges`, "acme-1", 2], () => drained(gate));
  assert.deepEqual(statuses, [429, 200]);
  assert.ok(pauses.length === 1 && pauses[0] > 1 && pauses[0] <= 6, JSON.stringify(pauses));
});

const trial = (request) => withKey("new-1", request);
const subscribe = () => trial({ method: "POST", path: "/v1/subscriptions", body: '{"datastream_id":123}' });
const exported = () => trial({ method: "POST", path: "/v1/exports", body: "{}" });

/// The gate for an account on trial, before an API that creates, and whose exports have so many bytes.
const onTrial = (t, bytes = 0) => started(t, {
  keys: [...KEYS, { key: "new-1", account: "new", tier: "trial" }], vars: { ADMIN_TOKEN: ADMIN },
  handler: (request, response) => response.writeHead(request.method === "DELETE" ? 204 : 201).end(request.method === "POST" ? JSON.stringify({ size_bytes: bytes }) : ""),
});

/// A refusal for want of a plan: no wait helps, so none is told, and no budget is spent.
async function assertUnpaid(gate, request) {
  const { headers } = await send(gate.url, trial());
  const refused = await send(gate.url, request);
  assert.deepEqual([refused.status, json(refused).error.code, refused.headers["retry-after"]], [402, "payment_required", undefined]);
  for (const window of ["minute", "hour"]) {
    const name = `x-ratelimit-remaining-${window}`;
    const spent = Number(headers[name]) - Number(refused.headers[name]);
    // What came back meanwhile may hide nothing: a spent unit would show.
    assert.ok(spent <= 0, `${window}: ${spent}`);
  }
}

test("on trial, active subscriptions are capped: further creates are a 402 that spends no rate budget", { timeout }, async (t) => {
  const { gate, origin } = await onTrial(t);
  for (let at = 0; at < 5; at++) assert.equal((await send(gate.url, subscribe())).status, 201);
  for (let at = 0; at < 3; at++) await assertUnpaid(gate, subscribe());
  assert.equal(origin.seen.filter(({ method }) => method === "POST").length, 5);
  await send(gate.url, trial({ method: "DELETE", path: "/v1/subscriptions/1" }));
  assert.equal((await send(gate.url, subscribe())).status, 201, "one fewer is active");
});

test("resuming a paused subscription beyond the plan is a 402 as well", { timeout }, async (t) => {
  const { gate } = await onTrial(t);
  for (let at = 0; at < 5; at++) await send(gate.url, subscribe());
  const told = (what) => trial({ method: "POST", path: `/v1/subscriptions/1/${what}` });
  await assertUnpaid(gate, told("resume"));
  assert.equal((await send(gate.url, told("pause"))).status, 201);
  assert.equal((await send(gate.url, told("resume"))).status, 201);
});

test("on trial, the size of all successful exports together is capped", { timeout }, async (t) => {
  const { gate } = await onTrial(t, 950_000_000);
  for (let at = 0; at < 10; at++) assert.equal((await send(gate.url, exported())).status, 201);
  await assertUnpaid(gate, exported());
});

test("identical calls keep failing until the billing state changes", { timeout }, async (t) => {
  const { gate } = await onTrial(t);
  await admin(gate, "PUT", "new/plan", { access_status: "past_due", plan: "trial" });
  for (let at = 0; at < 3; at++) await assertUnpaid(gate, subscribe());
  await admin(gate, "PUT", "new/plan", { access_status: "active", plan: "trial" });
  assert.equal((await send(gate.url, subscribe())).status, 201);
});

test("GET /v1/billing/summary tells access status, plan code, period end and what is used", { timeout }, async (t) => {
  const { gate, origin } = await onTrial(t, 1_000);
  const plan = { access_status: "active", plan: "trial", period_end: "2026-12-31T00:00:00Z" };
  await admin(gate, "PUT", "new/plan", plan);
  await send(gate.url, subscribe());
  await send(gate.url, exported());
  const answer = await send(gate.url, trial({ path: "/v1/billing/summary" }));
  const usage = { active_subscriptions: { used: 1, limit: 5 }, export_bytes: { used: 1_000, limit: 10_000_000_000 } };
  assert.deepEqual([answer.status, json(answer)], [200, { ...plan, usage }]);
  assert.deepEqual(Object.keys(limits(answer)).length, 4, "like every response it tells both windows");
  assert.equal(origin.seen.length, 2, "the API is not asked");
});

test("a 402 of the API's own gives the request back", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(2, "7d", { refund_on: [402] }), handler: (_, response) => response.writeHead(402).end() });
  for (let at = 0; at < 5; at++) {
    const answer = await send(gate.url, acme());
    assert.deepEqual([answer.status, answer.headers["x-ratelimit-remaining-minute"]], [402, "2"]);
  }
});
