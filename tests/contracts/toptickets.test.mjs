// What TopTickets publishes about its limits, in the order of its page: policies/toptickets.json.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { always } from "../edge/support/origin.mjs";
import { crowd, send } from "../edge/support/client.mjs";
import { started } from "../edge/support/setup.mjs";
import { shipped } from "../edge/support/workerd.mjs";
import { customer, limitHeaders, withLimits } from "./customer.mjs";

const timeout = 60_000;
const bearer = (key, request = {}) => ({ path: "/v1/tickets", ...request, headers: { authorization: `Bearer ${key}`, ...request.headers } });

/// The gate with TopTickets' policy.
const gated = (t, { policy = shipped("toptickets"), ...rest } = {}) => started(t, { policy, keys: [], ...rest });

/// The policy with so few units in so short a window.
const short = (units, window) => withLimits(shipped("toptickets"), (limit) => ({ ...limit, units, window }));

/// How many of `total` requests at once are let in.
async function admitted(gate, key, total) {
  const answers = await crowd(gate.url, { clients: 16, total, request: () => bearer(key) });
  assert.ok(answers.every(({ status }) => status === 200 || status === 429));
  return answers.filter(({ status }) => status === 200).length;
}

/// A refusal in the page's words; the seconds that it tells.
function assertRefused(answer) {
  const seconds = answer.headers["retry-after"];
  assert.equal(answer.status, 429);
  assert.match(seconds, /^[1-9][0-9]*$/);
  assert.equal(answer.headers["content-type"], "application/json");
  assert.equal(answer.text, `{"detail":"Rate limit exceeded. Try again in ${seconds} seconds."}`);
  return Number(seconds);
}

test("an admin key has 2,000 requests a minute", { timeout }, async (t) => {
  const { gate, origin } = await gated(t);
  assert.equal(await admitted(gate, "tt_admin_1", 2_040), 2_000);
  assert.equal(origin.seen.length, 2_000);
  assert.equal(origin.seen[0].headers["x-headgate-tier"], "admin");
});

test("read-only, agent and live keys have 200 requests a minute", { timeout }, async (t) => {
  const { gate, origin } = await gated(t);
  for (const key of ["tt_ro_1", "tt_agent_1", "tt_live_1"]) assert.equal(await admitted(gate, key, 230), 200, key);
  const tiers = new Set(origin.seen.map(({ headers }) => headers["x-headgate-tier"]));
  assert.deepEqual([...tiers], ["read-only", "agent", "live"]);
});

test("any other key has what a live one has", { timeout }, async (t) => {
  const { gate, origin } = await gated(t);
  const others = ["tt_adminx", "TT_ADMIN_1", "tt_admin_", "tt_admin", "xtt_admin_1", "tt_", "whatever"];
  for (const key of others) assert.equal((await send(gate.url, bearer(key))).status, 200, key);
  assert.deepEqual([...new Set(origin.seen.map(({ headers }) => headers["x-headgate-tier"]))], ["live"]);
  assert.equal(await admitted(gate, "TT_ADMIN_1", 230), 199, "the one above counts");
});

test("a refusal is a 429 with Retry-After and a sentence that says the same", async (t) => {
  const { gate } = await gated(t, { policy: short(2, "30s") });
  assert.equal(await admitted(gate, "tt_ro_1", 2), 2);
  const seconds = assertRefused(await send(gate.url, bearer("tt_ro_1")));
  assert.ok(seconds === 30 || seconds === 29);
});

test("Retry-After is the only header that speaks of limits", async (t) => {
  const { gate } = await gated(t, { policy: short(1, "30s") });
  assert.deepEqual(limitHeaders(await send(gate.url, bearer("tt_ro_1"))), []);
  assert.deepEqual(limitHeaders(await send(gate.url, bearer("tt_ro_1"))), ["Retry-After"]);
});

test("a customer that waits as it is told is refused once and then let in", { timeout }, async (t) => {
  const { gate } = await gated(t, { policy: short(3, "3s") });
  const spent = async () => assert.equal(await admitted(gate, "tt_live_1", 3), 3);
  const { statuses, pauses } = await customer("toptickets", ["wait", gate.url, "tt_live_1", 3], spent);
  assert.deepEqual(statuses, [429, 200]);
  assert.ok(pauses[0] >= 1 && pauses[0] <= 3);
});

test("a customer that backs off with jitter, and no shorter than it is told, is let in", { timeout }, async (t) => {
  const { gate } = await gated(t, { policy: short(3, "4s") });
  const spent = async () => assert.equal(await admitted(gate, "tt_live_1", 3), 3);
  const { statuses, pauses } = await customer("toptickets", ["back-off", gate.url, "tt_live_1", 5], spent);
  assert.deepEqual(statuses, [429, 200]);
  assert.ok(pauses[0] >= 3);
});

test("each key has a quota of its own", async (t) => {
  const { gate } = await gated(t, { policy: short(2, "1m") });
  assert.equal(await admitted(gate, "tt_live_1", 5), 2);
  assert.equal(await admitted(gate, "tt_live_2", 5), 2);
  assert.equal(await admitted(gate, "tt_live_", 5), 2, "a bare prefix is a key like any other");
});

test("all endpoints share it", async (t) => {
  const { gate } = await gated(t, { policy: short(3, "1m") });
  const requests = [{ path: "/v1/tickets" }, { method: "POST", path: "/v1/orders", body: "{}" }, { method: "DELETE", path: "/v1/venues/7" }, { path: "/" }];
  const statuses = [];
  for (const request of requests) statuses.push((await send(gate.url, bearer("tt_agent_1", request))).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
});

test("who keeps on asking is refused and no longer for it", { timeout }, async (t) => {
  const { gate } = await gated(t, { policy: short(2, "3s") });
  const first = Date.now();
  assert.equal(await admitted(gate, "tt_live_1", 2), 2);
  let last = Date.now();
  for (let answer; (answer = await send(gate.url, bearer("tt_live_1"))).status === 429; last = Date.now()) {
    assert.ok(assertRefused(answer) <= 3);
    await sleep(20);
  }
  // Let in as soon as the first two are a window old: what was refused between has not counted.
  assert.ok(last - first < 4_000, `${last - first} ms`);
});

test("requests that fail at the API count as well", async (t) => {
  const { gate, origin } = await gated(t, { policy: short(2, "1m"), handler: always(500) });
  const statuses = [];
  for (let at = 0; at < 3; at++) statuses.push((await send(gate.url, bearer("tt_live_1"))).status);
  assert.deepEqual(statuses, [500, 500, 429]);
  assert.equal(origin.seen.length, 2);
});

test("the window slides: never more than the limit in any window, wherever it begins", { timeout }, async (t) => {
  const [units, window] = [10, 2_000];
  const { gate } = await gated(t, { policy: short(units, `${window}ms`) });
  const letIn = [];
  const end = Date.now() + 3 * window;
  while (Date.now() < end) {
    const sent = performance.now();
    const { status } = await send(gate.url, bearer("tt_live_1"));
    if (status === 200) letIn.push({ sent, heard: performance.now() });
    await sleep(Math.random() * 60);
  }
  assert.ok(letIn.length >= 2 * units, `${letIn.length} were let in`);
  // Each was let in at some instant between: all of them within one window only if these bounds are.
  for (let first = 0; first + units < letIn.length; first++) {
    const took = letIn[first + units].heard - letIn[first].sent;
    assert.ok(took >= window, `${units + 1} in ${took} ms`);
  }
});
