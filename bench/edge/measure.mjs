// The two measurements: how fast, in rounds by turns, and at what cost, at a pace.
import { Client } from "./load.mjs";
import { startVariants } from "./runtime.mjs";

const CONNECTIONS = 16;
/// Nothing is as fast, so that nobody is refused who is not meant to be.
export const FASTEST = 10_000;
/// Rounds that are not counted, while code is compiled: Wasm of this size takes some thousand requests.
const WARM_UP = 5;

/// What costs are counted at: requests/s of one account, and how long its exchanges take in ms, so that of the lane's 100
/// slots 20 are in use.
export const PACE = { perSecond: 100, wait: 200 };

/// Measures how fast each variant is. What each came to, by name, each list with one value per round.
export async function measureRates(variants, { rounds, seconds, accounts }, say) {
  const runtime = await startVariants(variants, { accounts, rate: FASTEST });
  try {
    const clients = variants.map((variant) => clientOf(runtime, variant, accounts));
    const sums = await takeTurns(runtime, clients, { rounds, seconds }, say);
    return new Map(variants.map(({ name }, at) => [name, sums[at]]));
  } finally {
    await runtime.stop();
  }
}

/// Sends requests of so many accounts to a variant as fast as answers come.
export const clientOf = ({ ports }, variant, accounts) => new Client(ports[variant.name], variant, { connections: CONNECTIONS, accounts });

/// Lets clients of one runtime load it by turns for `rounds` of so many `seconds`, so that what else the machine does meets
/// all of them alike. What each came to, in their order.
export async function takeTurns(runtime, clients, { rounds, seconds }, say) {
  const turns = [];
  for (const client of clients) {
    await client.begin();
    for (let round = 0; round < WARM_UP; round++) await client.rush(seconds);
    turns.push({ client, sums: { rates: [], took: [], requests: 0, ms: 0, cpu: 0, clientCpu: 0, failures: client.failures } });
  }
  for (let round = 0; round < rounds; round++) {
    const first = round % turns.length;
    for (const turn of [...turns.slice(first), ...turns.slice(0, first)]) await takeRound(turn, runtime, seconds);
    say(`round ${round + 1} of ${rounds}`);
  }
  return turns.map(({ sums }) => sums);
}

async function takeRound({ client, sums }, runtime, seconds) {
  const before = { cpu: runtime.cpuTime(), own: process.cpuUsage() };
  const { requests, ms, took } = await client.rush(seconds);
  const own = process.cpuUsage(before.own);
  sums.rates.push((requests / ms) * 1_000);
  for (const time of took) sums.took.push(time);
  sums.requests += requests;
  sums.ms += ms;
  // NaN where the system does not tell.
  sums.cpu += runtime.cpuTime() - before.cpu;
  sums.clientCpu += (own.user + own.system) / 1_000;
}

/// Counts what requests of each gate cost at the pace, by name: calls to objects, rows and KV reads per request.
export async function measureCosts(variants, seconds, say) {
  const gates = variants.filter(({ policy }) => policy);
  const costs = new Map(variants.map(({ name, costs }) => [name, { ...costs, failures: [] }]));
  if (gates.length === 0) return costs;
  const runtime = await startVariants(gates, { accounts: 1, rate: PACE.perSecond, wait: PACE.wait, counted: true });
  try {
    for (const gate of gates) {
      say(`costs of ${gate.name}`);
      costs.set(gate.name, await costsOf(gate, runtime, seconds));
    }
  } finally {
    await runtime.stop();
  }
  return costs;
}

async function costsOf(gate, runtime, seconds) {
  const client = new Client(runtime.ports[gate.name], gate, { accounts: 1 });
  await client.begin();
  // What the beginning costs is not counted: neither policy nor key is known yet, nor the pace, which marks go by.
  await client.pace(PACE.perSecond, 1.2 * seconds);
  const before = await client.told("/counts");
  const { requests, refused } = await client.pace(PACE.perSecond, seconds);
  const after = await client.told("/counts");
  client.close();
  const per = (what) => (after[what] - before[what]) / requests;
  return { calls: per("calls"), rows: per("rows"), reads: per("reads"), requests, refused, failures: client.failures };
}
