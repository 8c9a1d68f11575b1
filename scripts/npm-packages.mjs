// The packages of package-lock.json, installed when they are not there as it says.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { npmBin, root } from "./tools.mjs";
import { run, say, Stop } from "./run.mjs";

// wrangler asks for Node 22, which the packages bring themselves: no need to warn about an older one.
const NPM_CI = ["ci", "--no-audit", "--no-fund", "--engine-strict=false", "--loglevel=error"];
const COMMANDS = ["node", "wrangler", "wasm-opt", "esbuild"];

export async function ensureNpmPackages() {
  if (areInstalled()) return;
  say("Installing the npm packages (npm ci, about half a minute)");
  const status = await run("npm", NPM_CI, { cwd: root, env: outsideEnv() });
  if (status !== 0) throw new Stop("npm ci failed: its messages are above.");
  const missing = COMMANDS.filter((name) => !existsSync(join(npmBin, name)));
  if (missing.length > 0) {
    throw new Stop(`npm ci left out ${missing}: are install scripts turned off (npm config get ignore-scripts)?`);
  }
}

// npm writes its own lock into node_modules last, so one that agrees means a finished install.
function areInstalled() {
  if (!COMMANDS.every((name) => existsSync(join(npmBin, name)))) return false;
  const wanted = packagesOf("package-lock.json");
  const present = packagesOf("node_modules/.package-lock.json");
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const there = present[path];
    if (!there) return path === "" || optional; // those for other machines are left out
    return there.version === version && there.integrity === integrity;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return {};
  }
}

// npm ci deletes node_modules, and with it the Node that `npm run` puts on PATH.
function outsideEnv() {
  const folders = process.env.PATH.split(delimiter).filter((folder) => folder !== npmBin);
  return { ...process.env, PATH: folders.join(delimiter) };
}
