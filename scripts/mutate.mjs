// Proves that the tests bite: each fault of mutations.json is made on a copy of the tree, and its tests must fail.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main, run, say, Stop } from "./run.mjs";
import { root } from "./tools.mjs";

const HELP = "npm run mutate [-- TEXT]: only the faults whose file or reason has TEXT in it";
const PARTS = ["src", "tests", "cli", "demo", "policies", "Cargo.toml", "Cargo.lock"];
// A loop that never ends is caught, too.
const LONGEST_MS = 600_000;

const folder = join(root, "target", "mutate");
const tree = join(folder, "tree");
const log = join(folder, "log");
const env = { ...process.env, CARGO_TARGET_DIR: join(folder, "target") };

await main(import.meta.url, async () => {
  const [text = ""] = process.argv.slice(2);
  if (text.startsWith("-")) throw new Stop(HELP);
  const all = JSON.parse(readFileSync(join(root, "scripts", "mutations.json"), "utf8"));
  const mutations = all.filter(({ file, why }) => `${file} ${why}`.includes(text));
  if (mutations.length === 0) throw new Stop(`No fault has "${text}" in its file or reason.\n${HELP}`);
  copyTree();
  const tests = [...new Set(mutations.flatMap((mutation) => mutation.tests))];
  say(`${mutations.length} faults; first the tests without any`);
  const sound = await outcome(tests);
  if (sound !== "survived") throw new Stop(`Without a fault: ${sound}; see ${log}`);
  const found = [];
  for (const mutation of mutations) found.push(await attempt(mutation));
  const missed = found.filter((one) => one !== "caught").length;
  console.log(`${mutations.length - missed} of ${mutations.length} caught`);
  if (missed > 0) process.exitCode = 1;
});

function copyTree() {
  mkdirSync(folder, { recursive: true });
  rmSync(tree, { recursive: true, force: true });
  // With new times: what was last built there may hold a fault.
  for (const part of PARTS) cpSync(join(root, part), join(tree, part), { recursive: true });
}

// Makes one fault, tests, and undoes it.
async function attempt({ file, find, replace, why, tests }) {
  const path = join(tree, file);
  const text = readFileSync(path, "utf8");
  const [before, after, ...more] = text.split(find);
  const isUnique = after !== undefined && more.length === 0;
  let result = isUnique ? "" : "does not stand once in its file";
  if (isUnique) {
    writeFileSync(path, before + replace + after);
    result = await outcome(tests);
    writeFileSync(path, text);
  }
  console.log(`${result.padEnd(8)}  ${file.padEnd(30)}  ${why}  (${tests.join(", ")})`);
  return result;
}

// What the tests say: caught, survived, or that there was nothing to test.
async function outcome(tests) {
  rmSync(log, { force: true });
  const args = ["test", "--quiet", ...tests.flatMap((test) => ["--test", test])];
  const options = { cwd: tree, env, log, timeout: LONGEST_MS };
  if ((await run("cargo", [...args, "--no-run"], options)) !== 0) return "does not compile";
  return (await run("cargo", args, options)) === 0 ? "survived" : "caught";
}
