// A runtime that fails or changes its code: an object is aborted or put to sleep, cannot be made, cannot write; Rust panics
// in one object while others are at work; a new build takes over. Never more than a limit, and no more lost than is said.
import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesOf, crowd, open, send } from "./support/client.mjs";
import { eventually, holding, watched } from "./support/exchanges.mjs";
import { FAULTY, skew, tell as told } from "./support/faulty.mjs";
import { started, ticksupplyWith, withKey } from "./support/setup.mjs";

const timeout = 60_000;

const UNITS = 300;
const SLOTS = 10;
const LEASE = 3_000;
const QUARTER = Math.ceil(SLOTS / 4);

/// Rates of which nothing comes back meanwhile, and a lane below /held.
function policyWith({ lease = LEASE, ...fields }) {
  const policy = ticksupplyWith({ decision_timeout: "2s", origin_timeout: "30s", ...fields });
  policy.routes = [{ path: "/held/**", lane: "lane" }];
  policy.tiers.standard.limits = [
    { name: "minute", algorithm: "sliding-log", units: UNITS, window: "7d" },
    { name: "lane", algorithm: "concurrency", slots: SLOTS, lease: `${lease}ms`, patience: "250ms" },
  ];
  return policy;
}

/// Acme's requests and Globex's, in the lane or not. On connections of their own: one that was idle may be about to close.
const rated = (name) => withKey(`${name}-1`, { path: `/v1/${name}`, agent: false });
const laned = (name) => withKey(`${name}-1`, { path: `/held/${name}`, agent: false });

/// A gate whose runtime can be told to fail, before an origin that holds what is in the lane.
async function faulty(t, fields = {}) {
  const watch = watched((request, response) => {
    if (request.url.startsWith("/held/")) watch.hold(response);
    else if (request.url === "/v1/stream") {
      response.writeHead(200, { "content-length": "10" }).write("first");
      place.endStream = (text) => response.end(text);
    } else response.end("ok");
  }, ({ url }) => url);
  const place = await started(t, { policy: policyWith(fields), wrapper: FAULTY, handler: watch.handler });
  const { gate } = place;
  const tell = (what) => told(gate, what);
  const seen = (name) => watch.lane(`/v1/${name}`).total + watch.lane(`/held/${name}`).total + (name === "globex" ? watch.lane("/v1/stream").total : 0);
  return Object.assign(place, { watch, tell, seen });
}

/// So many requests of an account, a few at a time; their answers.
const spend = ({ gate }, name, total) => crowd(gate.url, { clients: 4, total, request: () => rated(name) });

/// Spends what an account has left, and checks that the limit holds and how many units at most were lost, besides those of
/// `unheard` requests, which may be charged though the origin has not seen them.
async function drained(t, place, name, { faults, unheard }) {
  const answers = await spend(place, name, UNITS + 10);
  assert.equal(answers.at(-1).status, 429);
  const lost = UNITS - place.seen(name);
  t.diagnostic(`${name}: ${lost} of ${UNITS} units were lost, ${unheard} requests unheard`);
  assert.ok(lost >= 0, `${-lost} passed beyond the limit`);
  assert.ok(lost - unheard <= faults * (UNITS / 20 - 1), `${lost} lost`);
}

/// How many slots an account can have now; those it is asked for are then free again.
async function slots({ gate, watch }, name, count) {
  const before = watch.lane(`/held/${name}`).total;
  let refused = 0;
  const asked = Array.from({ length: count }, async () => (await send(gate.url, laned(name))).status !== 200 && (refused += 1));
  await eventually(() => watch.lane(`/held/${name}`).total - before + refused === count, () => `${refused} refused of ${count}`);
  watch.free();
  await Promise.all(asked);
  return count - refused;
}

/// Makes the fault befall Acme's object, which its own requests bring about; their answers.
async function befallen({ gate, tell }, fault) {
  await tell(fault);
  const answers = [];
  while ((await tell("state")).fault) answers.push(await send(gate.url, rated("acme")));
  return answers;
}

/// Begins with Acme's object marked.
async function marked(place) {
  await place.tell("mark");
  assert.equal((await send(place.gate.url, rated("acme"))).status, 200);
}

