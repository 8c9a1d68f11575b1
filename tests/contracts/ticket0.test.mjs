// What Ticket0 publishes about its limit, in the order of its page: policies/ticket0.json.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crowd, send } from "../edge/support/client.mjs";
import { started } from "../edge/support/setup.mjs";
import { shipped } from "../edge/support/workerd.mjs";
import { limitHeaders, withLimits } from "./customer.mjs";

const timeout = 60_000;
const KEYS = ["t0_a", "t0_b"].map((key) => ({ key, account: "workspace-1", tier: "standard" }));
KEYS.push({ key: "t0_c", account: "workspace-2", tier: "standard" });
const bearer = (key, path = "/api/v1/tickets") => ({ path, headers: { authorization: `Bearer ${key}` } });

/// The gate with Ticket0's policy.
const gated = (t, policy = shipped("ticket0")) => started(t, { policy, keys: KEYS });

/// The policy with so few units in so short a window.
const short = (units, window) => withLimits(shipped("ticket0"), (limit) => ({ ...limit, units, window }));

/// A refusal in the page's words; the seconds that it tells.
function assertRefused(answer) {
  assert.equal(answer.status, 429);
  assert.equal(answer.headers["content-type"], "application/json");
  assert.equal(answer.text, '{"error":{"code":"RATE_LIMITED","message":"Too many requests. Please slow down."}}');
  assert.match(answer.headers["retry-after"], /^[1-9][0-9]*$/);
  return Number(answer.headers["retry-after"]);
}

/// Sends requests one by one; how many were let in before one was refused.
async function admittedBeforeRefusal(gate, key) {
  for (let count = 0; ; count++) if ((await send(gate.url, bearer(key))).status === 429) return count;
}

test("a workspace has 60 requests a minute", { timeout }, async (t) => {
  const { gate, origin } = await gated(t);
  const answers = await crowd(gate.url, { clients: 16, total: 80, request: () => bearer("t0_a") });
  assert.equal(answers.filter(({ status }) => status === 200).length, 60);
  assert.equal(origin.seen.length, 60);
});

test("all keys of a workspace share them, and more keys do not raise them", { timeout }, async (t) => {
  const { gate } = await gated(t);
  const answers = await crowd(gate.url, { clients: 16, total: 80, request: (at) => bearer(at % 2 ? "t0_a" : "t0_b") });
  assert.equal(answers.filter(({ status }) => status === 200).length, 60);
  assert.equal((await send(gate.url, bearer("t0_c"))).status, 200, "another workspace is untouched");
});

test("a refusal is a 429 with an integer Retry-After and the page's body", async (t) => {
  const { gate } = await gated(t, short(2, "42s"));
  assert.equal(await admittedBeforeRefusal(gate, "t0_a"), 2);
  const seconds = assertRefused(await send(gate.url, bearer("t0_b")));
  assert.ok(seconds === 42 || seconds === 41);
});

test("no other header speaks of limits", async (t) => {
  const { gate } = await gated(t, short(1, "30s"));
  assert.deepEqual(limitHeaders(await send(gate.url, bearer("t0_a"))), []);
  assert.deepEqual(limitHeaders(await send(gate.url, bearer("t0_a"))), ["Retry-After"]);
});

test("the window begins with the first request, not at a boundary of the clock", { timeout }, async (t) => {
  const { gate } = await gated(t, short(3, "3s"));
  // Away from whole multiples of the window since 1970.
  await sleep(3_000 - (Date.now() % 3_000) + 1_200);
  assert.equal((await send(gate.url, bearer("t0_a"))).status, 200);
  const after = Date.now();
  assert.equal(await admittedBeforeRefusal(gate, "t0_a"), 2);
  await sleep(after + 2_050 - Date.now());
  assert.equal(assertRefused(await send(gate.url, bearer("t0_a"))), 1, "a boundary of the clock lies between");
  await sleep(after + 3_100 - Date.now());
  assert.equal(await admittedBeforeRefusal(gate, "t0_a"), 3);
});

test("who sleeps for at least Retry-After is let in again, who comes a second earlier is not", { timeout }, async (t) => {
  const { gate } = await gated(t, short(1, "4s"));
  assert.equal(await admittedBeforeRefusal(gate, "t0_a"), 1);
  const seconds = assertRefused(await send(gate.url, bearer("t0_a")));
  const told = Date.now();
  // A second and a bit: the header is rounded up, and the clocks' own grain comes on top.
  await sleep(told + (seconds - 1.1) * 1_000 - Date.now());
  assertRefused(await send(gate.url, bearer("t0_a")));
  await sleep(told + seconds * 1_000 - Date.now());
  assert.equal((await send(gate.url, bearer("t0_a"))).status, 200);
});

test("a client that doubles its wait when it is refused twice in a row gets all its work done", { timeout }, async (t) => {
  const { gate } = await gated(t, short(3, "2s"));
  let refusals = 0;
  const patient = async (work) => {
    for (let wait = 0; ; ) {
      const answer = await fetch(`${gate.url}/api/v1/tickets?work=${work}`, { headers: { authorization: "Bearer t0_a" } });
      if (answer.status !== 429) return answer.status;
      refusals += 1;
      wait = Math.min(Math.max(wait * 2, Number.parseInt(answer.headers.get("retry-after"), 10) * 1_000), 8_000);
      await sleep(wait);
    }
  };
  const statuses = [];
  for (let work = 0; work < 8; work++) statuses.push(await patient(work));
  assert.deepEqual(statuses, Array(8).fill(200));
  assert.ok(refusals >= 2);
});

test("pages that are asked for one after the other count one each", async (t) => {
  const { gate, origin } = await gated(t, short(2, "30s"));
  const statuses = [];
  for (const cursor of ["", "&cursor=cur_1", "&cursor=cur_2"]) {
    statuses.push((await send(gate.url, bearer("t0_a", `/api/v1/tickets?limit=100${cursor}`))).status);
  }
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal(origin.seen[1].url, "/api/v1/tickets?limit=100&cursor=cur_1");
});
