// What IPTO publishes about its limits, in the order of its page: policies/ipto.json, its routes in docs/CONTRACTS.md.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crowd, json, send } from "../edge/support/client.mjs";
import { echo } from "../edge/support/origin.mjs";
import { started } from "../edge/support/setup.mjs";
import { shipped } from "../edge/support/workerd.mjs";
import { customer, limitHeaders, withLimits } from "./customer.mjs";

const timeout = 60_000;
const KEYS = [{ key: "ip-1", account: "acme", tier: "standard" }, { key: "ip-2", account: "acme", tier: "standard" }, { key: "ip-3", account: "globex", tier: "standard" }];
const bearer = (request = {}, key = "ip-1") => ({ path: "/licenses", ...request, headers: { authorization: `Bearer ${key}`, ...request.headers } });
const posted = (path, body) => ({ method: "POST", path, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/// The gate with IPTO's policy.
const gated = (t, { policy = shipped("ipto"), ...rest } = {}) => started(t, { policy, keys: KEYS, ...rest });

/// The policy with so few units in so short windows, per tier limit.
const short = (units, windows) => withLimits(shipped("ipto"), (limit) => ({ ...limit, units: units[limit.name] ?? limit.units, window: windows[limit.name] ?? limit.window }));

const shown = ({ headers }) => ["limit", "remaining", "reset"].map((name) => Number(headers[`x-ratelimit-${name}`]));
const remaining = (answer) => shown(answer)[1];

/// A refusal in the page's words; the seconds that it tells.
function assertRefused(answer) {
  const { detail, retry_after: seconds, ...rest } = json(answer);
  assert.deepEqual([answer.status, answer.headers["content-type"], detail, rest], [429, "application/json", "Rate limit exceeded", {}]);
  assert.ok(Number.isInteger(seconds) && seconds >= 1);
  assert.equal(answer.headers["retry-after"], String(seconds));
  return seconds;
}

/// Away from the turn of a minute and of an hour, so that a test lies within one window.
async function awayFromTheTurn() {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 15_000) await sleep(left + 50);
}

/// Sends a request until it is refused; how often it was let in, and the refusal.
async function untilRefused(gate, request) {
  for (let count = 0; ; count++) {
    const answer = await send(gate.url, request);
    if (answer.status === 429) return { count, answer };
  }
}

test("all responses tell limit, remaining and reset of the window closest to exhaustion", { timeout: 90_000 }, async (t) => {
  await awayFromTheTurn();
  const { gate } = await gated(t);
  const first = await send(gate.url, bearer());
  assert.deepEqual(limitHeaders(first), ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]);
  const [limit, left, reset] = shown(first);
  assert.deepEqual([limit, left], [100, 99]);
  assert.equal(reset, Math.ceil(Date.now() / 60_000) * 60, "the end of this minute of the clock, in Unix seconds");
  assert.equal(remaining(await send(gate.url, bearer({ method: "POST", path: "/elsewhere" }))), 98);
});

test("it is the hour or the day that is told once fewer requests are left of that", async (t) => {
  const { gate } = await gated(t, { policy: short({ hour: 50, day: 30 }, {}) });
  const [limit, left, reset] = shown(await send(gate.url, bearer()));
  assert.deepEqual([limit, left], [30, 29]);
  assert.equal(reset, Math.ceil(Date.now() / 86_400_000) * 86_400, "midnight, UTC");
});

test("100 requests a minute", { timeout: 90_000 }, async (t) => {
  await awayFromTheTurn();
  const { gate, origin } = await gated(t);
  const answers = await crowd(gate.url, { clients: 16, total: 130, request: () => bearer() });
  assert.equal(answers.filter(({ status }) => status === 200).length, 100);
  assert.equal(origin.seen.length, 100);
  const seconds = assertRefused(await send(gate.url, bearer()));
  assert.ok(seconds <= 60 && Math.abs(seconds - (60 - (Date.now() / 1_000) % 60)) < 2);
});

test("the three windows are charged together: what one refuses costs the others nothing", { timeout: 90_000 }, async (t) => {
  await awayFromTheTurn();
  const { gate } = await gated(t, { policy: short({ minute: 3, hour: 8, day: 9 }, { minute: "4s", hour: "1d", day: "7d" }) });
  await sleep(4_000 - (Date.now() % 4_000) + 50);
  assert.equal((await untilRefused(gate, bearer())).count, 3);
  for (let at = 0; at < 5; at++) assertRefused(await send(gate.url, bearer()));
  await sleep(4_000 - (Date.now() % 4_000) + 50);
  assert.equal((await untilRefused(gate, bearer())).count, 3);
  await sleep(4_000 - (Date.now() % 4_000) + 50);
  const { count, answer } = await untilRefused(gate, bearer());
  assert.equal(count, 2, "eight in the long window, refusals not among them");
  assert.equal(shown(answer)[0], 8, "told is the window that refuses");
});

test("keys of an account share its windows, other accounts have their own", async (t) => {
  const { gate } = await gated(t);
  await send(gate.url, bearer({}, "ip-1"));
  assert.equal(remaining(await send(gate.url, bearer({}, "ip-2"))), 98);
  assert.equal(remaining(await send(gate.url, bearer({}, "ip-3"))), 99);
});