for (const [what, faults] of Object.entries({ "is aborted": ["abort"], "cannot be made": ["abort", "construction"], "cannot write its row": ["write"] })) {
  test(`an object that ${what} answers nothing then, and holds its limits afterwards`, { timeout }, async (t) => {
    const place = await faulty(t);
    await marked(place);
    await spend(place, "acme", 100);
    const answers = [];
    // Twice, since a call that may be repeated is.
    for (const fault of faults) answers.push(...await befallen(place, `${fault}/2`));
    const failed = answers.filter(({ status }) => status !== 200);
    assert.deepEqual(failed.map(({ status, headers }) => [status, headers["x-headgate-reason"]]), faults.map(() => [503, "unavailable"]));
    await place.gate.logged('"part":"object"');
    await drained(t, place, "acme", { faults: 2 * faults.length, unheard: failed.length });
  });
}

test("exchanges in a lane go on when its object is aborted, and never more are open than it has slots", { timeout }, async (t) => {
  const place = await faulty(t);
  await marked(place);
  const held = await holding(place.gate, place.watch, 4, () => laned("acme"), "/held/acme");
  await befallen(place, "abort");
  const aborted = Date.now();
  const lane = place.watch.lane("/held/acme");
  let refused = 0;
  const more = Array.from({ length: SLOTS }, async () => (await send(place.gate.url, laned("acme"))).status === 429 && (refused += 1));
  await eventually(() => lane.total - held.length + refused === SLOTS, () => `${refused} refused, ${lane.open} open`);
  t.diagnostic(`${SLOTS - refused} more at once`);
  assert.ok(SLOTS - refused >= SLOTS - held.length - 2 * QUARTER);
  await sleep(Math.max(0, aborted + 1.5 * LEASE - Date.now()));
  assert.equal(lane.open, held.length + SLOTS - refused, "they are renewed");
  place.watch.free();
  assert.deepEqual((await Promise.all(held)).map(({ status }) => status), [200, 200, 200, 200]);
  await Promise.all(more);
  await sleep(1_000);
  assert.equal(await slots(place, "acme", SLOTS), SLOTS);
  assert.ok(lane.most <= SLOTS);
});

test("a Rust panic in one object costs the others their memory and nothing more, and requests pass again", { timeout }, async (t) => {
  const place = await faulty(t, { origin_timeout: "4s" });
  const { gate, watch, tell } = place;
  await marked(place);
  while (!(await tell("state")).isArmed) await spend(place, "acme", 8);
  // Others in the midst of their work: a burst, slots, an answer on its way.
  const held = await holding(gate, watch, 5, () => laned("globex"), "/held/globex");
  const stream = open(gate.url, withKey("globex-1", { path: "/v1/stream" }));
  stream.end();
  const [streamed] = await once(stream, "response");
  let over = false;
  const burst = Array.from({ length: 3 }, async () => {
    while (!over) {
      const answer = await send(gate.url, rated("globex"));
      if (answer.status !== 200) return answer;
    }
  });
  await eventually(() => place.seen("globex") > 20, () => "nothing passes");
  const panicked = [];
  for (await tell("panic"); (await tell("state")).fault; await sleep(5)) panicked.push(send(gate.url, rated("acme")));
  const began = Date.now();
  await gate.logged("panicked at");
  for (const name of ["acme", "globex"]) assert.equal((await send(gate.url, rated(name))).status, 200, "requests pass again");
  over = true;
  place.endStream(" last");
  assert.equal((await bytesOf(streamed)).toString(), "first last", "an answer on its way is whole");
  const unheard = async (answers) => (await Promise.all(answers)).filter((answer) => answer && answer.status !== 200).length;
  const lost = { acme: await unheard(panicked), globex: await unheard([...burst, ...held]) };
  t.diagnostic(`${lost.acme + lost.globex} requests in flight were lost, and told so in ${Date.now() - began} ms`);
  await eventually(() => watch.lane("/held/globex").open === 0, () => "the origin still has requests of a lane");
  await sleep(Math.max(0, began + 1.5 * LEASE + 1_000 - Date.now()));
  assert.equal(await slots(place, "globex", SLOTS), SLOTS, "all slots are free after a lease and a half");
  assert.equal(watch.lane("/held/globex").most, SLOTS);
  for (const name of ["acme", "globex"]) await drained(t, place, name, { faults: 1, unheard: lost[name] });
});

