// Customers as the contracts show them, each a program of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pythonPath } from "../../scripts/python-packages.mjs";
import { root } from "../../scripts/tools.mjs";

/// What a customer saw: runs tests/contracts/clients/NAME.py to its end. `before` is done when it is about to send its first
/// request, so that what the start of a program takes is in no window.
export async function customer(name, words, before) {
  const script = join(root, "tests", "contracts", "clients", `${name}.py`);
  const env = { ...process.env, PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn("python3", [script, ...words.map(String)], { env, stdio: ["pipe", "pipe", "inherit"] });
  const said = child.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
  await said.next();
  await before();
  child.stdin.end("\n");
  let text = "";
  for await (const part of said) text += part;
  if (child.exitCode === null) await once(child, "exit");
  return JSON.parse(text);
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
