// Scale on paper: what the platform would charge, and how many objects it takes. The tables of docs/SCALE.md are these.
import { markdown } from "./table.mjs";

const SECONDS = 30 * 86_400;
const GB = 0.128;

/// Cloudflare's paid plan: what a month includes, and USD per million beyond.
const METERS = {
  requests: { included: 10e6, usd: 0.3 }, cpu: { included: 30e6, usd: 0.02 }, calls: { included: 1e6, usd: 0.15 },
  duration: { included: 400_000, usd: 12.5 }, rows: { included: 50e6, usd: 1 }, reads: { included: 10e6, usd: 0.5 },
};
const BASE = 5;

/// USD per million seconds in which an object is awake.
export const AWAKE_USD = GB * METERS.duration.usd;

/// What a request takes: calls to objects, rows, seconds in which it keeps the object awake, ms of CPU. Slow is one
/// request/s of one account, fast a hundred of each account. Calls and rows are those that `npm run bench` counts at 100/s, and
/// what its counters say at 1/s; awake is what `npm run scale -- --only pace` says, but for slow lanes the most that a quiet
/// write takes; CPU is that of the runtime in docs/PERFORMANCE.md, origin included.
const MODES = [
  { mode: "strict", slow: { calls: 1, rows: 1.08, awake: 0.123 }, fast: { calls: 1, rows: 0.0116, awake: 0.01 }, cpu: 0.549 },
  { mode: "with lane", slow: { calls: 1.86, rows: 1.37, awake: 0.5 }, fast: { calls: 1.004, rows: 0.016, awake: 0.01 }, cpu: 0.794 },
  { mode: "lent (aim)", slow: { calls: 1, rows: 1.08, awake: 0.123 }, fast: { calls: 0.1, rows: 0.0116, awake: 0.01 }, cpu: 0.308 },
  { mode: "denied", slow: { calls: 0, rows: 0, awake: 0 }, fast: { calls: 0, rows: 0, awake: 0 }, cpu: 0.169 },
];

/// Whoever asks once a second may meet an isolate that knows neither policy nor key each time. A busy account's key is read
/// by twenty isolates once a minute, the policy twice a minute by an isolate that has a hundred requests/s.
const READS = { slow: 2, fast: 20 / 60 / 100 + 2 / 60 / 100 };

const RATES = [1, 100, 10_000, 1_000_000];

/// USD a month by meter, at so many requests/s.
export function month(perSecond, { slow, fast, cpu }) {
  const requests = perSecond * SECONDS;
  const [each, reads] = perSecond < 100 ? [slow, READS.slow] : [fast, READS.fast];
  const used = { requests, cpu: requests * cpu, calls: requests * each.calls, duration: requests * each.awake * GB, rows: requests * each.rows, reads: requests * reads };
  const usd = Object.fromEntries(Object.entries(METERS).map(([name, { included, usd }]) => [name, (Math.max(0, used[name] - included) * usd) / 1e6]));
  const all = Object.values(usd).reduce((sum, part) => sum + part, BASE);
  return { requests, usd, all, perMillion: (all / requests) * 1e6 };
}

/// What a month costs, meter by meter.
export function months() {
  const lines = RATES.flatMap((rate) => MODES.map((mode) => ({ rate, mode: mode.mode, ...month(rate, mode) })));
  const heads = ["requests/s", "mode", "millions a month", "requests", "calls", "rows", "reads", "awake", "CPU", "USD a month", "per million"];
  return markdown(heads, lines.map(({ rate, mode, requests, usd, all, perMillion }) => [
    whole(rate), mode, whole(requests / 1e6), ...["requests", "calls", "rows", "reads", "duration", "cpu"].map((name) => cents(usd[name])), cents(all), cents(perMillion),
  ]));
}

/// What one object is planned to serve: half of the platform's thousand a second.
const PER_OBJECT = 500;
const HOT = [100, 1_000, 10_000, 100_000, 1_000_000];

/// How many objects one account needs, asked for every request and for a tenth.
export const objects = () => markdown(["requests/s of one account", "objects, strict", "objects, lent (aim)", "most that uneven shares cost"], HOT.map((rate) => {
  const [strict, lent] = [rate, rate / 10].map((calls) => Math.ceil(calls / PER_OBJECT));
  return [whole(rate), whole(strict), whole(lent), `${(100 * uneven(60 * rate, strict)).toFixed(2)} %`];
}));

/// By how much the fullest of so many shares is fuller than the others when units fall into them at random, as a part of its
/// share: sqrt(2 ln n) standard deviations (the usual bound of the largest of n normal values).
export const uneven = (units, shares) => Math.sqrt((2 * Math.log(shares) * shares) / units);

const whole = (value) => (value < 10 ? Math.round(10 * value) / 10 : Math.round(value)).toLocaleString("en");
const cents = (value) => (value < 1_000 ? value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }) : whole(value));
