// Builds the Worker into build/ (worker.js, and index.js and index_bg.wasm that it imports), unless it is already built.
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { fingerprint, uncovered } from "./freshness.mjs";
import { withLock } from "./lock.mjs";
import { capture, main, run, say, Stop } from "./run.mjs";
import { setup } from "./setup.mjs";
import { npmBin, root, toolEnv, toolPath, WASM_TARGET } from "./tools.mjs";

// package-lock.json stands for the versions of wasm-opt and esbuild.
export const TOOL_INPUTS = ["package-lock.json", "scripts/build.mjs", "scripts/tools.mjs"];

const GATE = {
  what: "the Worker", crate: root, folder: join(root, "build"), library: "headgate", shim: "edge/worker.js",
  inputs: ["src", "policies/default.json", "Cargo.toml", "Cargo.lock", ...TOOL_INPUTS],
};

export const build = () => buildWorker(GATE);

// Builds the Worker of a `crate` into a `folder`; `inputs` is all that its `library` is made of.
export async function buildWorker(worker) {
  await withLock(join(worker.folder, ".lock"), () => buildIfStale(worker));
}

async function buildIfStale(worker) {
  const env = { ...toolEnv(), CARGO_TARGET_DIR: resolve(root, process.env.CARGO_TARGET_DIR ?? "target") };
  const stampFile = join(worker.folder, ".stamp");
  // Taken before the build: what changes during it must count as not built.
  const stamp = fingerprint(worker.inputs, [capture("rustc", ["-vV"], { cwd: root, env }), env.RUSTFLAGS]);
  if (isBuilt(worker, stamp)) return say(`Up to date: ${worker.what} (${sizes(worker)})`);
  say(`Building ${worker.what} (about 2 minutes the first time, then half a minute)`);
  rmSync(stampFile, { force: true });
  await runWorkerBuild(worker, env);
  await stripNames(worker, env);
  copyFileSync(join(worker.crate, "src", worker.shim), join(worker.folder, "worker.js"));
  checkInputs(worker, env);
  writeFileSync(stampFile, stamp);
  say(`Built ${worker.what} (${sizes(worker)})`);
}

const wasmOf = ({ folder }) => join(folder, "index_bg.wasm");

function isBuilt(worker, stamp) {
  const files = [join(worker.folder, ".stamp"), wasmOf(worker), ...["index.js", "worker.js"].map((name) => join(worker.folder, name))];
  return files.every((file) => existsSync(file)) && readFileSync(files[0], "utf8") === stamp;
}

async function runWorkerBuild({ crate, folder, what }, env) {
  const tool = toolPath("worker-build");
  if (!existsSync(tool)) throw new Stop("worker-build is missing: npm run setup");
  // One line per crate is for a screen, not for a log; errors and warnings come either way.
  const quiet = process.stderr.isTTY ? {} : { CARGO_TERM_QUIET: "true" };
  const flags = ["--release", "--out-dir", relative(crate, folder)];
  const status = await run(tool, flags, { cwd: crate, env: { ...quiet, ...env, RUST_BACKTRACE: "0" } });
  if (status === 0) return;
  rmSync(join(folder, ".tmp"), { recursive: true, force: true }); // or the next build would wait for it to grow old
  throw new Stop(`Not built: ${what}. The reason is above.`);
}

// The names of functions would be an eighth of what is deployed. A panic tells its file and line without them.
async function stripNames(worker, env) {
  const features = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types", "exception-handling"];
  const flags = [...features.map((feature) => `--enable-${feature}`), "--strip-debug"];
  const wasm = wasmOf(worker);
  const status = await run(join(npmBin, "wasm-opt"), [wasm, ...flags, "--output", wasm], { cwd: root, env });
  if (status !== 0) throw new Stop(`The names of functions could not be taken out of ${worker.what}: the reason is above.`);
}

// A file that is compiled in but not watched would leave builds stale, unnoticed.
function checkInputs({ inputs, library }, env) {
  const missing = uncovered(join(env.CARGO_TARGET_DIR, WASM_TARGET, "release", `${library}.d`), inputs);
  if (missing.length > 0) throw new Stop(`Compiled into ${library} but not named as its inputs: ${missing.join(", ")}`);
}

function sizes(worker) {
  const bytes = readFileSync(wasmOf(worker));
  const kib = (length) => `${(length / 1024).toFixed(1)} KiB`;
  return `wasm ${kib(bytes.length)}, gzip ${kib(gzipSync(bytes, { level: 9 }).length)}`;
}

await main(import.meta.url, async () => {
  await setup();
  await build();
});
