// What most tests begin with: a gate, an origin behind it, and accounts with keys.
import { startOrigin } from "./origin.mjs";
import { shipped, startGate } from "./workerd.mjs";

export const KEYS = [
  { key: "acme-1", account: "acme", tier: "standard" },
  { key: "acme-2", account: "acme", tier: "standard" },
  { key: "globex-1", account: "globex", tier: "standard" },
];

/// Starts both for one test. `handler` is the origin's; it is found at its URL, below `base` there, or with `bound`
/// as a service binding.
export async function started(t, { policy = ticksupplyWith(), keys = KEYS, handler, base = "", bound = false, ...rest } = {}) {
  const origin = await startOrigin(handler);
  t.after(() => origin.stop());
  const place = bound ? { service: origin.url } : { origin: origin.url + base };
  const gate = await startGate({ policy, keys, ...place, ...rest });
  t.after(() => gate.stop());
  return { gate, origin };
}

/// A request with a key.
export const withKey = (key, request = {}) => ({ path: "/v1/events", ...request, headers: { "x-api-key": key, ...request.headers } });

/// A request of Acme's.
export const acme = (request) => withKey("acme-1", request);

/// Ticksupply's policy as it is shipped, with some fields set otherwise.
export const ticksupplyWith = (fields = {}) => ({ ...shipped("ticksupply"), ...fields });

/// The same with strangers let in, under the limits of an account on trial but for the caps, which only accounts have.
export function ticksupplyWithGuests(fields = {}) {
  const policy = ticksupplyWith({ ...fields, strangers: { tier: "guests" } });
  policy.tiers.guests = { limits: policy.tiers.trial.limits.filter(({ algorithm }) => algorithm !== "cap") };
  return policy;
}

/// The same with so many units per window; the hour's limit lasts a week, so that nothing refills meanwhile.
export function limitedTo(units, window, fields) {
  const policy = ticksupplyWith(fields);
  policy.tiers.standard.limits = [{ name: "minute", algorithm: "token-bucket", units, window },
    { name: "hour", algorithm: "token-bucket", units: 10000, window: "7d" }];
  return policy;
}

/// The same with a lane that every request is in, instead of limits on rates. A lease that nobody renews outlasts a test.
export function lanedTo(slots, { lease = "1m", patience = "0ms", ...fields } = {}) {
  const policy = ticksupplyWith({ ...fields, routes: [{ path: "/**", lane: "lane" }] });
  policy.tiers.standard.limits = [{ name: "lane", algorithm: "concurrency", slots, lease, patience }];
  policy.dialect.headers = [];
  return policy;
}
