// The library that the customers in tests/contracts/clients speak HTTP with, beside the other tools.
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { step, Stop } from "./run.mjs";
import { cacheFolder, onPath } from "./tools.mjs";

const REQUESTS = "2.32.5";

/// Where Python finds it: the value of PYTHONPATH.
export const pythonPath = join(cacheFolder, `requests-${REQUESTS}`);

/// Installs it, once.
export async function ensurePythonPackages() {
  if (existsSync(pythonPath)) return;
  if (!onPath("python3")) throw new Stop("Missing: python3; install Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip).");
  const making = `${pythonPath}.${process.pid}`;
  const words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--target", making, `requests==${REQUESTS}`];
  try {
    await step(`Python's requests ${REQUESTS}, for the customers in tests/contracts`, "python3", words, {});
    renameSync(making, pythonPath);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
