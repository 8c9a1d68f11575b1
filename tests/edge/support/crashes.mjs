// Kills the gate under load, again and again on the same state, and judges what that did to the limits.
import { setTimeout as sleep } from "node:timers/promises";
import { startApart } from "./apart.mjs";
import { accountOf, BOUNDS, keysFor, LANE, Load, NAMES, POLICY, QUARTER, STEADY, UNITS } from "./crash_load.mjs";
import { eventually } from "./exchanges.mjs";
import { startGate } from "./workerd.mjs";

/// What of the gate is killed: all of it in one process, or by turns its objects, its edge and both, in processes of their own.
export const KINDS = { whole: ["gate"], apart: ["objects", "edge", "both"] };

async function started(kind, place) {
  if (kind === "whole") {
    const gate = await startGate(place);
    return { url: () => gate.url, parts: () => [gate], stop: () => gate.stop(), log: () => gate.log };
  }
  const apart = await startApart(place);
  const { edge, objects, stop } = apart;
  const parts = { objects: [objects], edge: [edge], both: [objects, edge] };
  return { url: () => edge.url, parts: (part) => parts[part], stop, log: () => edge.log + objects.log };
}

/// Runs so many cycles of one of the `KINDS`, and calls `report` with what each came to. What is wrong with the gate is in
/// `problems`: nothing, if it keeps its promises; what it logged is in `log`.
export async function crashed(kind, cycles, report = () => {}) {
  let gate;
  const load = new Load(() => gate.url());
  const origin = await load.begin();
  gate = await started(kind, { policy: POLICY, keys: keysFor(cycles), origin });
  const done = [];
  const problems = [];
  const over = new AbortController();
  const steady = Promise.all([1, 2, 3].map(() => load.press("steady", over.signal)));
  try {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const part = KINDS[kind][cycle % KINDS[kind].length];
      const came = { cycle: cycle + 1, part, ...(await one(load, gate.parts(part), cycle)) };
      done.push(came);
      const found = wrong(came).map((problem) => `cycle ${came.cycle} (${part}): ${problem}`);
      problems.push(...found);
      report(came, found);
    }
  } finally {
    over.abort();
    await steady;
    await gate.stop();
    await load.end();
  }
  const total = { lane: load.watch.lane("lane").most, steady: load.steadyMost(), requests: load.requests.length };
  if (total.lane > LANE.slots) problems.push(`${total.lane} exchanges were open in a lane of ${LANE.slots}`);
  if (total.steady > STEADY.units) problems.push(`${total.steady} units of ${STEADY.units} passed within one window`);
  // Between processes a connection may turn out to be broken when it is next used.
  for (const problem of kind === "whole" ? load.failures : []) problems.push(`a request failed without a crash: ${problem}`);
  return { cycles: done, total, problems, log: gate.log() };
}

/// One cycle: load, a kill in its midst, a start, and each rate drained to its last unit.
async function one(load, parts, cycle) {
  const accounts = NAMES.map((name) => accountOf(name, cycle));
  const seen = () => load.requests.filter((request) => request.seen && accounts.includes(request.account)).length;
  const target = Math.floor(Math.random() * 0.8 * NAMES.length * UNITS);
  const crowd = 1 + Math.floor(Math.random() * (LANE.slots + 2));
  const spending = drain(load, cycle);
  const lane = occupied(load, crowd);
  await eventually(() => seen() >= target, () => `${seen()} of ${target} have passed`, 60_000);
  lane.stop();
  load.epoch += 1;
  const killed = Date.now();
  const mayHold = load.mayHold();
  await Promise.all(parts.map((part) => part.kill()));
  const before = seen();
  await spending;
  await Promise.all(parts.map((part) => part.start()));
  const down = Date.now() - killed;
  load.epoch += 1;
  const atOnce = { slots: (await load.slots()).had, least: Math.max(0, LANE.slots - mayHold - 2 * QUARTER) };
  const revived = await reviving(load, cycle);
  const again = occupied(load, crowd);
  await drain(load, cycle);
  again.stop();
  await Promise.all([lane.ended, again.ended]);
  // The last releases have been heard when nothing was asked for a second.
  await sleep(Math.max(1_000, killed + 1.5 * LANE.lease - Date.now()));
  const later = await slotsLater(load);
  const rates = Object.fromEntries(NAMES.map((name) => [name, load.drained(name, cycle)]));
  return { before, down, atOnce, revived, later, rates };
}

/// How many slots there are when all leases have ended that anybody may have lost.
async function slotsLater(load) {
  for (let attempt = 1; ; attempt++) {
    const { had, unclear } = await load.slots();
    if (!unclear || attempt === 3) return had;
    await sleep(1.5 * LANE.lease);
  }
}

/// Two clients for each rate of a cycle, until they are refused or cut off.
const drain = (load, cycle) => Promise.all(NAMES.flatMap((name) => [1, 2].map(() => load.spend(accountOf(name, cycle)))));

/// So many clients in the lane, until they are stopped.
function occupied(load, clients) {
  const over = new AbortController();
  const ended = Promise.all(Array.from({ length: clients }, () => load.exchange(over.signal)));
  return { stop: () => over.abort(), ended };
}

/// The rates that were drained in the cycle before and give something again, though nothing comes back to them.
async function reviving(load, cycle) {
  const names = cycle === 0 ? [] : NAMES.filter((name) => name !== "bucket");
  const asked = await Promise.all(names.map((name) => load.ask(accountOf(name, cycle - 1))));
  return names.filter((_, at) => asked[at].status === 200);
}

function wrong({ atOnce, revived, later, rates }) {
  const problems = revived.map((name) => `${name} was drained, and is not after a crash`);
  for (const [name, { seen, most, lost }] of Object.entries(rates)) {
    if (seen > most) problems.push(`${name}: ${seen} passed, allowed are ${most}`);
    if (lost >= BOUNDS[name]) problems.push(`${name}: the crash cost ${lost} units, which must be less than ${BOUNDS[name]}`);
  }
  if (atOnce.slots < atOnce.least) problems.push(`${atOnce.slots} slots at once, at least ${atOnce.least} are due`);
  if (later < LANE.slots) problems.push(`${LANE.slots - later} slots are missing one and a half leases after the crash`);
  return problems;
}
