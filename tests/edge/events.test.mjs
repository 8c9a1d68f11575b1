// Events, told to a receiver that verifies them as its users would, with the library of Standard Webhooks.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { admin, ADMIN, ask, READER } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { startReceiver, webhookKey } from "./support/receiver.mjs";
import { acme, limitedTo, started } from "./support/setup.mjs";

const timeout = 60_000;
const KEY = webhookKey();

/// A gate that tells a receiver, under a limit of ten in a window of the clock.
async function told(t, { policy, vars, keys = [KEY] } = {}) {
  const receiver = await startReceiver(t, keys);
  const events = { WEBHOOK_URL: receiver.url, WEBHOOK_KEY: KEY, ADMIN_TOKEN: ADMIN, ADMIN_READ_TOKEN: READER };
  const { gate } = await started(t, { policy: policy ?? ten(), vars: { ...events, ...vars } });
  return { gate, receiver };
}

/// Ten a day, of which four fifths and all are told.
function ten(fields = { alerts: {} }) {
  const policy = limitedTo(10, "1d", fields);
  policy.tiers.standard.limits = [{ name: "minute", algorithm: "fixed-window", units: 10, window: "1d" },
    { name: "hour", algorithm: "token-bucket", units: 10_000, window: "7d" }];
  return policy;
}

async function spend(gate, times) {
  const statuses = [];
  for (let n = 0; n < times; n++) statuses.push((await send(gate.url, acme())).status);
  return statuses;
}

const thresholds = (receiver) => receiver.got.map(({ data }) => data.percent);

test("four fifths of a limit and all of it are told once each, signed, while requests go on", { timeout }, async (t) => {
  const { gate, receiver } = await told(t);
  assert.deepEqual(await spend(gate, 13), [...Array(10).fill(200), 429, 429, 429]);
  await receiver.has(2);
  await sleep(1_000);
  assert.deepEqual(thresholds(receiver), [80, 100]);
  const [{ type, timestamp, data }] = receiver.got;
  assert.equal(type, "limit.reached");
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 20_000, timestamp);
  assert.deepEqual(data, { account: "acme", limit: "minute", kind: "rate", percent: 80, used: 8, of: 10 });
  assert.equal(receiver.refused, 0);
  assert.equal(new Set(receiver.ids).size, 2);
  assert.deepEqual(json(await admin(gate, "GET", "acme/events")), { waiting: [], given_up: [], lost: 0 });
});

test("what waits survives a crash and is sent once the receiver is back, nothing twice", { timeout }, async (t) => {
  const { gate, receiver } = await told(t);
  receiver.status = 503;
  await spend(gate, 11);
  while (receiver.attempts === 0) await sleep(20);
  const { waiting } = json(await admin(gate, "GET", "acme/events"));
  assert.deepEqual(waiting.map(({ type }) => type), ["limit.reached", "limit.reached"]);
  await gate.kill();
  receiver.status = 204;
  await gate.start();
  // The alarm of the object comes by itself; nobody sends a request.
  await receiver.has(2);
  assert.deepEqual(thresholds(receiver), [80, 100]);
  await spend(gate, 3);
  await sleep(500);
  assert.equal(receiver.got.length, 2);
});

test("a suspension and its end are told, also while the account may not do anything", { timeout }, async (t) => {
  const { gate, receiver } = await told(t, { policy: ten({}) });
  await admin(gate, "PUT", "acme/suspension", { until: 4e9, reason: "Unpaid." });
  assert.deepEqual(await spend(gate, 2), [403, 403]);
  await admin(gate, "DELETE", "acme/suspension");
  await receiver.has(2);
  assert.deepEqual(receiver.got.map(({ type, data }) => [type, data]), [
    ["account.suspended", { account: "acme", until: "2096-10-02T07:06:40Z", reason: "Unpaid." }],
    ["account.resumed", { account: "acme" }],
  ]);
});

