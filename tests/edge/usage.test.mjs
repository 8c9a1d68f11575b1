// What an account has used: by day, for whoever bills it, and lately, for whoever looks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { admin, READER, TOKENS } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { acme, limitedTo, started, withKey } from "./support/setup.mjs";

const timeout = 60_000;
const get = (gate, what) => admin(gate, "GET", what, undefined, READER);
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const sum = (counts) => counts.reduce((sum, count) => sum + count, 0);

test("what passed and what was refused is counted by minute, hour and day, also what an isolate refused by itself", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(3, "30m"), vars: TOKENS });
  const began = Date.now();
  for (let call = 0; call < 8; call++) await send(gate.url, acme());
  // Whatever the isolate has repeated it tells with an ask that goes out: one on another route is none that it knows.
  await send(gate.url, acme({ method: "HEAD" }));
  await send(gate.url, acme({ path: "/v1/billing/summary" }));
  const history = json(await get(gate, "acme/history"));
  for (const uses of [history.minutes, history.hours]) {
    assert.deepEqual(["admitted", "units"].map((what) => sum(uses.map((use) => use[what]))), [3, 3]);
    assert.ok(sum(uses.map(({ denied }) => denied)) >= 6, JSON.stringify(uses));
  }
  const answer = await get(gate, "acme/usage");
  const { from, to, days } = json(answer);
  assert.deepEqual([days.length, days[0].day, days.at(-1).day], [35, from, to]);
  assert.ok([day(began), day(Date.now())].includes(to));
  assert.equal(sum(days.map(({ admitted }) => admitted)), 3);
  const denied = sum(days.map((it) => it.denied.quota));
  assert.equal(denied, sum(days.map((it) => it.denied_by.minute ?? 0)));
  assert.equal(denied, sum(history.hours.map((it) => it.denied)));
});

test("a report is of the days that are asked for, as JSON or CSV", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: TOKENS });
  await send(gate.url, acme());
  const now = Date.now();
  const span = `from=${day(now - 2 * 86_400_000)}&to=${day(now + 86_400_000)}`;
  const { days } = json(await get(gate, `acme/usage?${span}`));
  assert.ok([3, 4].includes(days.length));
  assert.equal(sum(days.map(({ admitted }) => admitted)), 1);
  const csv = await get(gate, `acme/usage?${span}&format=csv`);
  assert.equal(csv.headers["content-type"], "text/csv; charset=utf-8; header=present");
  assert.ok(csv.text.endsWith("\r\n"));
  const [names, ...lines] = csv.text.split("\r\n").slice(0, -1);
  assert.equal(names, "day,admitted,units,denied,quota,concurrency,never,payment_required,suspended,revoked");
  assert.ok(lines.length >= days.length);
  assert.ok(lines.some((line) => line === `${day(now)},1,1,0,0,0,0,0,0,0` || line === `${day(Date.now())},1,1,0,0,0,0,0,0,0`));
  const none = json(await get(gate, "acme/usage?from=1999-01-01&to=1999-12-31"));
  assert.deepEqual(none, { from: null, to: null, days: [] });
});

test("what is no day is told where it stands and what is allowed", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: TOKENS });
  const wrong = [
    ["from=yesterday", "from: found \"yesterday\", allowed: a day of UTC"], ["to=2026-02-29", "to: found \"2026-02-29\", allowed: a day of UTC"],
    ["from=", "from: found \"\", allowed: a day of UTC"], ["from=2026-10-02&to=2026-10-01", "to: found \"2026-10-01\", allowed: a day from 2026-10-02 on"],
    ["format=xml", "format: found \"xml\", allowed: json, csv"], ["until=2026-10-01", "the query: allowed is from, to, format"],
  ];
  for (const [query, message] of wrong) {
    const answer = await get(gate, `acme/usage?${query}`);
    assert.deepEqual([answer.status, json(answer).error.code], [400, "malformed"], query);
    assert.ok(json(answer).error.message.startsWith(message), json(answer).error.message);
  }
  assert.equal((await admin(gate, "PUT", "acme/usage", {})).headers.allow, "GET");
});

test("whoever asks is told where all limits stand, spends nothing, and the origin does not hear of it", { timeout }, async (t) => {
  const policy = limitedTo(3, "30m");
  policy.tiers.standard.limits.push({ name: "exports", algorithm: "concurrency", slots: 2, lease: "1m" });
  policy.routes = [{ methods: ["GET"], path: "/v1/rate_limit", answer: "standings" }, { path: "/v1/exports", lane: "exports" }];
  const { gate, origin } = await started(t, { policy, vars: TOKENS });
  const view = (key = "acme-1") => send(gate.url, withKey(key, { path: "/v1/rate_limit" }));
  const remaining = async () => json(await view()).limits.map((limit) => limit.remaining);
  for (let call = 0; call < 5; call++) assert.deepEqual(await remaining(), [3, 10_000]);
  const { limits, lanes, caps } = json(await view());
  assert.deepEqual(limits[0], { limit: "minute", units: 3, remaining: 3, window: 1_800, reset_after: 0, full_after: 0 });
  assert.deepEqual([lanes, caps], [[{ lane: "exports", slots: 2, free: 2 }], []]);
  for (let call = 0; call < 5; call++) await send(gate.url, acme());
  assert.deepEqual(await remaining(), [0, 9_997], "also while the isolate repeats denials");
  const answer = await view("acme-2");
  assert.deepEqual([answer.status, answer.headers["content-type"], answer.headers["cache-control"]], [200, "application/json", "no-store"]);
  assert.equal(answer.headers["x-ratelimit-remaining-minute"], "0");
  const { reset_after: next, full_after: full } = json(answer).limits[0];
  assert.ok(next > 500 && next <= 600 && full > 1_700 && full <= 1_800, answer.text);
  assert.equal((await view("nobody's")).status, 401);
  assert.deepEqual(origin.seen.map(({ url }) => url), Array(3).fill("/v1/events"));
  const { days } = json(await get(gate, "acme/usage"));
  assert.equal(sum(days.map(({ admitted }) => admitted)), 3, "what only looks is not counted");
});
