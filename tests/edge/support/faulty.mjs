// Faults of the runtime, told to a gate that runs in this wrapper.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { json, send } from "./client.mjs";
import { root } from "./workerd.mjs";

export const FAULTY = readFileSync(join(root, "tests/edge/support/faulty.js"), "utf8");

/// Tells it something, such as a fault that is to befall the marked object; what it has been told so far.
export const tell = async (gate, what) => json(await send(gate.url, { path: `/faults/${what}` }));

/// Sets its clock ahead by so many seconds.
export const skew = (gate, seconds) => tell(gate, `skew/${1_000 * seconds}`);
