// Builds the Worker into build/ (worker.js, and index.js and index_bg.wasm that it imports), unless it is already built.
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { fingerprint, uncovered } from "./freshness.mjs";
import { withLock } from "./lock.mjs";
import { capture, main, run, say, Stop } from "./run.mjs";
import { setup } from "./setup.mjs";
import { npmBin, root, toolEnv, toolPath, WASM_TARGET } from "./tools.mjs";

// package-lock.json stands for the versions of wasm-opt and esbuild.
const INPUTS = ["src", "policies/default.json", "Cargo.toml", "Cargo.lock", "package-lock.json", "scripts/build.mjs", "scripts/tools.mjs"];

const folder = join(root, "build");
const wasm = join(folder, "index_bg.wasm");
const stampFile = join(folder, ".stamp");

export async function build() {
  await withLock(join(folder, ".lock"), buildIfStale);
}

async function buildIfStale() {
  const env = toolEnv();
  // Taken before the build: what changes during it must count as not built.
  const stamp = fingerprint(INPUTS, [capture("rustc", ["-vV"], { cwd: root, env }), env.RUSTFLAGS]);
  if (isBuilt(stamp)) return say(`The Worker is up to date (${sizes()})`);
  say("Building the Worker (about 2 minutes the first time, then half a minute)");
  rmSync(stampFile, { force: true });
  await runWorkerBuild(env);
  await stripNames(env);
  copyFileSync(join(root, "src/edge/worker.js"), join(folder, "worker.js"));
  checkInputs(env);
  writeFileSync(stampFile, stamp);
  say(`Built the Worker (${sizes()})`);
}

function isBuilt(stamp) {
  const files = [stampFile, wasm, join(folder, "index.js"), join(folder, "worker.js")];
  return files.every((file) => existsSync(file)) && readFileSync(stampFile, "utf8") === stamp;
}

async function runWorkerBuild(env) {
  const tool = toolPath("worker-build");
  if (!existsSync(tool)) throw new Stop("worker-build is missing: npm run setup");
  // One line per crate is for a screen, not for a log; errors and warnings come either way.
  const quiet = process.stderr.isTTY ? {} : { CARGO_TERM_QUIET: "true" };
  const status = await run(tool, ["--release"], { cwd: root, env: { ...quiet, ...env, RUST_BACKTRACE: "0" } });
  if (status === 0) return;
  rmSync(join(folder, ".tmp"), { recursive: true, force: true }); // or the next build would wait for it to grow old
  throw new Stop("The Worker could not be built: the reason is above.");
}

// The names of functions would be an eighth of what is deployed. A panic tells its file and line without them.
async function stripNames(env) {
  const features = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types", "exception-handling"];
  const flags = [...features.map((feature) => `--enable-${feature}`), "--strip-debug"];
  const status = await run(join(npmBin, "wasm-opt"), [wasm, ...flags, "--output", wasm], { cwd: root, env });
  if (status !== 0) throw new Stop("The names of functions could not be taken out of the Worker: the reason is above.");
}

// A file that is compiled in but not watched would leave builds stale, unnoticed.
function checkInputs(env) {
  const target = resolve(root, env.CARGO_TARGET_DIR ?? "target");
  const missing = uncovered(join(target, WASM_TARGET, "release", "headgate.d"), INPUTS);
  if (missing.length > 0) throw new Stop(`Compiled in but not in INPUTS of scripts/build.mjs: ${missing.join(", ")}`);
}

function sizes() {
  const bytes = readFileSync(wasm);
  const kib = (length) => `${(length / 1024).toFixed(1)} KiB`;
  return `wasm ${kib(bytes.length)}, gzip ${kib(gzipSync(bytes, { level: 9 }).length)}`;
}

await main(import.meta.url, async () => {
  await setup();
  await build();
});
