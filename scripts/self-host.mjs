// Serves the gate on a machine of one's own: plain workerd, with all state in one folder.
import { copyFileSync, lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { readArguments } from "./arguments.mjs";
import { build } from "./build.mjs";
import { hashKey } from "./local-state.mjs";
import { capture, main, run, say, Stop } from "./run.mjs";
import { configuration, variables } from "./self-host-config.mjs";
import { setup } from "./setup.mjs";
import { npmBin, root } from "./tools.mjs";

const USAGE = `usage: npm run self-host -- [options]

Builds the gate if it is not, and becomes the runtime that serves it.

  --env FILE     its variables and secrets, NAME=value on each line   (headgate.env)
  --state DIR    where all state lives                                (headgate-state)
  --build no     serves what is built already, for machines without Rust  (yes)
  --help         this text`;

const OPTIONS = { env: "headgate.env", state: "headgate-state", build: "yes" };
const FILES = [["build", "worker.js"], ["build", "index.js"], ["build", "index_bg.wasm"], ["self-host", "gate.js"], ["self-host", "kv.js"]];

await main(import.meta.url, async () => {
  const given = readArguments(process.argv.slice(2), OPTIONS, USAGE);
  if (!given) return console.log(USAGE);
  if (!process.execve) return again();
  if (!["yes", "no"].includes(given.build)) throw new Stop(`--build: found ${given.build}, allowed: yes, no`);
  const here = process.env.INIT_CWD ?? process.cwd();
  const [file, state] = [resolve(here, given.env), resolve(here, given.state)];
  const settings = variables(file);
  if (given.build === "yes") {
    await setup();
    await build();
  }
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const lock = lockOf(state);
  await freeSocket(settings.listen);
  const config = prepared(state, settings);
  say(`Headgate serves on ${settings.listen}; its state is in ${state}.`);
  become([...lock, join(root, "node_modules/workerd/bin/workerd"), "serve", "--experimental", config], {
    ...settings.vars, HASH_KEY: settings.vars.HASH_KEY || hashKey(state),
  });
});

/// The machine's own Node may be too old; that of the packages is not.
async function again() {
  await setup();
  process.exitCode = await run(join(npmBin, "node"), process.argv.slice(1));
}

/// The command under which the runtime holds the folder, as long as it lives, whoever has started it: two on one folder would give out
/// what is there twice.
function lockOf(state) {
  const flock = capture("sh", ["-c", "command -v flock"]);
  if (!flock) throw new Stop("flock is missing; it comes with util-linux.");
  const command = [flock, "--nonblock", "--no-fork", join(state, "lock")];
  if (capture(command[0], [...command.slice(1), "true"]) === undefined) throw new Stop(`${state}: another gate runs on it.`);
  return command;
}

/// One that was killed leaves its socket in the file system, where nobody can listen then. One that is listened on stays.
async function freeSocket(listen) {
  const path = listen.startsWith("unix:") ? listen.slice("unix:".length) : undefined;
  if (!path || !lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  if (await isListenedOn(path)) throw new Stop(`LISTEN: found ${listen}, where another process listens; allowed: an address that is free`);
  rmSync(path);
}

function isListenedOn(path) {
  return new Promise((told) => {
    // Refused means that nobody is there; anything else does not.
    const socket = connect(path, () => told(true)).on("error", ({ code }) => told(code !== "ECONNREFUSED"));
    socket.on("connect", () => socket.destroy());
  });
}

/// Writes what the runtime reads when it starts; its path.
function prepared(state, settings) {
  const [runs, objects] = ["run", "objects"].map((name) => join(state, name));
  for (const folder of [runs, objects]) mkdirSync(folder, { recursive: true });
  for (const [folder, name] of FILES) copyFileSync(join(root, folder, name), join(runs, name));
  const vars = { ...settings.vars, HASH_KEY: "" };
  const config = join(runs, "config.capnp");
  writeFileSync(config, configuration({ ...settings, vars }, objects));
  return config;
}

/// Nobody stays between the runtime and those who stop it.
function become([command, ...words], env) {
  process.execve(command, [command, ...words], { ...process.env, ...env });
}
