// What is made of measurements.

/// The value below which a share of the values lie, 0 to 1, between the two that are next to it; `null` of no values.
export function quantile(values, share) {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}

/// The median and the quartiles, between which half of the values lie.
export const spread = (values) => ({ median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) });

/// USD per million requests on Cloudflare's paid plan beyond what is included, without CPU time and duration: the request,
/// and by its counts calls to objects, rows written and KV reads.
export const price = ({ calls, rows, reads }) => 0.3 + 0.15 * calls + 1.0 * rows + 0.5 * reads;
