// Runs the fuzzer over targets, one after the other. `npm run fuzz -- --help`
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { ensureCargoTool } from "./cargo-tools.mjs";
import { withLock } from "./lock.mjs";
import { checkMachine } from "./machine.mjs";
import { lastLines, main, run, say, step, Stop } from "./run.mjs";
import { cacheFolder, cargoFuzz, onPath, root, toolFolder } from "./tools.mjs";

const HELP = `usage: npm run fuzz -- [--seconds 600] [--minimise] [TARGET…]
Runs each target (all of them if none is named) for so long, from its corpus in fuzz/corpus/ and what earlier runs found.
--minimise then puts the smallest set of inputs that reaches as much into fuzz/corpus/. Exit status 1 if one crashed.
Targets: `;

const fuzz = join(root, "fuzz");
const built = join(root, "target", "fuzz");
const targets = readdirSync(join(fuzz, "fuzz_targets")).map((name) => name.replace(/\.rs$/, "")).sort();

const committed = (target) => join(fuzz, "corpus", target);
// What once broke something: kept for good.
const findings = (target) => join(fuzz, "findings", target);
const found = (target) => join(built, "corpus", target);

// Stable Rust, so without a sanitizer: there is no unsafe code for one to look at.
const FLAGS = ["--sanitizer", "none", "--codegen-units", "16", "--target-dir", built];

// Longer inputs are slow and tell nothing new.
const MOST_BYTES = 4096;

await main(import.meta.url, async () => {
  const { seconds, minimise, chosen } = read(process.argv.slice(2));
  checkMachine();
  if (!onPath("c++")) throw new Stop("Missing: c++, to build the fuzzer; install a C++ compiler (Debian, Ubuntu: apt-get install g++).");
  await withLock(join(cacheFolder, "setup.lock"), () => ensureCargoTool(cargoFuzz));
  await withLock(join(built, "lock"), async () => {
    await step("Build (some minutes from nothing)", "cargo", ["fuzz", "build", ...FLAGS], options());
    say(`\n${"target".padEnd(12)}${"executions".padStart(12)}${"coverage".padStart(10)}${"corpus".padStart(8)}  outcome`);
    for (const target of chosen) {
      const crashed = await attempt(target, seconds);
      if (crashed) process.exitCode = 1;
      else if (minimise) await minimised(target);
    }
  });
});

function read(words) {
  const usage = HELP + targets.join(", ");
  let [seconds, minimise] = [600, false];
  const chosen = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === "--minimise") minimise = true;
    else if (word === "--seconds") seconds = Number(words[++at]);
    else if (targets.includes(word)) chosen.push(word);
    else throw new Stop(usage);
  }
  if (!(Number.isInteger(seconds) && seconds > 0)) throw new Stop(usage);
  return { seconds, minimise, chosen: chosen.length > 0 ? chosen : targets };
}

// With cargo-fuzz on the path. It finds the fuzz folder below the project's.
function options(more = {}) {
  const path = [join(toolFolder(cargoFuzz), "bin"), process.env.PATH].join(delimiter);
  return { cwd: root, env: { ...process.env, PATH: path }, ...more };
}

// Fuzzes one target; whether it crashed.
async function attempt(target, seconds) {
  const log = join(built, `${target}.log`);
  rmSync(log, { force: true });
  mkdirSync(found(target), { recursive: true });
  mkdirSync(committed(target), { recursive: true });
  const limits = [`-max_total_time=${seconds}`, `-max_len=${MOST_BYTES}`, "-print_final_stats=1"];
  const corpora = [found(target), committed(target), findings(target)].filter((folder) => existsSync(folder));
  const args = ["fuzz", "run", ...FLAGS, target, ...corpora, "--", ...limits];
  const status = await run("cargo", args, options({ log }));
  const text = readFileSync(log, "utf8");
  const last = (pattern) => [...text.matchAll(pattern)].at(-1)?.[1] ?? "?";
  const figures = [
    last(/stat::number_of_executed_units:\s+(\d+)/g).padStart(12),
    last(/ cov: (\d+) /g).padStart(10),
    last(/ corp: (\d+)\//g).padStart(8),
  ];
  console.log(`${target.padEnd(12)}${figures.join("")}  ${status === 0 ? "no crash" : "crashed"}`);
  if (status !== 0) explain(target, text, log);
  return status !== 0;
}

function explain(target, text, log) {
  const file = text.match(/Test unit written to (\S+)/)?.[1];
  if (!file) return say(`${lastLines(log)}\nThe whole log: ${log}`);
  const panic = text.match(/panicked at [^]*?(?=\nstack backtrace|\nnote:|\n==)/)?.[0];
  say(`\n${panic ?? lastLines(log)}\n\nTo replay it: cargo test --test fuzz_corpus, after\n`
    + `  mkdir -p ${relative(root, findings(target))} && cp ${relative(root, file)} $_/\n`
    + `The whole log: ${relative(root, log)}`);
}

// The committed corpus becomes the least that reaches as much as all that is known.
async function minimised(target) {
  const [from, to] = [found(target), committed(target)];
  cpSync(to, from, { recursive: true });
  const log = join(built, `${target}.log`);
  // By what is reached, not by how often: a third of the files.
  const args = ["fuzz", "cmin", ...FLAGS, target, from, "--", "-use_counters=0"];
  if ((await run("cargo", args, options({ log }))) !== 0) throw new Stop(`${lastLines(log)}\nThe whole log: ${log}`);
  const fresh = join(dirname(to), `.${target}`);
  rmSync(fresh, { recursive: true, force: true });
  cpSync(from, fresh, { recursive: true });
  if (existsSync(to)) rmSync(to, { recursive: true });
  renameSync(fresh, to);
}
