// Numbers, times and reasons as people read them.

const INSTANT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const SECOND = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const UNITS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]];

export const number = (value) => value.toLocaleString("en");

/// So many of what is called `one`.
export const count = (value, one) => `${number(value)} ${one}${value === 1 ? "" : "s"}`;

/// An instant in Unix milliseconds.
export const instant = (ms) => (ms === null || ms === undefined ? "–" : INSTANT.format(ms));

/// The same, without its day; to the minute, or to the second.
export const clock = (ms) => CLOCK.format(ms);
export const second = (ms) => SECOND.format(ms);

/// A duration in milliseconds, by its two largest units.
export function span(ms) {
  if (ms < 1_000) return ms > 0 ? `${ms} ms` : "0 s";
  const [at] = UNITS.map(([unit], n) => [n, unit]).find(([, unit]) => ms >= unit);
  const [unit, name] = UNITS[at];
  const rest = UNITS[at + 1] && Math.floor((ms % unit) / UNITS[at + 1][0]);
  return `${Math.floor(ms / unit)} ${name}${rest ? ` ${rest} ${UNITS[at + 1][1]}` : ""}`;
}

const REASONS = {
  not_yet: "Not yet: the limit is used up",
  never: "Never: it costs more than the limit allows",
  no_room: "No room: what it would need does not fit beside what is in use",
  revoked: "Its key is revoked",
  suspended: "The account is suspended",
  payment_required: "The plan is spent, or not paid",
  quota: "A limit is used up",
  concurrency: "All slots are taken",
  unauthenticated: "No key that is known",
  malformed: "The request cannot be read",
  too_large: "The body is too large",
  unavailable: "It could not be decided in time",
};

/// Why something was refused.
export const reason = (why) => REASONS[why] ?? why;

/// An instant as a field for local time has it.
export function localTime(ms) {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
