// Accounts on workerd: what each takes while its object is awake, asleep, and on disk, and how fast it is found.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clientOf } from "../edge/measure.mjs";
import { kindOf, startVariants } from "../edge/runtime.mjs";
import { named } from "../edge/variants.mjs";
import { upTo } from "./core.mjs";

const COUNTS = [100, 1_000, 10_000];
/// Objects lose their memory when they have been idle for ten seconds, in ms.
const ASLEEP_AFTER = 14_000;
const PER_SECOND = 100;

const VARIANTS = named(["js-bucket-put", "headgate-three"]);

/// For each number of accounts, of the plainest objects with storage (not if it is to be quick) and of the gate: requests/s over all of them while their
/// objects are new, awake and asleep, memory, files.
export async function accounts({ most, quick }, say) {
  // Only here, since it needs a newer Node than the rest.
  const { stored } = await import("../../tests/edge/support/stored.mjs");
  const [lines, failures] = [[], []];
  for (const count of upTo(COUNTS, Math.min(most, Math.max(...COUNTS)))) {
    for (const variant of quick ? VARIANTS.slice(-1) : VARIANTS) {
      say(`${count} accounts, ${variant.name}`);
      const { wrong, ...line } = await visited(variant, count, stored);
      lines.push(line);
      failures.push(...wrong);
    }
  }
  return { lines, failures };
}

async function visited(variant, count, stored) {
  const runtime = await startVariants([variant], { accounts: count, rate: PER_SECOND });
  try {
    const client = clientOf(runtime, variant, count);
    // Code is compiled and its memory taken before any is looked at.
    const warm = clientOf(runtime, variant, 1);
    await warm.rush(2);
    const before = residentMemory(runtime);
    const first = await walked(client);
    await walked(client);
    const awake = await walked(client);
    const [memory, files] = [residentMemory(runtime), openFiles(runtime)];
    await sleep(ASLEEP_AFTER);
    const asleep = { memory: residentMemory(runtime), files: openFiles(runtime) };
    const resumed = await walked(client);
    await runtime.kill();
    const each = (bytes) => Math.max(0, bytes - before) / count;
    return {
      name: variant.name, label: variant.label, accounts: count, per_second: { first, awake, resumed },
      awake_bytes: each(memory), asleep_bytes: each(asleep.memory), open_files: { awake: files, asleep: asleep.files },
      ...onDisk(runtime, kindOf(variant, variant.object ?? "AccountObject"), stored), wrong: [...client.failures, ...warm.failures],
    };
  } finally {
    await runtime.stop();
  }
}

/// Requests/s with one request of each account. If not all objects may be awake at a time, some at a time, once the others sleep.
async function walked(client) {
  const all = client.requests.length;
  const most = mostAwake();
  let [requests, ms] = [0, 0];
  for (let left = all; left > 0; left -= most) {
    if (all > most) await sleep(ASLEEP_AFTER);
    const walk = await client.walk(Math.min(left, most));
    requests += walk.requests;
    ms += walk.ms;
  }
  return (requests / ms) * 1_000;
}

/// Each object that is awake has three files open; some more files are others'.
function mostAwake() {
  const limits = existsSync("/proc/self/limits") ? readFileSync("/proc/self/limits", "utf8") : "";
  const files = Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? 1_024);
  return Math.max(1, Math.floor((files - 200) / 3));
}

/// Bytes that the runtime has in memory; `NaN` where the system does not tell.
function residentMemory({ process: { pid } }) {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? 1_024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(file, "utf8"))[1]) : NaN;
}

function openFiles({ process: { pid } }) {
  const folder = `/proc/${pid}/fd`;
  return existsSync(folder) ? readdirSync(folder).length : NaN;
}

/// What the objects have on disk, and the gate's rows.
function onDisk(runtime, kind, stored) {
  const folder = join(runtime.folder, "objects", kind);
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  const rows = stored(runtime, kind).flatMap(({ rows }) => Object.values(rows));
  return {
    files: sizes.length, disk_bytes: sizes.reduce((sum, size) => sum + size, 0),
    rows: rows.length, row_bytes: rows.reduce((sum, hex) => sum + hex.length / 2, 0),
  };
}
