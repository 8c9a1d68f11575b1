// Tests over HTTP on workerd.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run, Stop } from "./run.mjs";
import { npmBin, root, toolEnv } from "./tools.mjs";

/// The test files of a folder of `tests/`.
export function testsIn(folder) {
  const path = join(root, "tests", folder);
  return readdirSync(path).filter((name) => name.endsWith(".test.mjs")).map((name) => join(path, name));
}

/// Runs them, so many files at a time.
export async function overHttp(files, atOnce) {
  const flags = ["--test", `--test-concurrency=${atOnce}`, "--test-reporter=spec", ...files];
  const status = await run(join(npmBin, "node"), flags, { cwd: root, env: toolEnv() });
  if (status !== 0) throw new Stop("\nTests over HTTP: failed; which, is above.");
}
