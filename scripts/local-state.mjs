// What a gate on this machine keeps in a folder: its objects, its KV, its hash key and its admin token.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture, run, say, Stop } from "./run.mjs";
import { npmBin, root, toolEnv } from "./tools.mjs";

export const kvTool = join(root, "target", "debug", "headgate-kv");

// Builds the tool that reads policies and keys files.
export async function buildKvTool() {
  if (!existsSync(kvTool)) say("Building the policy reader (about half a minute)");
  const status = await run("cargo", ["build", "--quiet", "--bin", "headgate-kv"], { cwd: root });
  if (status !== 0) throw new Stop("The policy reader could not be built: the reason is above.");
}

// Ends with the reader's one line if the policy or the keys are not right.
export async function checkFiles(policy, keys) {
  const status = await run(kvTool, [...fileFlags(policy, keys), "--check"], {});
  if (status !== 0) throw new Stop("The gate was not started.");
}

const fileFlags = (policy, keys) => ["--policy", policy, ...(keys ? ["--keys", keys] : [])];

// The secret under which this folder's state is hashed, made once: under another one it would be a second
// set of budgets.
export const hashKey = (folder) => secret(folder, "hash-key");

// What those who run this folder's gate show it.
export const adminToken = (folder) => secret(folder, "admin-token");

function secret(folder, name) {
  const file = join(folder, name);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}

// Fills the folder's KV with the policy and the keys, and nothing else: a key that is no longer in the file
// is no longer known.
export async function fillKv(folder, policy, keys) {
  const env = { ...toolEnv(), HASH_KEY: hashKey(folder) };
  const entries = capture(kvTool, fileFlags(policy, keys), { env });
  if (entries === undefined) throw new Stop(`${policy}: it changed while it was read; start again.`);
  const file = join(folder, "kv.json");
  writeFileSync(file, entries, { mode: 0o600 });
  rmSync(join(folder, "v3", "kv"), { recursive: true, force: true });
  const flags = ["kv", "bulk", "put", file, "--binding", "POLICY", "--local", "--persist-to", folder];
  const log = join(folder, "kv.log");
  const status = await run(join(npmBin, "wrangler"), flags, { cwd: root, env, log });
  rmSync(file);
  if (status !== 0) throw new Stop(`KV could not be filled; see ${log}`);
}
