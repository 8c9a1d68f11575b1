// What a request costs by how often its account sends one: natively, by the core alone.
import { price } from "../edge/numbers.mjs";
import { measured } from "./core.mjs";
import { AWAKE_USD } from "./paper.mjs";

/// For each pace: rows and seconds awake per request, and USD per million requests without CPU time.
export async function pace({ quick }) {
  const paces = await measured(["--paces", ...(quick ? ["--quick"] : [])]);
  return { lines: paces.map((line) => ({ ...line, price: price({ calls: 1, rows: line.rows, reads: 0 }) + AWAKE_USD * line.awake_seconds })) };
}
