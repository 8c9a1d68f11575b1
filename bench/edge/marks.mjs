// What is aimed at: ratios within one run, and costs per request.
import { spread } from "./numbers.mjs";

const atLeast = (name, base, target) => ({ what: `${name} / ${base}`, sign: ">=", target, found: (of) => ratio(of(name), of(base))?.median });
const atMost = (name, cost, target) => ({ what: `${cost} of ${name}`, sign: "<=", target, found: (of) => of(name)?.[cost] });

const MARKS = [
  atLeast("headgate-three", "js-bucket", 1), atLeast("headgate-three", "js-bucket-put", 5),
  atLeast("headgate-leased", "js-copy", 0.8), atLeast("headgate-denied", "js-429", 0.8),
  atMost("headgate-one", "calls", 1), atMost("headgate-three", "calls", 1.3), atMost("headgate-leased", "calls", 0.1),
  atMost("headgate-one", "rows", 0.01),
  atMost("headgate-one", "price", 0.5), atMost("headgate-three", "price", 0.65), atMost("headgate-leased", "price", 0.33), atMost("headgate-denied", "price", 0.3),
];

/// How far each mark is met by what was measured, which `of` gives by name; `null` where it was not measured.
export const marks = (of) => MARKS.map(({ what, sign, target, found }) => {
  const value = found(of) ?? null;
  // Prices are said in cents; a KV read once a minute is none.
  const said = what.startsWith("price") && value !== null ? Math.round(value * 100) / 100 : value;
  return { what, sign, target, found: value, isMet: said === null ? null : sign === ">=" ? said >= target : said <= target };
});

/// How many times as fast one is as another, round by round: the median and the quartiles; `undefined` without either.
export function ratio(one, base) {
  if (!one || !base) return undefined;
  return spread(one.rates.map((rate, round) => rate / base.rates[round]));
}
