// What most tests begin with: a gate, an origin behind it, and accounts with keys.
import { startOrigin } from "./origin.mjs";
import { shipped, startGate } from "./workerd.mjs";

export const KEYS = [
  { key: "acme-1", account: "acme", tier: "standard" },
  { key: "acme-2", account: "acme", tier: "standard" },
  { key: "globex-1", account: "globex", tier: "standard" },
];

/// Starts both for one test. `handler` is the origin's; with `bound` the origin is a service binding, not a URL.
export async function started(t, { policy = shipped("ticksupply"), keys = KEYS, handler, bound = false, ...rest } = {}) {
  const origin = await startOrigin(handler);
  t.after(() => origin.stop());
  const gate = await startGate({ policy, keys, ...(bound ? { service: origin.url } : { origin: origin.url }), ...rest });
  t.after(() => gate.stop());
  return { gate, origin };
}

/// A request with a key.
export const withKey = (key, request = {}) => ({ path: "/v1/events", ...request, headers: { "x-api-key": key, ...request.headers } });

/// A request of Acme's.
export const acme = (request) => withKey("acme-1", request);

/// The shipped policy for Ticksupply with another limit per minute, and what else is given.
export function limitedTo(units, window, rest = {}) {
  const policy = { ...shipped("ticksupply"), ...rest };
  policy.tiers.standard.limits = [{ name: "minute", algorithm: "token-bucket", units, window },
    { name: "hour", algorithm: "token-bucket", units: 10000, window: "7d" }];
  return policy;
}
