// A browser for the tests of the dashboard: the one that HEADGATE_CHROMIUM names, one that is on the machine, or one from npm, which
// is unpacked beside the other tools, once, and needs neither root nor a package of the system's.
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { capture, run, say, step, Stop } from "./run.mjs";
import { cacheFolder } from "./tools.mjs";

const PACKAGE = { name: "@sparticuz/chromium", version: "153.0.0" };
const FOLDER = join(cacheFolder, `chromium-${PACKAGE.version}`);
const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const HOW = "install Chromium (Debian, Ubuntu: apt-get install chromium) or name one in HEADGATE_CHROMIUM";

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(FOLDER, "fonts")}</dir><cachedir>${join(FOLDER, "fonts-cache")}</cachedir></fontconfig>
`;

/// Where a browser is, and the environment that it wants; undefined if there is none.
export function browser() {
  const named = process.env.HEADGATE_CHROMIUM || onMachine();
  if (named) return { path: named, env: process.env };
  const path = join(FOLDER, "chromium");
  if (!existsSync(path)) return undefined;
  // Its own libraries only where the machine lacks some: they are of another distribution.
  const lacks = capture("ldd", [path])?.includes("not found");
  const libraries = [join(FOLDER, "al2023", "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return { path, env: { ...process.env, ...(lacks && { LD_LIBRARY_PATH: libraries }), ...(!hasFonts() && { FONTCONFIG_FILE: join(FOLDER, "fonts.conf") }) } };
}

function onMachine() {
  const places = process.env.PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return places.find((path) => existsSync(path));
}

const hasFonts = () => existsSync("/etc/fonts/fonts.conf") && Boolean(capture("fc-list", []));

/// Sees to it that there is one.
export async function ensureChromium() {
  if (browser()) return;
  if (process.platform !== "linux" || process.arch !== "x64") throw new Stop(`Missing: Chromium, for the tests of the dashboard; ${HOW}.`);
  const making = `${FOLDER}.${process.pid}`;
  try {
    mkdirSync(making, { recursive: true });
    const words = ["install", "--prefix", making, "--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict=false", "--loglevel=error", `${PACKAGE.name}@${PACKAGE.version}`];
    await step("Chromium, for the tests of the dashboard (from npm, 70 MB)", "npm", words, { cwd: making });
    const packed = join(making, "node_modules", PACKAGE.name, "bin");
    await unpacked(join(packed, "chromium.br"), join(making, "chromium"), 0o755);
    for (const name of ["al2023", "fonts"]) {
      await unpacked(join(packed, `${name}.tar.br`), join(making, `${name}.tar`));
      mkdirSync(join(making, name));
      const archive = join(making, `${name}.tar`);
      if (await run("tar", ["-xf", archive, "-C", join(making, name), "--no-same-owner"]) !== 0) throw new Stop(`Not unpacked: ${archive}. ${HOW}.`);
      rmSync(archive);
    }
    writeFileSync(join(making, "fonts.conf"), FONTS);
    rmSync(join(making, "node_modules"), { recursive: true });
    renameSync(making, FOLDER);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  await tried();
}

const unpacked = (from, to, mode = 0o644) => pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode }));

/// One that does not run on this machine is said here, not by a test.
async function tried() {
  const { path, env } = browser();
  const version = capture(path, ["--no-sandbox", "--version"], { env });
  if (!version) throw new Stop(`The Chromium from npm does not run here; ${HOW}.`);
  say(version);
}
