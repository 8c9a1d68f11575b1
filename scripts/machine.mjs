// What set-up cannot bring itself.
import { minimumRust, onPath, root } from "./tools.mjs";
import { capture, Stop } from "./run.mjs";

const GET_RUST = "install Rust with rustup (https://rustup.rs)";
const NEEDED = {
  cargo: GET_RUST,
  rustc: GET_RUST,
  npm: "it comes with Node.js (https://nodejs.org)",
  cc: "install a C compiler (Debian, Ubuntu: apt-get install build-essential; macOS: xcode-select --install)",
};

export function checkMachine() {
  if (isOlder(process.versions.node, "18")) {
    throw new Stop(`Node ${process.versions.node} is too old: version 18 or newer is needed (https://nodejs.org).`);
  }
  for (const [command, remedy] of Object.entries(NEEDED)) {
    if (!onPath(command)) throw new Stop(`Missing: ${command}; ${remedy}.`);
  }
  checkRust();
}

function checkRust() {
  const version = capture("rustc", ["-V"], { cwd: root })?.match(/^rustc ([\d.]+)/)?.[1];
  if (!version) throw new Stop("rustc is there but does not run: try `rustc -V` (perhaps `rustup default stable`).");
  const minimum = minimumRust();
  if (isOlder(version, minimum)) {
    throw new Stop(`Rust ${version} is too old: ${minimum} or newer is needed (rustup update stable).`);
  }
}

// worker-build links the system's OpenSSL on Linux, whose headers are a package of their own.
export function checkOpenSsl() {
  if (process.platform !== "linux" || process.env.OPENSSL_DIR) return;
  if (capture("pkg-config", ["--exists", "openssl"]) === undefined) {
    throw new Stop("Missing: OpenSSL's headers, to build worker-build; install them "
      + "(Debian, Ubuntu: apt-get install pkg-config libssl-dev; Fedora: dnf install pkgconf openssl-devel).");
  }
}

export function isOlder(version, minimum) {
  const [a, b] = [version, minimum].map((text) => text.split(".").map(Number));
  const at = b.findIndex((part, n) => (a[n] ?? 0) !== part);
  return at >= 0 && (a[at] ?? 0) < b[at];
}
