// Plants faults in a copy of the tree, one at a time, and sees whether they are found.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, say, Stop } from "./run.mjs";
import { root } from "./tools.mjs";

const PARTS = ["src", "tests", "sim", "cli", "demo", "policies", "Cargo.toml", "Cargo.lock"];
// A loop that never ends is found, too.
const LONGEST_MS = 600_000;

const folder = join(root, "target", "mutate");
const tree = join(folder, "tree");
const log = join(folder, "log");

// Plants each fault of a file in `scripts/` whose file or reason has a text in it. `commandsOf` says what builds and what
// then must fail for some faults, each as the arguments of cargo.
export async function plantAll(file, text, commandsOf) {
  const all = JSON.parse(readFileSync(join(root, "scripts", file), "utf8"));
  const faults = all.filter(({ file, why }) => `${file} ${why}`.includes(text));
  if (faults.length === 0) throw new Stop(`No fault has "${text}" in its file or reason.`);
  copyTree();
  say(`${faults.length} faults; first without any`);
  const sound = await outcome(commandsOf(faults));
  if (sound !== "survived") throw new Stop(`Without a fault: ${sound}; see ${log}`);
  const found = [];
  for (const fault of faults) found.push(await attempt(fault, commandsOf([fault])));
  const missed = found.filter((one) => one !== "caught").length;
  console.log(`${faults.length - missed} of ${faults.length} caught`);
  if (missed > 0) process.exitCode = 1;
}

function copyTree() {
  mkdirSync(folder, { recursive: true });
  rmSync(tree, { recursive: true, force: true });
  // With new times: what was last built there may hold a fault.
  for (const part of PARTS) cpSync(join(root, part), join(tree, part), { recursive: true });
}

// Makes one fault, looks whether it is found, and undoes it.
async function attempt({ file, find, replace, why }, commands) {
  const path = join(tree, file);
  const text = readFileSync(path, "utf8");
  const [before, after, ...more] = text.split(find);
  const isUnique = after !== undefined && more.length === 0;
  let result = isUnique ? "" : "does not stand once in its file";
  if (isUnique) {
    writeFileSync(path, before + replace + after);
    result = await outcome(commands);
    writeFileSync(path, text);
  }
  const by = result === "caught" ? firstLine(commands.by) : "";
  console.log(`${result.padEnd(8)}  ${file.padEnd(30)}  ${why}  (${by})`);
  return result;
}

// The line of the log that says what found it, or what it is that did.
function firstLine(by) {
  const line = readFileSync(log, "utf8").split("\n").find((line) => by instanceof RegExp && by.test(line));
  return (line ?? String(by)).slice(0, 110);
}

// What becomes of a fault: caught, survived, or that there was nothing to catch it with.
async function outcome({ build, check }) {
  rmSync(log, { force: true });
  const options = { cwd: tree, env: { ...process.env, CARGO_TARGET_DIR: join(folder, "target") }, log, timeout: LONGEST_MS };
  if ((await run("cargo", build, options)) !== 0) return "does not compile";
  return (await run("cargo", check, options)) === 0 ? "survived" : "caught";
}
