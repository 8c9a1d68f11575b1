// Builds the Worker into build/ (worker.js, and index.js and index_bg.wasm that it imports), unless it is already built.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  what: "the Worker", crate: root, folder: join(root, "build"), library: "headgate", shim: "edge/worker.js", pages: "dashboard",
  inputs: ["src", "policies/default.json", "Cargo.toml", "Cargo.lock", ...TOOL_INPUTS],
};

export const build = () => buildWorker(GATE);

// Builds the Worker of a `crate` into a `folder`; `inputs` is all that its `library` is made of.
export async function buildWorker(worker) {
  await withLock(join(worker.folder, ".lock"), () => buildIfStale(worker));
}

async function buildIfStale(worker) {
  const env = { ...toolEnv(), CARGO_TARGET_DIR: resolve(root, process.env.CARGO_TARGET_DIR ?? "target") };
  // Taken before the build: what changes during it must count as not built.
  const stamp = fingerprint(worker.inputs, [capture("rustc", ["-vV"], { cwd: root, env }), env.RUSTFLAGS]);
  // Pages change nothing of the Wasm.
  const whole = fingerprint([worker.pages].filter(Boolean), [stamp]);
  const isStale = !isBuilt(worker, stamp);
  if (!isStale && isStamped(worker, ".whole", whole)) return say(`Up to date: ${worker.what} (${sizes(worker)})`);
  if (isStale) await buildWasm(worker, env, stamp);
  await putShim(worker, env);
  writeFileSync(join(worker.folder, ".whole"), whole);
  say(`Built ${worker.what} (${sizes(worker)})`);
}

async function buildWasm(worker, env, stamp) {
  const stampFile = join(worker.folder, ".stamp");
  say(`Building ${worker.what} (about 2 minutes the first time, then half a minute)`);
  rmSync(stampFile, { force: true });
  await runWorkerBuild(worker, env);
  await stripNames(worker, env);
  checkInputs(worker, env);
  writeFileSync(stampFile, stamp);
}

const wasmOf = ({ folder }) => join(folder, "index_bg.wasm");

function isBuilt(worker, stamp) {
  const files = [wasmOf(worker), ...["index.js", "worker.js"].map((name) => join(worker.folder, name))];
  return files.every((file) => existsSync(file)) && isStamped(worker, ".stamp", stamp);
}

function isStamped({ folder }, name, stamp) {
  const file = join(folder, name);
  return existsSync(file) && readFileSync(file, "utf8") === stamp;
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

// What the runtime calls, with the pages in it: whatever carries the Worker carries them too.
async function putShim({ crate, folder, shim, pages, what }, env) {
  const [from, to] = [join(crate, "src", shim), join(folder, "worker.js")];
  if (!pages) return copyFileSync(from, to);
  const files = join(folder, "pages.json");
  writeFileSync(files, JSON.stringify(pagesIn(join(root, pages))));
  const outside = ["./index.js", "cloudflare:workers"].map((name) => `--external:${name}`);
  const flags = ["--bundle", "--format=esm", "--charset=utf8", "--log-level=warning", ...outside, `--alias:${pages}=${files}`, `--outfile=${to}`];
  const status = await run(join(npmBin, "esbuild"), [from, ...flags], { cwd: root, env });
  if (status !== 0) throw new Stop(`The pages could not be put into ${what}: the reason is above.`);
}

// The files of a folder, by their names in it.
function pagesIn(folder, within = "") {
  const entries = readdirSync(join(folder, within), { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
  return Object.assign({}, ...entries.map((entry) => {
    const name = within + entry.name;
    if (entry.isDirectory()) return pagesIn(folder, `${name}/`);
    const text = readFileSync(join(folder, name), "utf8");
    const etag = `"${createHash("sha256").update(text).digest("hex").slice(0, 32)}"`;
    return { [name]: { etag, text } };
  }));
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
