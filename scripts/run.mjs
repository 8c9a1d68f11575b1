// Child processes, and errors that need no stack trace.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { pathToFileURL } from "node:url";

// What the reader can act on: `main` prints the message alone.
export class Stop extends Error {}

// Progress goes to standard error: some commands print a result.
export const say = (line) => console.error(line);

// Runs `task` if this module is the one node was started with.
export async function main(moduleUrl, task) {
  if (!process.argv[1] || pathToFileURL(realpathSync(process.argv[1])).href !== moduleUrl) return;
  try {
    await task();
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
}

const running = new Set();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const GRACE_MS = 5000;
let leaving; // our exit status, once a signal has come

// Runs a command to its end and gives its exit status: 127 if it cannot be started,
// 124 if it took longer than `timeout` (ms). It reads nothing, unless `stdin` says so. Its output goes to ours or into the file `log`.
export function run(command, args, { cwd, env, log, timeout, stdin = "ignore" } = {}) {
  const output = log ? openSync(log, "a") : "inherit";
  // A process group of its own, so that ending it ends its children too (cargo's compilers).
  const child = spawn(command, args, { cwd, env, stdio: [stdin, output, output], detached: true });
  remember(child);
  let timedOut = false;
  const timer = timeout && setTimeout(() => { timedOut = true; end(child); }, timeout);
  return new Promise((resolve) => {
    const finish = (status) => {
      clearTimeout(timer);
      forget(child);
      if (log) closeSync(output);
      if (leaving === undefined) resolve(timedOut ? 124 : status);
    };
    child.once("error", () => finish(127));
    child.once("exit", (status, signal) => finish(status ?? 128 + constants.signals[signal]));
  });
}

// Runs a command under a heading, and ends everything if it fails.
export async function step(what, command, args, options) {
  say(`\n== ${what}`);
  const status = await run(command, args, options);
  if (status !== 0) throw new Stop(`\n${what}: failed (status ${status})`);
}

// The trimmed output of a quick command, or undefined if it failed.
export function capture(command, args, options = {}) {
  const { status, stdout } = spawnSync(command, args, {
    ...options, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 64 * 1024 * 1024,
  });
  return status === 0 ? stdout.trim() : undefined;
}

export function lastLines(file, count = 15) {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

function remember(child) {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, endAll);
  running.add(child);
}

function forget(child) {
  running.delete(child);
  if (running.size > 0) return;
  if (leaving !== undefined) process.exit(leaving);
  for (const signal of SIGNALS) process.off(signal, endAll);
}

// Leaves when the last child has: a started-again set-up would run into one still at work.
function endAll(signal) {
  leaving ??= 128 + constants.signals[signal];
  endChildren();
  setTimeout(() => {
    endChildren("SIGKILL");
    process.exit(leaving);
  }, GRACE_MS);
}

export function endChildren(signal) {
  for (const child of running) end(child, signal);
}

function end(child, signal = "SIGTERM") {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}
