// Customers as the contracts show them, each a program of its own.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonPath } from "../../scripts/python-packages.mjs";
import { root } from "../../scripts/tools.mjs";

/// What a customer saw: runs tests/contracts/clients/NAME.py to its end.
export async function customer(name, ...words) {
  const script = join(root, "tests", "contracts", "clients", `${name}.py`);
  const env = { ...process.env, PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: "1" };
  const { stdout } = await promisify(execFile)("python3", [script, ...words.map(String)], { env });
  return JSON.parse(stdout);
}

/// The policy of a vendor as it is shipped, every limit of every tier changed by `change`.
export function withLimits(policy, change) {
  for (const tier of Object.values(policy.tiers)) tier.limits = tier.limits.map(change);
  return policy;
}

/// The names of the headers of an answer that speak of limits.
export function limitHeaders(answer) {
  const names = answer.raw.filter((_, at) => at % 2 === 0);
  return names.filter((name) => /limit|retry|quota/i.test(name)).sort();
}
