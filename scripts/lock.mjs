// One process at a time: a lock file that holds the id of its owner.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./run.mjs";

// Longer than anything done under a lock; past it the owner's id is some other process.
const STALE_MS = 60 * 60 * 1000;
const WAIT_MS = 100;
const ANNOUNCED_WAIT = 10; // a quick owner is not worth a line

export async function withLock(file, task) {
  await acquire(file);
  const release = () => rmSync(file, { force: true });
  process.once("exit", release); // a signal skips the `finally`
  try {
    return await task();
  } finally {
    release();
    process.off("exit", release);
  }
}

async function acquire(file) {
  mkdirSync(dirname(file), { recursive: true });
  for (let waits = 0; !create(file); waits++) {
    const owner = ownerOf(file);
    if (owner === undefined) {
      rmSync(file, { force: true });
      continue;
    }
    if (waits === ANNOUNCED_WAIT) say(`Waiting for process ${owner}, which holds ${file}`);
    await sleep(WAIT_MS);
  }
}

function create(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

// The id of the living owner; undefined if there is none.
function ownerOf(file) {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    const age = Date.now() - statSync(file).mtimeMs;
    if (pid === 0) return age < 1000 ? "?" : undefined; // just created, not yet written
    if (age > STALE_MS) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === "EPERM" ? "of another user" : undefined;
  }
}