test("while keys are changed a receiver that knows either of them believes it", { timeout }, async (t) => {
  const former = webhookKey();
  for (const known of [KEY, former]) {
    const { gate, receiver } = await told(t, { keys: [known], vars: { WEBHOOK_FORMER_KEY: former } });
    assert.equal(json(await ask(gate, "POST", "events/test")).taken, true);
    assert.deepEqual(receiver.got.map(({ type }) => type), ["test"]);
  }
  const { gate, receiver } = await told(t, { keys: [former] });
  assert.equal(json(await ask(gate, "POST", "events/test")).taken, false);
  assert.equal(receiver.refused, 1);
});

test("a redirect is not followed, and who answers 410 is not asked again", { timeout }, async (t) => {
  const { gate, receiver } = await told(t);
  receiver.status = 307;
  assert.equal(json(await ask(gate, "POST", "events/test")).taken, false);
  receiver.status = 410;
  await admin(gate, "PUT", "acme/suspension", { until: 4e9 });
  while (receiver.attempts < 2) await sleep(20);
  await sleep(200);
  const events = json(await admin(gate, "GET", "acme/events"));
  assert.deepEqual([events.waiting, events.given_up.map(({ type }) => type)], [[], ["account.suspended"]]);
  receiver.status = 204;
  await admin(gate, "POST", "acme/events");
  await receiver.has(1);
});

test("a receiver that never answers holds up no request", { timeout }, async (t) => {
  const { gate, receiver } = await told(t);
  receiver.status = undefined;
  assert.deepEqual(await spend(gate, 11), [...Array(10).fill(200), 429]);
  assert.equal(receiver.attempts, 1, "one at a time");
});

test("without a receiver, or with one that is not right, decisions go on, and a test says why nobody is told", { timeout }, async (t) => {
  const URL = "https://hooks.example.com/";
  const short = `whsec_${randomBytes(8).toString("base64")}`;
  const wrong = [
    [{}, "WEBHOOK_URL: not set"],
    [{ WEBHOOK_URL: "http://hooks.example.com/", WEBHOOK_KEY: KEY }, "WEBHOOK_URL: found"],
    [{ WEBHOOK_URL: URL }, "WEBHOOK_KEY: the secret is not set"],
    ...["a secret", KEY.slice("whsec_".length), `${KEY}!`, short].map((key) => [{ WEBHOOK_URL: URL, WEBHOOK_KEY: key }, "WEBHOOK_KEY: allowed is whsec_"]),
    [{ WEBHOOK_URL: URL, WEBHOOK_KEY: KEY, WEBHOOK_FORMER_KEY: short }, "WEBHOOK_FORMER_KEY: allowed is whsec_"],
  ];
  for (const [vars, problem] of wrong) {
    const { gate } = await started(t, { policy: ten(), vars: { ADMIN_TOKEN: ADMIN, ...vars } });
    assert.deepEqual(await spend(gate, 11), [...Array(10).fill(200), 429], problem);
    const { status, text } = await ask(gate, "POST", "events/test");
    const { code, message } = JSON.parse(text).error;
    assert.deepEqual([status, code, message.startsWith(problem)], [409, "no_receiver", true], message);
    if (vars.WEBHOOK_URL) await gate.logged(problem);
    for (const key of Object.values(vars).filter((value) => value !== vars.WEBHOOK_URL)) assert.ok(!(gate.log + text).includes(key), "no key is told");
  }
});

test("what waits for a receiver whose key is not right is sent once it is", { timeout }, async (t) => {
  const { gate, receiver } = await told(t, { vars: { WEBHOOK_KEY: "whsec_wrong" } });
  assert.deepEqual(await spend(gate, 11), [...Array(10).fill(200), 429]);
  await gate.logged("events wait to be told");
  const { waiting } = json(await admin(gate, "GET", "acme/events"));
  assert.deepEqual(waiting.map(({ type }) => type), ["limit.reached", "limit.reached"]);
  assert.equal(receiver.attempts, 0);
  await gate.kill();
  const config = join(gate.folder, "config.capnp");
  writeFileSync(config, readFileSync(config, "utf8").replace("whsec_wrong", KEY));
  await gate.start();
  await receiver.has(2);
  assert.deepEqual(thresholds(receiver), [80, 100]);
});
