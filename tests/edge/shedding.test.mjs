// An object that is asked more than it can decide: what it decides passes, the rest is refused without asking it.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { json, send } from "./support/client.mjs";
import { watched } from "./support/exchanges.mjs";
import { acme, lanedTo, limitedTo, started, withKey } from "./support/setup.mjs";
import { asks, callsGo, UNAVAILABLE } from "./support/unavailable.mjs";

const timeout = 120_000;
const CLIENTS = 64;

const mark = (answer) => answer.headers["x-headgate-degraded"];

/// Starts a gate whose objects decide fifty asks a second.
async function slow(t, policy, rest) {
  const { gate, origin } = await started(t, { policy, wrapper: UNAVAILABLE, ...rest });
  await callsGo(gate, "slow");
  return { gate, origin };
}

const limited = (units, fields) => limitedTo(units, "7d", { decision_timeout: "1s", ...fields });

/// Clients that ask again as soon as they are answered, or a moment after that was a 503, until one is answered so that
/// `isOver`; all answers.
async function overload(gate, isOver, request = acme) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const answers = [];
  let over = false;
  const client = async () => {
    while (!over) {
      const answer = await send(gate.url, request({ agent }));
      answers.push(answer);
      over ||= isOver(answer);
      if (isRefused(answer)) await sleep(25);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return answers;
}

/// Says of the so manyth answer for which something is so that it is over.
const after = (times, isSo) => (answer) => isSo(answer) && --times <= 0;

const isRefused = ({ status }) => status === 503;

const count = (answers, status) => answers.filter((answer) => answer.status === status).length;

test("of what an overloaded object decides most passes, and nothing beyond the limit", { timeout }, async (t) => {
  const { gate, origin } = await slow(t, limited(400));
  const answers = await overload(gate, ({ status }) => status === 429);
  const asked = (await asks(gate)).length;
  t.diagnostic(`${origin.seen.length} of 400 passed, ${asked} were asked for, ${count(answers, 503)} refused`);
  assert.ok(origin.seen.length >= 200, `${origin.seen.length} of 400 units have passed`);
  assert.ok(origin.seen.length <= 400);
});

test("meanwhile others are served, and when the load has ended the account is at once", { timeout }, async (t) => {
  const { gate, origin } = await slow(t, limited(10_000));
  let over = false;
  const others = (async () => {
    const statuses = [];
    while (!over) statuses.push((await send(gate.url, withKey("globex-1"))).status);
    return statuses;
  })();
  const began = Date.now();
  const answers = await overload(gate, after(2_000, isRefused));
  over = true;
  const back = await send(gate.url, acme());
  const most = 1 + Math.floor((Date.now() - began) / 10_000);
  const statuses = await others;
  assert.deepEqual([back.status, mark(back)], [200, undefined]);
  assert.ok(statuses.length > 1 && statuses.every((status) => status === 200), `${statuses}`);
  assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [200, 503]);
  assert.deepEqual([...new Set(answers.filter(isRefused).map((answer) => `${json(answer).error.code} ${mark(answer)}`))], ["unavailable undefined"]);
  assert.equal(origin.seen.length, count(answers, 200) + statuses.length + 1);
  const told = (await gate.logged("overloaded: it is not asked")).filter((line) => line.includes('"mode":"deny"'));
  assert.ok(told.length >= 1 && told.length <= most, `${told.length} lines`);
});

for (const [mode, marked] of [["allow", "object"], ["local", "local"]]) {
  test(`where the policy says so, requests that an overloaded object is not asked for pass, and say so (${mode})`, { timeout }, async (t) => {
    const { gate } = await slow(t, limited(10_000, { on_unavailable: mode }));
    const answers = await overload(gate, after(300, (answer) => mark(answer) === marked));
    assert.equal(count(answers, 200), answers.length);
    assert.ok((await asks(gate)).length < answers.length);
  });
}

test("slots of a lane are given back while its object is overloaded", { timeout }, async (t) => {
  const watch = watched();
  const { gate } = await slow(t, lanedTo(20, { decision_timeout: "1s" }), { handler: watch.handler });
  await overload(gate, after(500, isRefused), (request) => acme({ path: "/probe", ...request }));
  assert.ok(watch.lane().most <= 20);
  await callsGo(gate, "well");
  const held = [];
  for (const end = Date.now() + 30_000; watch.lane().open < 20; await sleep(50)) {
    assert.ok(Date.now() < end, `${watch.lane().open} of 20 slots can be had`);
    held.push(send(gate.url, acme()));
  }
  watch.free();
  assert.equal(count(await Promise.all(held), 200), 20);
});