test("magic links: 3 an hour per e-mail, however it is spelled and whoever asks", { timeout: 90_000 }, async (t) => {
  const { gate } = await gated(t, { handler: echo });
  const spellings = ["ann@example.com", "ANN@example.com", "  Ann@Example.COM "];
  for (const email of spellings) {
    const request = posted("/auth/magic-link", { email });
    const answer = await send(gate.url, request);
    assert.deepEqual([answer.status, answer.text], [200, request.body], "the body arrives as it was sent");
  }
  const { answer } = await untilRefused(gate, posted("/auth/magic-link", { email: "ann@EXAMPLE.com" }));
  assert.ok(assertRefused(answer) <= 3_600);
  assert.equal((await send(gate.url, posted("/auth/magic-link", { email: "bob@example.com" }))).status, 200);
});

test("what is left of the links is not told, nor whether the address is known", async (t) => {
  const { gate } = await gated(t);
  const used = [];
  for (let at = 0; at < 3; at++) used.push(await send(gate.url, posted("/auth/magic-link", { email: "ann@example.com" })));
  assert.deepEqual(used.map((answer) => shown(answer).slice(0, 2)), [[100, 99], [100, 98], [100, 97]]);
  const [known, unknown] = [assertRefused((await untilRefused(gate, posted("/auth/magic-link", { email: "ann@example.com" }))).answer),
    await send(gate.url, posted("/auth/magic-link", { email: "nobody@example.com" }))];
  assert.ok(known >= 1);
  assert.deepEqual(shown(unknown).slice(0, 2), [100, 99], "as the first time for anybody");
});

test("without an e-mail a link cannot be asked for", async (t) => {
  const { gate, origin } = await gated(t);
  for (const body of [{}, { email: "" }, { email: null }, { email: ["a@b"] }, "text"]) {
    const answer = await send(gate.url, posted("/auth/magic-link", body));
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.match(json(answer).detail, /email/);
  }
  assert.equal(origin.seen.length, 0);
});

test("a magic link is tried 5 times, ever", async (t) => {
  const { gate } = await gated(t);
  const tried = (link, code) => posted("/auth/verify", { link, code });
  for (let code = 0; code < 5; code++) assert.equal((await send(gate.url, tried("link-1", code))).status, 200);
  for (let code = 5; code < 8; code++) {
    const answer = await send(gate.url, tried("link-1", code));
    assert.deepEqual([answer.status, json(answer)], [429, { detail: "Rate limit exceeded" }]);
    assert.equal(answer.headers["retry-after"], undefined, "no wait helps");
  }
  assert.equal((await send(gate.url, tried("link-2", 0))).status, 200);
});

test("token refresh: 10 an hour per token", async (t) => {
  const { gate } = await gated(t);
  const refresh = (token) => posted("/auth/refresh", { refresh_token: token });
  const { count, answer } = await untilRefused(gate, refresh("one"));
  assert.equal(count, 10);
  assertRefused(answer);
  assert.equal((await send(gate.url, refresh("two"))).status, 200);
});

const ENDPOINTS = [
  ["asset creation", "POST", "/assets", 10, 3_600], ["asset listing", "GET", "/assets", 100, 60], ["asset updates", "PUT", "/assets/7", 20, 3_600],
  ["license creation", "POST", "/microip/licenses", 5, 3_600], ["asset downloads", "GET", "/microip/assets/7/download", 20, 3_600], ["search requests", "GET", "/microip/search?q=a", 50, 60],
  ["deposits", "POST", "/balance/deposits", 10, 3_600], ["withdrawals", "POST", "/balance/withdrawals", 5, 3_600], ["balance checks", "GET", "/balance", 100, 60],
  ["wallet addition", "POST", "/wallets", 5, 3_600], ["wallet verification", "POST", "/wallets/7/verify", 10, 3_600], ["wallet listing", "GET", "/wallets", 50, 60],
];

for (const [what, method, path, units, seconds] of ENDPOINTS) {
  test(`${what}: ${units} per ${seconds === 60 ? "minute" : "hour"}`, { timeout: 90_000 }, async (t) => {
    await awayFromTheTurn();
    // Only this limit is in the way.
    const { gate } = await gated(t, { policy: short({ minute: 1_000 }, {}) });
    const first = await send(gate.url, bearer({ method, path }));
    assert.deepEqual(shown(first).slice(0, 2), [units, units - 1], "it is the one closest to exhaustion");
    const { count, answer } = await untilRefused(gate, bearer({ method, path }));
    assert.equal(count, units - 1);
    const wait = assertRefused(answer);
    assert.ok(wait <= seconds && Math.abs(wait - (seconds - (Date.now() / 1_000) % seconds)) < 2, `${wait} s`);
    assert.deepEqual(shown(answer).slice(0, 2), [units, 0]);
    assert.equal((await send(gate.url, bearer())).status, 200, "other requests pass");
    assert.equal((await send(gate.url, bearer({ method, path }, "ip-3"))).status, 200, "and other accounts");
  });
}

test("all that change an asset share one limit, whichever asset", async (t) => {
  const { gate } = await gated(t);
  for (let at = 0; at < 20; at++) assert.equal((await send(gate.url, bearer({ method: at % 2 ? "PUT" : "PATCH", path: `/assets/${at}` }))).status, 200);
  assert.equal((await send(gate.url, bearer({ method: "PUT", path: "/assets/other" }))).status, 429);
});

test("a customer that sleeps as the header says is refused and then let in, and the body says the same", { timeout }, async (t) => {
  const { gate } = await gated(t, { policy: short({ minute: 3 }, { minute: "3s" }) });
  const { statuses, pauses, told } = await customer("ipto", [`${gate.url}/licenses`, "ip-1"], async () => {
    await sleep(3_000 - (Date.now() % 3_000) + 50);
    assert.equal((await untilRefused(gate, bearer())).count, 3);
  });
  assert.deepEqual([statuses, pauses], [[429, 200], told]);
});
