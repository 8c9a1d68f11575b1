// One account as fast as it goes, and the same load over more of them.
import { clientOf, FASTEST, takeTurns } from "../edge/measure.mjs";
import { quantile, spread } from "../edge/numbers.mjs";
import { ratio } from "../edge/marks.mjs";
import { startVariants } from "../edge/runtime.mjs";
import { named } from "../edge/variants.mjs";

const COUNTS = [1, 2, 8, 64];
const MOST = Math.max(...COUNTS);

/// For each number of accounts that share the load: requests/s, CPU, and how much of a core the object's own code takes.
export async function hot({ rounds, seconds }, say) {
  const [variant] = named(["headgate-one"]);
  const runtime = await startVariants([variant], { accounts: MOST, rate: FASTEST });
  try {
    const clients = COUNTS.map((count) => clientOf(runtime, variant, count));
    const sums = await takeTurns(runtime, clients, { rounds, seconds }, say);
    const busy = await busyPerCall(variant, seconds);
    const lines = COUNTS.map((accounts, at) => lineOf(accounts, sums[at], sums[0], busy));
    return { lines, failures: sums.flatMap(({ failures }) => failures) };
  } finally {
    await runtime.stop();
  }
}

function lineOf(accounts, sums, base, busy) {
  const per_second = spread(sums.rates);
  return {
    accounts, per_second, ratio: ratio(sums, base),
    latency_ms: { p50: quantile(sums.took, 0.5), p99: quantile(sums.took, 0.99) },
    cpu_ms: sums.cpu / sums.requests, cores: sums.cpu / sums.ms, object_ms: busy, object_share: (busy * per_second.median) / accounts / 1_000,
  };
}

/// How long an object is at one call, in ms, waiting for nothing.
async function busyPerCall(variant, seconds) {
  const runtime = await startVariants([variant], { accounts: 1, rate: FASTEST, counted: true });
  try {
    const client = clientOf(runtime, variant, 1);
    await client.begin();
    await client.rush(seconds);
    const before = await client.told("/counts");
    await client.rush(2 * seconds);
    const after = await client.told("/counts");
    return (after.busy - before.busy) / (after.calls - before.calls);
  } finally {
    await runtime.stop();
  }
}
