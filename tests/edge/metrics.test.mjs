// What all isolates have decided, gathered by collectors: the overview, and what Prometheus reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, READER, TOKENS } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { limitedTo, started, withKey } from "./support/setup.mjs";

const timeout = 60_000;
const get = (gate, what) => ask(gate, "GET", what, undefined, READER);
const times = async (count, call) => { for (let at = 0; at < count; at++) await call(); };

const sum = (counts) => counts.reduce((sum, count) => sum + count, 0);

/// Asks until what comes back is as it should be.
async function until(ask, isRight) {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await sleep(50);
  }
}

/// Prometheus' text format, read strictly: each family has its help and type before its samples, in one place.
function read(text) {
  assert.ok(text.endsWith("\n"));
  const families = new Map();
  let family;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, name, rest] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      assert.ok(!families.has(name), `${name} stands in one place`);
      family = { name, help: rest, samples: new Map() };
      families.set(name, family);
    } else if (kind === "TYPE") {
      assert.equal(name, family.name);
      assert.equal(family.samples.size, 0);
      family.type = rest;
    } else {
      const [, sample, labels, value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\} ([0-9]+)$/.exec(line) ?? assert.fail(line);
      assert.equal(sample, family.name);
      assert.ok(!family.samples.has(labels), `${line} is there twice`);
      family.samples.set(labels, Number(value));
    }
  }
  for (const { name, type } of families.values()) assert.deepEqual([type, name.endsWith("_total")], ["counter", true]);
  return families;
}

test("the overview adds up what was decided, by reason and by account, and Prometheus reads the same", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(30, "7d", { deny_cache: "0ms" }), vars: TOKENS });
  const nothing = await get(gate, "overview");
  assert.deepEqual([nothing.status, json(nothing).totals.admitted, json(nothing).accounts], [200, 0, []]);
  // The first report is due as soon as there is half of enough.
  await times(25, () => send(gate.url, withKey("acme-1")));
  const first = json(await until(() => get(gate, "overview"), (answer) => json(answer).totals.admitted > 0));
  const metrics = await get(gate, "metrics");
  assert.equal(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  const families = read(metrics.text);
  const requests = families.get("headgate_requests_total").samples;
  assert.deepEqual(Object.fromEntries(requests), { "outcome=\"admitted\"": first.totals.admitted, "outcome=\"denied\"": 0 });
  await times(10, () => send(gate.url, withKey("acme-1")));
  await times(5, () => send(gate.url, withKey("nobody's")));
  // The next after two hundred, eight seconds later.
  await times(160, () => send(gate.url, withKey("globex-1")));
  const after = async () => {
    await times(3, () => send(gate.url, withKey("globex-1")));
    return get(gate, "overview");
  };
  const { totals, minutes, accounts, now } = json(await until(after, (answer) => json(answer).totals.denied.quota > 0));
  const denied = sum(Object.values(totals.denied));
  assert.ok(totals.admitted >= 30 && totals.denied.quota >= 5 && totals.denied.unauthenticated === 5, JSON.stringify(totals));
  assert.deepEqual(["admitted", "denied", "degraded"].map((what) => sum(minutes.map((minute) => minute[what]))), [totals.admitted, denied, 0]);
  assert.ok(minutes.every(({ at }) => at % 60_000 === 0 && Math.abs(now - at) < 600_000));
  const of = (name) => accounts.find(({ account }) => account === name);
  assert.deepEqual(of("acme"), { account: "acme", requests: 35, denied: 5, nearest: { limit: "minute", used_percent: 100 } });
  assert.ok(of("globex").requests >= 3);
  const later = read((await get(gate, "metrics")).text);
  const before = (name) => [...later.get(name).samples].every(([labels, count]) => count >= families.get(name).samples.get(labels));
  assert.ok([...later.keys()].every(before), "nothing goes back");
  assert.deepEqual(later.get("headgate_denied_total").samples.size, Object.keys(totals.denied).length);
  assert.equal(families.get("headgate_degraded_total").samples.size, 5);
  assert.doesNotMatch(metrics.text + JSON.stringify(accounts), /nobody|acme-1/, "no key is told");
});

