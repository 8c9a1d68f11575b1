// The standard library for wasm: from rustup, else by the fall-back of distribution-rust.mjs.
import { existsSync } from "node:fs";
import { distributionRust, distributionRustIsForced, hasWasmStd, onPath, root, sysroot, WASM_TARGET } from "./tools.mjs";
import { ensureDistributionRust } from "./distribution-rust.mjs";
import { run, say, Stop } from "./run.mjs";

const RUSTUP_LIMIT_MS = 60_000;

// toolEnv() tells later steps which toolchain came of it.
export async function ensureWasmStd() {
  if (distributionRustIsForced()) return ensureDistributionRust();
  if (hasWasmStd(sysroot())) return;
  if (!onPath("rustup")) {
    throw new Stop(`Missing: Rust's standard library for ${WASM_TARGET}; install it from where this Rust came from, `
      + "or install Rust with rustup (https://rustup.rs).");
  }
  // Once it was needed it stays in use: asking rustup again could cost a minute each time.
  if (existsSync(distributionRust)) return ensureDistributionRust();
  if (await addTarget()) return;
  say("rustup could not bring it; falling back to the distribution's Rust.");
  await ensureDistributionRust();
}

async function addTarget() {
  say(`Adding the Rust target ${WASM_TARGET} (rustup, a few seconds)`);
  const env = { ...process.env, RUST_BACKTRACE: "0" };
  await run("rustup", ["target", "add", WASM_TARGET], { cwd: root, env, timeout: RUSTUP_LIMIT_MS });
  return hasWasmStd(sysroot());
}
