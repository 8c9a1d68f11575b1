// Which tools, at which versions, where they are, and the environment that makes builds use them.
//
// HEADGATE_CACHE      folder for what set-up builds (else $XDG_CACHE_HOME/headgate or ~/.cache/headgate)
// HEADGATE_WASM_STD   "distribution" to use the fall-back of distribution-rust.mjs even if not needed
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { capture, Stop } from "./run.mjs";

export const WASM_TARGET = "wasm32-unknown-unknown";
export const root = fileURLToPath(new URL("..", import.meta.url));
export const npmBin = join(root, "node_modules", ".bin");
export const cacheFolder = process.env.HEADGATE_CACHE
  ? resolve(process.env.HEADGATE_CACHE)
  : join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "headgate");

// A rustup toolchain in a folder: RUSTUP_TOOLCHAIN takes a path, so rustup need not be told of it.
export const distributionRust = join(cacheFolder, "wasm-toolchain");
export const distributionRustIsForced = () => process.env.HEADGATE_WASM_STD === "distribution";

export function cargoTools() {
  return [
    { crate: "worker-build", version: "0.8.7", binaries: ["worker-build"], minutes: 4 },
    {
      crate: "wasm-bindgen-cli",
      version: lockedVersion("wasm-bindgen"), // the tool and the crate must be of one version
      binaries: ["wasm-bindgen", "wasm-bindgen-test-runner"],
      minutes: 3,
    },
  ];
}

// Only for those who fuzz.
export const cargoFuzz = { crate: "cargo-fuzz", version: "0.13.1", binaries: ["cargo-fuzz"], minutes: 2 };

export const toolFolder = ({ crate, version }) => join(cacheFolder, `${crate}-${version}`);

export function toolPath(binary) {
  const tool = cargoTools().find(({ binaries }) => binaries.includes(binary));
  return join(toolFolder(tool), "bin", binary);
}

// The environment for cargo (wasm), worker-build and wrangler. Every tool that worker-build
// would download is named here, so a build needs no network of its own.
export function toolEnv() {
  const toolchain = wasmToolchain();
  const folders = [npmBin, ...cargoTools().map((tool) => join(toolFolder(tool), "bin"))];
  return {
    ...process.env,
    ...(toolchain && { RUSTUP_TOOLCHAIN: toolchain }),
    WASM_BINDGEN_BIN: toolPath("wasm-bindgen"),
    WASM_OPT_BIN: join(npmBin, "wasm-opt"),
    ESBUILD_BIN: join(npmBin, "esbuild"),
    // By name and found on PATH: cargo would split a path at its spaces.
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
    WRANGLER_SEND_METRICS: "false",
    PATH: [...folders, process.env.PATH].join(delimiter),
  };
}

// The fall-back toolchain if wasm commands must use it, else undefined.
export function wasmToolchain() {
  if (!existsSync(distributionRust)) return undefined;
  return distributionRustIsForced() || !hasWasmStd(sysroot()) ? distributionRust : undefined;
}

// Of the toolchain in use here.
export function sysroot() {
  return capture("rustc", ["--print", "sysroot"], { cwd: root });
}

export function hasWasmStd(sysroot) {
  const folder = join(sysroot, "lib", "rustlib", WASM_TARGET, "lib");
  return existsSync(folder) && readdirSync(folder).some((name) => /^libstd[-.].*rlib$/.test(name));
}

// The oldest Rust that will do, from Cargo.toml.
export function minimumRust() {
  return readFileSync(join(root, "Cargo.toml"), "utf8").match(/^rust-version = "([\d.]+)"/m)[1];
}

export function onPath(command) {
  return process.env.PATH.split(delimiter).some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lockedVersion(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`^name = "${crate}"\\nversion = "(.+)"`, "m"));
  if (!found) throw new Stop(`Cargo.lock does not name ${crate}.`);
  return found[1];
}
