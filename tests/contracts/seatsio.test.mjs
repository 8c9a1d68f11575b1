// What Seats.io publishes about its limits, in the order of its page: policies/seatsio.json.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { admin, ADMIN } from "../edge/support/admin.mjs";
import { crowd, json, send } from "../edge/support/client.mjs";
import { eventually, holding, watched } from "../edge/support/exchanges.mjs";
import { started } from "../edge/support/setup.mjs";
import { shipped } from "../edge/support/workerd.mjs";

const timeout = 20_000;
const KEYS = [
  { key: "acme-secret", account: "acme", tier: "paid" },
  { key: "acme-public", account: "acme", tier: "paid" },
  { key: "globex-secret", account: "globex", tier: "paid" },
  { key: "tried-secret", account: "tried", tier: "test" },
  { key: "tried-public", account: "tried", tier: "test" },
];

const basic = (key) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` });
const withKey = (key, method, path) => ({ method, path, headers: basic(key) });
const book = (key = "acme-secret") => withKey(key, "POST", "/events/e/actions/book");
const report = (key = "acme-secret") => withKey(key, "GET", "/reports/events/e");
const render = (key = "acme-public") => ({ path: `/system/public/${key}/rendering-info` });

const PRIORITY = [
  ["POST", "/events/e/actions/book"], ["POST", "/events/e/actions/hold"], ["POST", "/events/e/actions/release"],
  ["POST", "/events/e/actions/change-object-status"], ["POST", "/events/groups/actions/book"], ["POST", "/hold-tokens"],
  ["GET", "/hold-tokens/t"], ["GET", "/system/public/tried-public/rendering-info"],
];
const REGULAR = [["GET", "/reports/events/e"], ["POST", "/events"], ["GET", "/charts"], ["GET", "/workspaces"], ["GET", "/events/e"]];

/// The gate with this policy before an origin that holds its answers back, but to requests that ask for one `now`.
async function seatsio(t) {
  const isPriority = ({ url }) => /actions|public/.test(url);
  const watch = watched((request, response) => {
    if (request.url.endsWith("now")) response.end("ok");
    else watch.hold(response);
  }, (request) => (isPriority(request) ? "priority" : "regular"));
  const place = await started(t, { policy: shipped("seatsio"), keys: KEYS, handler: watch.handler });
  return { ...place, watch };
}

/// Sends requests at once to where answers are held back until all that are refused have been told so; the answers.
async function decided({ gate, watch }, requests, refused) {
  let told = 0;
  const answers = requests.map(async (request) => {
    const answer = await send(gate.url, request);
    told += 1;
    return answer;
  });
  await eventually(() => told >= refused, () => `only ${told} of ${refused} are refused`);
  // Whoever is still waiting for a slot would have been refused by then.
  await sleep(300);
  const open = [watch.lane("priority").open, watch.lane("regular").open];
  watch.free();
  return { answers: await Promise.all(answers), open };
}

const times = (count, request) => Array.from({ length: count }, () => request);
const passed = (answers) => answers.filter(({ status }) => status === 200).length;

test("of 130 requests at once 100 are in flight, the others get a 429", { timeout }, async (t) => {
  const place = await seatsio(t);
  const { answers, open } = await decided(place, times(130, book()), 30);
  assert.deepEqual([passed(answers), open, place.watch.lane("priority").most], [100, [100, 0], 100]);
  const denied = answers.filter(({ status }) => status !== 200);
  assert.equal(denied.length, 30);
  for (const answer of denied) {
    const id = answer.headers["x-headgate-request-id"];
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const message = "Rate limit exceeded";
    assert.equal(answer.status, 429);
    assert.deepEqual(json(answer), { errors: [{ code: "RATE_LIMIT_EXCEEDED", message }], messages: [message], requestId: id, status: 429 });
    const names = ["content-type", "retry-after", "x-headgate-reason", "cache-control"];
    assert.deepEqual(names.map((name) => answer.headers[name]), ["application/json", "1", "concurrency", "no-store"]);
  }
  assert.equal(new Set(denied.map((answer) => json(answer).requestId)).size, 30);
  await sleep(1_000);
  const again = await holding(place.gate, place.watch, 100, () => book(), "priority");
  place.watch.free();
  assert.equal(passed(await Promise.all(again)), 100, "a second later all are free");
});

test("both lanes fill at the same time, each to its own brim", { timeout }, async (t) => {
  const place = await seatsio(t);
  const { answers, open } = await decided(place, [...times(40, report()), ...times(130, book())], 60);
  assert.deepEqual([passed(answers.slice(0, 40)), passed(answers.slice(40))], [10, 100]);
  assert.deepEqual([open, place.watch.lane("priority").most, place.watch.lane("regular").most], [[100, 10], 100, 10]);
});

test("an account in the tier for tests has ten slots in each lane", { timeout }, async (t) => {
  const place = await seatsio(t);
  const { answers, open } = await decided(place, [...times(15, book("tried-secret")), ...times(15, report("tried-secret"))], 10);
  assert.deepEqual([passed(answers), open], [20, [10, 10]]);
});

test("the secret key and the public one in the path share their account's lane", { timeout }, async (t) => {
  const place = await seatsio(t);
  const mixed = Array.from({ length: 130 }, (_, n) => (n % 2 ? book() : render()));
  const { answers, open } = await decided(place, mixed, 30);
  assert.deepEqual([passed(answers), open], [100, [100, 0]]);
});

test("accounts have lanes of their own", { timeout }, async (t) => {
  const { gate, watch } = await seatsio(t);
  const held = await holding(gate, watch, 10, () => report(), "regular");
  assert.equal((await send(gate.url, report())).status, 429);
  assert.equal((await send(gate.url, withKey("globex-secret", "GET", "/reports/now"))).status, 200);
  watch.free();
  await Promise.all(held);
});

test("keys of two accounts in one request are a 400, and take no slot", { timeout }, async (t) => {
  const { gate, origin } = await seatsio(t);
  const answer = await send(gate.url, { ...render(), headers: basic("globex-secret") });
  assert.deepEqual([answer.status, json(answer).status, json(answer).errors[0].code], [400, 400, "GENERAL_ERROR"]);
  assert.equal(origin.seen.length, 0);
});

for (const [full, fill, refused, passing] of [["priority", book, PRIORITY, REGULAR], ["regular", report, REGULAR, PRIORITY]]) {
  test(`while the ${full} lane is full its paths are refused and those of the other pass`, { timeout }, async (t) => {
    const { gate, watch } = await seatsio(t);
    const held = await holding(gate, watch, 10, () => fill("tried-secret"), full);
    const asked = async ([method, path]) => {
      const headers = path.includes("public") ? {} : basic("tried-secret");
      const answer = await send(gate.url, { method, path: `${path}?now`, headers });
      return `${method} ${path}: ${answer.status}`;
    };
    const expected = [...refused.map((route) => `${route.join(" ")}: 429`), ...passing.map((route) => `${route.join(" ")}: 200`)];
    assert.deepEqual(await Promise.all([...refused, ...passing].map(asked)), expected);
    watch.free();
    assert.equal(passed(await Promise.all(held)), 10);
  });
}

test("hundreds of fast calls per second are no matter, as long as there are no more than 100 at a time", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: shipped("seatsio"), keys: KEYS });
  const before = Date.now();
  const answers = await crowd(gate.url, { clients: 40, total: 800, request: () => book() });
  t.diagnostic(`${Math.round(800_000 / (Date.now() - before))} calls per second`);
  assert.equal(passed(answers), 800);
});

/// What an SDK does with a 429: it tries again after 0.4, 0.8, 1.6, 3.2 and 6.4 seconds, whatever the headers say.
async function retrying(gate, request) {
  for (let tries = 0, statuses = []; ; tries++) {
    const answer = await send(gate.url, request);
    statuses.push(answer.status);
    if (answer.status !== 429 || tries === 5) return { answer, statuses };
    await sleep(100 * 2 ** (tries + 2));
  }
}

test("a client that retries like the SDKs gets through once there is room", { timeout }, async (t) => {
  const { gate, watch } = await seatsio(t);
  const held = await holding(gate, watch, 10, () => report(), "regular");
  setTimeout(() => watch.free(), 1_300);
  const { answer, statuses } = await retrying(gate, withKey("acme-secret", "GET", "/reports/now"));
  assert.deepEqual([statuses[0], statuses.at(-1), answer.text], [429, 200, "ok"]);
  await Promise.all(held);
});

test("a client that retries like the SDKs finds what their errors are made of when it gives up", { timeout }, async (t) => {
  const { gate, watch } = await seatsio(t);
  const held = await holding(gate, watch, 10, () => report(), "regular");
  const answer = await send(gate.url, report());
  const body = json(answer);
  // Go indexes the first error, Python reads both keys, Java and .NET look into JSON only.
  assert.deepEqual([answer.headers["content-type"], body.errors[0].code, typeof body.requestId], ["application/json", "RATE_LIMIT_EXCEEDED", "string"]);
  watch.free();
  await Promise.all(held);
});

const FOR_SALE = ["edit-for-sale-config", "mark-as-for-sale", "mark-as-not-for-sale", "mark-everything-as-for-sale", "mark-everything-as-not-for-sale"];
const forSale = (event, action = FOR_SALE[0], key = "acme-secret") => withKey(key, "POST", `/events/${event}/actions/${action}`);

test("an event's for-sale configuration is changed ten times a day, by whichever call", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: shipped("seatsio"), keys: KEYS });
  for (let at = 0; at < 10; at++) assert.equal((await send(gate.url, forSale("one", FOR_SALE[at % 5]))).status, 200);
  for (const action of FOR_SALE) {
    const answer = await send(gate.url, forSale("one", action));
    const untilMidnight = 86_400 - (Math.floor(Date.now() / 1_000) % 86_400);
    assert.equal(answer.status, 429);
    assert.ok(Math.abs(Number(answer.headers["retry-after"]) - untilMidnight) <= 2, `${answer.headers["retry-after"]} and ${untilMidnight}`);
    assert.equal(json(answer).errors[0].code, "RATE_LIMIT_EXCEEDED");
  }
});

test("other events, other calls and other accounts are not touched by that", { timeout }, async (t) => {
  const { gate } = await started(t, { policy: shipped("seatsio"), keys: KEYS });
  for (let at = 0; at < 11; at++) await send(gate.url, forSale("one"));
  for (const request of [forSale("two"), forSale("One"), book(), report(), forSale("one", FOR_SALE[0], "globex-secret")]) {
    assert.equal((await send(gate.url, request)).status, 200, request.path);
  }
});

test("an account is suspended until a set time: 403, and nothing is spent", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: shipped("seatsio"), keys: KEYS, vars: { ADMIN_TOKEN: ADMIN } });
  const until = Math.ceil(Date.now() / 1_000) + 2;
  await admin(gate, "PUT", "acme/suspension", { until });
  for (let at = 0; at < 12; at++) {
    const answer = await send(gate.url, forSale("one"));
    assert.deepEqual([answer.status, json(answer).status, json(answer).requestId], [403, 403, answer.headers["x-headgate-request-id"]]);
  }
  assert.equal(origin.seen.length, 0);
  await sleep(until * 1_000 - Date.now());
  for (let at = 0; at < 10; at++) assert.equal((await send(gate.url, forSale("one"))).status, 200);
});
