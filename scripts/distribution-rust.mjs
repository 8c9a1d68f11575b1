// The fall-back where rustup's download server is out of reach: a toolchain for wasm out of
// Debian's rustc-web and rust-web-src, the standard library compiled from the latter.
//
// Nothing is installed: apt's index and the packages go to the cache folder, so it needs no root,
// and no other Rust on the machine changes. To try it where rustup works: HEADGATE_WASM_STD=distribution.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isOlder } from "./machine.mjs";
import { distributionRust, minimumRust, onPath, sysroot, WASM_TARGET } from "./tools.mjs";
import { capture, lastLines, run, say, Stop } from "./run.mjs";

const PACKAGES = ["rustc-web", "rust-web-src"];
const work = `${distributionRust}.partial`;
const log = `${distributionRust}.log`;

export async function ensureDistributionRust() {
  if (isUsable()) return;
  for (const command of ["rustup", "apt-get", "dpkg-deb"]) {
    if (!onPath(command)) throw new Stop(`No way left to get Rust for ${WASM_TARGET}: the fall-back needs ${command}.`);
  }
  await make();
}

// Its links lead into another toolchain, its libraries come in part from the system: both can go away.
function isUsable() {
  const { host } = compilerOf(distributionRust);
  return host !== undefined && existsSync(join(distributionRust, "bin", "cargo")) && existsSync(linkerIn(distributionRust, host));
}

async function make() {
  say(`Making a wasm toolchain from Debian's packages (140 MB; about a minute, once; log: ${log})`);
  for (const path of [work, log, distributionRust]) rmSync(path, { recursive: true, force: true });
  await unpackPackages();
  const toolchain = join(work, "root", "usr");
  wrapCommands(toolchain);
  checkVersion(toolchain);
  linkRustupParts(toolchain);
  await buildStd(toolchain);
  for (const spent of ["src", "share", "lib/rustlib/src"]) rmSync(join(toolchain, spent), { recursive: true, force: true });
  renameSync(toolchain, distributionRust);
  rmSync(work, { recursive: true, force: true });
}

async function unpackPackages() {
  const debs = join(work, "debs");
  for (const folder of ["lists/partial", "archives/partial", "debs"]) mkdirSync(join(work, folder), { recursive: true });
  const options = aptOptions();
  await step("apt-get", [...options, "update"]);
  const plan = capture("apt-get", [...options, "--simulate", "--no-install-recommends", "install", ...PACKAGES]) ?? "";
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
  if (names.length === 0) throw new Stop(`No way left to get Rust for ${WASM_TARGET}: apt-get offers no ${PACKAGES.join(", ")}.`);
  await step("apt-get", [...options, "download", ...names], { cwd: debs });
  for (const deb of readdirSync(debs)) await step("dpkg-deb", ["-x", join(debs, deb), join(work, "root")]);
}

// The machine's sources, but lists and status of our own. In that status no Rust is installed:
// an installed one could neither be left out of the plan nor stand in its way.
function aptOptions() {
  const status = join(work, "status");
  const installed = readFileSync("/var/lib/dpkg/status", "utf8").split("\n\n");
  writeFileSync(status, installed.filter((entry) => !/^Package: .*(rust|cargo)/m.test(entry)).join("\n\n"));
  const settings = {
    "Dir::State::lists": join(work, "lists"),
    "Dir::State::status": status,
    "Dir::Cache": work,
    "Debug::NoLocking": "1",
    "APT::Sandbox::User": "root", // as root it would become a user who cannot write here
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

// The compiler's libraries are not where the system looks for them.
function wrapCommands(toolchain) {
  const lib = readdirSync(join(toolchain, "lib")).find((name) => name.endsWith("-linux-gnu"));
  mkdirSync(join(toolchain, "libexec"), { recursive: true });
  for (const name of ["rustc", "rustdoc"]) {
    renameSync(join(toolchain, "bin", name), join(toolchain, "libexec", name));
    writeFileSync(join(toolchain, "bin", name), `#!/bin/sh
home=\${0%/bin/*}
export LD_LIBRARY_PATH="$home/lib/${lib}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$home/libexec/${name}" "$@"
`);
    chmodSync(join(toolchain, "bin", name), 0o755);
  }
}

function checkVersion(toolchain) {
  const { version } = compilerOf(toolchain);
  if (!version || isOlder(version, minimumRust())) {
    throw new Stop(`No way left to get Rust for ${WASM_TARGET}: the distribution's rustc-web `
      + (version ? `is ${version}, ${minimumRust()} is needed.` : "does not run."));
  }
}

// Debian's packages have no wasm linker; cargo need not be theirs.
function linkRustupParts(toolchain) {
  const inUse = sysroot();
  const { host } = compilerOf(toolchain);
  const links = [
    [join(inUse, "bin", "cargo"), join(toolchain, "bin", "cargo")],
    [linkerIn(inUse, host), linkerIn(toolchain, host)],
  ];
  for (const [from, to] of links) {
    if (!existsSync(from)) throw new Stop(`No way left to get Rust for ${WASM_TARGET}: the fall-back needs ${from}.`);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(from, to);
  }
}

async function buildStd(toolchain) {
  const target = join(work, "target");
  const manifest = join(toolchain, "lib/rustlib/src/rust/library/sysroot/Cargo.toml");
  const env = {
    ...process.env,
    RUSTC: join(toolchain, "bin", "rustc"),
    RUSTC_BOOTSTRAP: "1",
    RUSTFLAGS: "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes", // bitcode: for link-time optimisation
    CARGO_PROFILE_RELEASE_PANIC: "abort",
    CARGO_TARGET_DIR: target,
  };
  await step("cargo", ["build", "--release", "--target", WASM_TARGET, "--manifest-path", manifest], { env, cwd: work });
  const [from, to] = [join(target, WASM_TARGET, "release/deps"), join(toolchain, "lib/rustlib", WASM_TARGET, "lib")];
  mkdirSync(to, { recursive: true });
  const libraries = readdirSync(from).filter((name) => name.endsWith(".rlib"));
  for (const name of libraries) copyFileSync(join(from, name), join(to, name));
}

async function step(command, args, { env = process.env, cwd } = {}) {
  const status = await run(command, args, { cwd, log, env: { ...env, LC_ALL: "C" } });
  if (status !== 0) throw new Stop(`${lastLines(log)}\nThe fall-back for ${WASM_TARGET} failed at ${command}; the whole log: ${log}`);
}

function compilerOf(toolchain) {
  const text = capture(join(toolchain, "bin", "rustc"), ["-vV"]) ?? "";
  return { version: text.match(/^release: ([\d.]+)/m)?.[1], host: text.match(/^host: (.+)/m)?.[1] };
}

const linkerIn = (toolchain, host) => join(toolchain, "lib", "rustlib", host, "bin", "rust-lld");
