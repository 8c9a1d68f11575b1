// The library that the customers in tests/contracts/clients speak HTTP with, beside the other tools.
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { step } from "./run.mjs";
import { cacheFolder } from "./tools.mjs";

const REQUESTS = "2.32.5";

/// Where Python finds it: the value of PYTHONPATH.
export const pythonPath = join(cacheFolder, `requests-${REQUESTS}`);

/// Installs it, once.
export async function ensurePythonPackages() {
  if (existsSync(pythonPath)) return;
  const making = `${pythonPath}.${process.pid}`;
  const words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", making, `requests==${REQUESTS}`];
  try {
    await step(`Python's requests ${REQUESTS}, for the customers in tests/contracts`, "python3", words, {});
    renameSync(making, pythonPath);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