const WRITING = `import gate from "./worker.js";
export { AccountObject, ShardObject, CollectorObject } from "./worker.js";
const points = [];
const ANALYTICS = { writeDataPoint: (point) => { points.push(point); } };
export default {
  fetch: (request, env, context) => request.url.endsWith("/points") ? Response.json(points) : gate.fetch(request, { ...env, ANALYTICS }, context),
};`;

test("where a dataset of Analytics Engine is bound, a report is a few points", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(30, "7d"), vars: TOKENS, wrapper: WRITING });
  await times(25, () => send(gate.url, withKey("acme-1")));
  const written = json(await until(() => send(gate.url, { path: "/points" }), (answer) => answer.text !== "[]"));
  const { totals } = json(await until(() => get(gate, "overview"), (answer) => json(answer).totals.admitted > 0));
  assert.deepEqual(written, [
    { indexes: ["requests"], blobs: ["requests", "admitted"], doubles: [totals.admitted] },
    { indexes: ["acme"], blobs: ["account", "acme"], doubles: [totals.admitted, 0, Math.floor((totals.admitted / 30) * 100)] },
  ]);
});

test("with LOG_DENIALS each denial is a line without key, address or account, and a flood of them is not", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(1, "7d"), vars: { ...TOKENS, LOG_DENIALS: "on" } });
  await send(gate.url, withKey("acme-1"));
  const refused = await send(gate.url, withKey("acme-1", { headers: { "cf-connecting-ip": "203.0.113.7" } }));
  const [line] = (await gate.logged("\"denied\":\"quota\"")).map((text) => JSON.parse(text.slice(text.indexOf("{"))));
  const { object, wait_ms: wait, ...rest } = line;
  const id = refused.headers["x-headgate-request-id"];
  assert.deepEqual(rest, { level: "info", denied: "quota", degraded: null, tier: "standard", limit: "minute", request_id: id, left_out: 0 });
  assert.match(object, /^[0-9a-f]{32,}$/);
  assert.ok(wait > 86_400_000);
  await Promise.all(Array.from({ length: 200 }, () => send(gate.url, withKey("acme-1"))));
  assert.doesNotMatch(gate.log, /acme|203\.0\.113/);
  const told = async () => {
    await send(gate.url, withKey("acme-1"));
    const lines = (await gate.logged("\"denied\":\"quota\"")).map((text) => JSON.parse(text.slice(text.indexOf("{"))));
    return { lines: lines.length, all: lines.reduce((sum, { left_out: left }) => sum + 1 + left, 0) };
  };
  const { lines, all } = await until(told, ({ all }) => all >= 201);
  assert.ok(lines < 201, `${lines} lines for ${all} denials`);
});

test("without LOG_DENIALS no denial is logged", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(1, "7d") });
  for (let call = 0; call < 3; call++) await send(gate.url, withKey("acme-1"));
  assert.doesNotMatch(gate.log, /denied/);
});

const FAILING = `import gate, { CollectorObject as Collector } from "./worker.js";
export { AccountObject, ShardObject } from "./worker.js";
let isBroken = true;
export class CollectorObject extends Collector {
  answer(message) {
    if (isBroken) throw new Error("no collector is there");
    return super.answer(message);
  }
}
export default {
  fetch(request, env, context) {
    if (!request.url.endsWith("/mend")) return gate.fetch(request, env, context);
    isBroken = false;
    return new Response("mended");
  },
};`;

test("while collectors do not answer requests do not notice, and what was decided is told later", { timeout: 120_000 }, async (t) => {
  const { gate } = await started(t, { policy: limitedTo(1_000, "7d"), vars: TOKENS, wrapper: FAILING });
  const request = () => send(gate.url, withKey("acme-1"));
  for (let call = 0; call < 25; call++) assert.equal((await request()).status, 200);
  await gate.logged("\"part\":\"collector\"");
  for (const what of ["overview", "metrics", "events"]) assert.equal((await get(gate, what)).status, 503);
  await send(gate.url, { path: "/mend" });
  for (let call = 0; call < 200; call++) assert.equal((await request()).status, 200);
  const after = async () => {
    await request();
    return get(gate, "overview");
  };
  const { totals } = json(await until(after, (answer) => json(answer).totals.admitted > 0));
  assert.ok(totals.admitted > 200, JSON.stringify(totals));
});
