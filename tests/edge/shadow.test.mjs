// Shadow limits on the real runtime: nobody is denied, what they would deny is counted, and those see it who are to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { admin, ADMIN, ask } from "./support/admin.mjs";
import { bytesOf, json, send } from "./support/client.mjs";
import { begun, eventually, watched } from "./support/exchanges.mjs";
import { acme, KEYS, started, withKey } from "./support/setup.mjs";
import { callsGo, UNAVAILABLE } from "./support/unavailable.mjs";
import { kvEntries } from "./support/workerd.mjs";

const timeout = 60_000;
const keys = KEYS.map((entry) => (entry.key === "acme-2" ? { ...entry, shows_would_deny: true } : entry));
const shown = (request) => withKey("acme-2", request);
const told = ({ headers }) => headers["x-headgate-would-deny"];

const policyOf = (limits, rest = {}) => ({ version: 1, credential: ["x-api-key"], deny_cache: "0s", tiers: { standard: { limits } }, ...rest });
const rate = (name, units, rest = {}) => ({ name, algorithm: "sliding-log", units, window: "1h", ...rest });
const lane = { name: "lane", algorithm: "concurrency", slots: 1, lease: "2s", shadow: true };
const inLane = { routes: [{ path: "/**", lane: "lane" }] };

const begin = (t, policy, rest = {}) => started(t, { policy, keys, vars: { ADMIN_TOKEN: ADMIN }, ...rest });
const look = async (gate) => json(await admin(gate, "GET", "acme"));
const wouldDeny = async (gate) => Object.fromEntries((await look(gate)).would_deny.map(({ limit, requests }) => [limit, requests]));

test("nobody is denied by a shadow limit, and only those see it whose key says so", { timeout }, async (t) => {
  const { gate, origin } = await begin(t, policyOf([rate("hour", 5), rate("minute", 2, { shadow: true })]));
  const answers = [];
  for (let call = 0; call < 6; call++) answers.push(await send(gate.url, call % 2 ? shown() : acme()));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200, 429]);
  assert.deepEqual(answers.map(told), [undefined, undefined, undefined, "minute", undefined, undefined]);
  for (const { headers, text } of answers) assert.doesNotMatch(`${headers.ratelimit} ${headers["ratelimit-policy"]} ${text}`, /minute/);
  assert.equal(origin.seen.length, 5);
  const { limits, would_deny: counts } = await look(gate);
  assert.deepEqual(counts, [{ limit: "minute", requests: 3 }]);
  assert.deepEqual(limits.map(({ limit, shadow, remaining }) => [limit, shadow, remaining]), [["hour", false, 0], ["minute", true, 0]]);
});

test("a page may read what shadow limits would deny where its key is told of it", { timeout }, async (t) => {
  const { gate } = await begin(t, policyOf([rate("minute", 1, { shadow: true })], { cors: { origins: ["*"] } }));
  const exposes = async (request) => {
    const { headers } = await send(gate.url, { ...request, headers: { ...request.headers, Origin: "https://app.example.com" } });
    return headers["access-control-expose-headers"].split(", ").includes("X-Headgate-Would-Deny");
  };
  assert.equal(await exposes(shown()), false, "there is nothing to read");
  assert.equal(await exposes(shown()), true);
  assert.equal(await exposes(acme()), false, "nobody else hears of it");
});

test("what was used and counted is still there after a restart, and used when the limit is enforced", { timeout }, async (t) => {
  const { gate } = await begin(t, policyOf([rate("minute", 3, { shadow: true })]));
  for (let call = 0; call < 4; call++) assert.equal((await send(gate.url, acme())).status, 200);
  await sleep(1_500);
  await gate.kill();
  await gate.start();
  assert.deepEqual(await wouldDeny(gate), { minute: 1 });
  assert.equal(told(await send(gate.url, shown())), "minute");
  gate.entries = kvEntries(policyOf([rate("minute", 3)], { version: 2 }), keys);
  await gate.kill();
  await gate.start();
  assert.equal((await send(gate.url, acme())).status, 429);
});

test("a shadow lane lets all in at once, says who would have been one too many, and counts whose exchange is open", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await begin(t, policyOf([lane], inLane), { handler: watch.handler });
  const first = await begun(gate, watch, shown());
  const second = await begun(gate, watch, shown());
  watch.free((response) => response.end("ok"));
  for (const [{ answer }, expected] of [[first, undefined], [second, "lane"]]) {
    const response = await answer;
    assert.deepEqual([response.statusCode, told(response), (await bytesOf(response)).toString()], [200, expected, "ok"]);
  }
  assert.deepEqual(await wouldDeny(gate), { lane: 1 });
  await sleep(500);
  assert.equal(told(await send(gate.url, shown({ path: "/probe" }))), undefined, "the slot is free");
});

test("an exchange in a shadow lane outlasts its lease, also where that cannot be renewed", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await begin(t, policyOf([lane], inLane), { handler: watch.handler, wrapper: UNAVAILABLE });
  const { answer } = await begun(gate, watch, shown());
  const [origin] = watch.free((response) => response.write("first"));
  const response = await answer;
  await sleep(3_000);
  assert.equal((await look(gate)).leases.length, 1, "it is renewed");
  await callsGo(gate, "throw");
  await sleep(4_000);
  assert.equal(watch.lane().open, 1);
  await callsGo(gate, "well");
  origin.end(", last");
  assert.equal((await bytesOf(response)).toString(), "first, last");
  await eventually(() => watch.lane().open === 0, () => "it is still open");
});

test("units that are given back by hand can be spent once more, and a refund that is said twice is one", { timeout }, async (t) => {
  const { gate } = await begin(t, policyOf([rate("minute", 3)]));
  const statuses = async () => {
    const found = [];
    while (found.at(-1) !== 429) found.push((await send(gate.url, acme())).status);
    return found.length - 1;
  };
  assert.equal(await statuses(), 3);
  for (let said = 0; said < 2; said++) {
    const answer = await admin(gate, "POST", "acme/usage/minute/refund", { units: 2, id: "ticket-1" });
    assert.deepEqual([answer.status, json(answer)], [200, { limit: "minute", given_back: 2 }]);
  }
  assert.equal(await statuses(), 2);
  const [entry] = json(await ask(gate, "GET", "audit")).entries;
  assert.deepEqual([entry.what, entry.where, entry.detail], ["POST", "accounts/acme/usage/minute/refund", "units 2"]);
});
