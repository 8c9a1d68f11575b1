// What is written in Python: the library that the customers in tests/contracts/clients speak HTTP with, and the fuzzer of the
// gate's own endpoints. Each lies in a folder of its own beside the other tools.
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { step, Stop } from "./run.mjs";
import { cacheFolder, onPath } from "./tools.mjs";

const REQUESTS = { name: "requests", version: "2.32.5", what: "for the customers in tests/contracts" };
export const SCHEMATHESIS = { name: "schemathesis", version: "4.32.5", what: "to fuzz the gate's own endpoints" };

/// Where Python finds a package: the value of PYTHONPATH.
export const pathOf = ({ name, version }) => join(cacheFolder, `${name}-${version}`);
export const pythonPath = pathOf(REQUESTS);

/// Installs what the tests need, once.
export const ensurePythonPackages = () => ensurePythonPackage(REQUESTS);

/// Installs a package, once.
export async function ensurePythonPackage(wanted) {
  const { name, version, what } = wanted;
  const folder = pathOf(wanted);
  if (existsSync(folder)) return;
  if (!onPath("python3")) throw new Stop("Missing: python3; install Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip).");
  const making = `${folder}.${process.pid}`;
  const words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--target", making, `${name}==${version}`];
  try {
    await step(`Python's ${name} ${version}, ${what}`, "python3", words, {});
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
