// The tools that cargo builds, each in a cache folder of its own, at the version of tools.mjs.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkOpenSsl } from "./machine.mjs";
import { cacheFolder, cargoTools, toolFolder } from "./tools.mjs";
import { lastLines, run, say, Stop } from "./run.mjs";

export async function ensureCargoTools() {
  for (const tool of cargoTools()) await ensureCargoTool(tool);
}

export async function ensureCargoTool(tool) {
  if (!isInstalled(tool)) await install(tool);
}

const isInstalled = (tool) => tool.binaries.every((name) => existsSync(join(toolFolder(tool), "bin", name)));

async function install(tool) {
  if (tool.crate === "worker-build") checkOpenSsl();
  const folder = toolFolder(tool);
  say(`Building ${tool.crate} ${tool.version} (about ${tool.minutes} minutes, once; log: ${folder}.log)`);
  await cargoInstall(tool, `${folder}.partial`, `${folder}.log`);
  moveBinaries(tool, `${folder}.partial`, folder);
}

async function cargoInstall({ crate, version }, target, log) {
  rmSync(target, { recursive: true, force: true });
  rmSync(log, { force: true });
  // Without --locked: a package's own lock file can name versions that a mirror does not have yet.
  const args = ["install", `${crate}@${version}`, "--root", target, "--no-track"];
  // Away from the project, whose cargo settings are not meant for tools.
  const status = await run("cargo", args, { cwd: cacheFolder, log });
  if (status !== 0) throw new Stop(`${lastLines(log)}\nBuilding ${crate} failed; the whole log: ${log}`);
}

// A binary appears in its place whole or not at all.
function moveBinaries(tool, from, to) {
  mkdirSync(join(to, "bin"), { recursive: true });
  for (const name of tool.binaries) renameSync(join(from, "bin", name), join(to, "bin", name));
  rmSync(from, { recursive: true, force: true });
}
