// Policies with more routes and more prefixes, the one that is asked for the last of them.
import { ratio } from "../edge/marks.mjs";
import { measureRates } from "../edge/measure.mjs";
import { quantile, spread } from "../edge/numbers.mjs";
import { named } from "../edge/variants.mjs";

const ROUTES = [5, 100, 1_000];
const PREFIXES = [5, 50, 500];

/// For each size of a policy: requests/s, beside the smallest of its kind in the same rounds.
export async function policies({ rounds, seconds }, say) {
  const [plain] = named(["headgate-one"]);
  const of = (name, policy) => ({ ...plain, name, policy });
  const variants = [
    ...ROUTES.map((count) => of(`routes-${count}`, (rate) => ({ ...plain.policy(rate), routes: routes(count) }))),
    ...PREFIXES.map((count) => of(`prefixes-${count}`, (rate) => ({ ...plain.policy(rate), keys: { directory: false, prefixes: prefixes(count) } }))),
  ];
  const rates = await measureRates(variants, { rounds, seconds, accounts: 1 }, say);
  const lines = [...ROUTES.map((size) => ({ what: "routes", size })), ...PREFIXES.map((size) => ({ what: "prefixes", size }))].map(({ what, size }) => {
    const [sums, base] = [rates.get(`${what}-${size}`), rates.get(`${what}-5`)];
    return {
      what, size, bytes: JSON.stringify(variants.find(({ name }) => name === `${what}-${size}`).policy(1)).length,
      per_second: spread(sums.rates), ratio: ratio(sums, base), p50_ms: quantile(sums.took, 0.5), cpu_ms: sums.cpu / sums.requests,
    };
  });
  return { lines, failures: [...rates].flatMap(([name, { failures }]) => failures.map((failure) => `${name}: ${failure}`)) };
}

/// As APIs have them: some resources, each with several methods and sub-resources; the last one is asked for.
function routes(count) {
  const other = (at) => ({ methods: [["GET"], ["POST"], ["PUT", "PATCH"], ["DELETE"]][at % 4], path: `/v1/resource-${at >> 2}/*/${["items", "seats"][(at >> 1) % 2]}`, cost: 2 });
  return [...Array.from({ length: count - 1 }, (_, at) => other(at)), { methods: ["GET"], path: "/v1/events/*", cost: 1 }];
}

const prefixes = (count) => Object.fromEntries([
  ...Array.from({ length: count - 1 }, (_, at) => [`tenant-${at}_live_`, "standard"]), ["account-", "standard"],
]);