/// Has a gate of another build and another configuration take over the state. What is in flight may end before.
async function deployed({ gate, watch }) {
  const over = gate.kill("SIGTERM");
  await sleep(300);
  watch.free();
  await over;
  appendFileSync(join(gate.folder, "index.js"), "\n// Another build.\n");
  const config = join(gate.folder, "config.capnp");
  writeFileSync(config, readFileSync(config, "utf8").replace('(name = "SHARD_COUNT"', '(name = "POLICY_MAX_AGE", text = "2s"), (name = "SHARD_COUNT"'));
  await gate.start();
}

test("a deploy in the midst of a burst and of exchanges in a lane gives nobody more than the limit", { timeout }, async (t) => {
  const place = await faulty(t);
  const { gate, watch } = place;
  let unheard = 0;
  const burst = Array.from({ length: 4 }, async () => {
    for (;;) if ((await send(gate.url, rated("acme")).catch(() => ({}))).status !== 200) return (unheard += 1);
  });
  await eventually(() => place.seen("acme") > 100, () => "nothing passes");
  const held = await holding(gate, watch, 4, () => laned("acme"), "/held/acme");
  await deployed(place);
  const began = Date.now();
  await Promise.all(burst);
  assert.deepEqual((await Promise.all(held)).map(({ status }) => status), [200, 200, 200, 200], "what was in flight has ended well");
  const atOnce = await slots(place, "acme", SLOTS);
  t.diagnostic(`${atOnce} slots at once`);
  assert.ok(atOnce >= SLOTS - held.length - 2 * QUARTER);
  await sleep(Math.max(0, began + 1.5 * LEASE + 1_000 - Date.now()));
  assert.equal(await slots(place, "acme", SLOTS), SLOTS, "all slots are free after a lease and a half");
  assert.equal(watch.lane("/held/acme").most, SLOTS);
  await drained(t, place, "acme", { faults: 1, unheard });
});

test("an object that is put to sleep forgets nothing: neither a unit nor a slot in use", { timeout }, async (t) => {
  const place = await faulty(t, { lease: 60_000, origin_timeout: "1m" });
  const { gate, watch, tell } = place;
  await spend(place, "acme", 50);
  const held = await holding(gate, watch, 4, () => laned("acme"), "/held/acme");
  const { made } = await tell("state");
  await sleep(12_000);
  assert.equal(await slots(place, "acme", SLOTS), SLOTS - held.length, "those in use are not given away, the others are free");
  assert.equal((await tell("state")).made, made + 1, "it slept");
  watch.free();
  assert.deepEqual((await Promise.all(held)).map(({ status }) => status), [200, 200, 200, 200]);
  await sleep(1_000);
  assert.equal(await slots(place, "acme", SLOTS), SLOTS, "a release is heard after a sleep, too");
  await drained(t, place, "acme", { faults: 0, unheard: 0 });
});

test("while an object's clock is behind, its time stands still, and Retry-After counts that in", { timeout }, async (t) => {
  const policy = ticksupplyWith();
  policy.tiers.standard.limits = [{ name: "minute", algorithm: "anchored-window", units: 5, window: "1m" }];
  const { gate } = await started(t, { policy, wrapper: FAULTY });
  const asked = async () => {
    const { status, headers } = await send(gate.url, rated("acme"));
    return status === 200 ? "passes" : Number(headers["retry-after"]);
  };
  await skew(gate, 300);
  for (let unit = 0; unit < 5; unit++) assert.equal(await asked(), "passes");
  const wait = await asked();
  assert.ok(wait > 0 && wait <= 60, `${wait}`);
  await skew(gate, 200);
  const longer = await asked();
  assert.ok(longer > 100 && longer <= wait + 100, `${longer}: a hundred seconds more`);
  await gate.kill();
  await gate.start();
  const longest = await asked();
  assert.ok(longest > 300 && longest <= wait + 300, `${longest}: its rows tell how far it was`);
  await skew(gate, 300 + wait);
  assert.equal(await asked(), "passes", "whoever waits so long is let in");
});
