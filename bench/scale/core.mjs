// Accounts natively: the core alone, in one process.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, Stop } from "../../scripts/run.mjs";
import { root } from "../../scripts/tools.mjs";
import { spread } from "../edge/numbers.mjs";

const COUNTS = [1_000, 10_000, 100_000];
const KINDS = { one: "one bucket", three: "three and a lane" };

/// What accounts take, for each kind of limits and number of them: bytes each, of memory and of a row, and ns.
export async function core({ most, quick }, say) {
  const lines = [];
  for (const count of upTo(COUNTS, most)) {
    say(`${count} accounts`);
    const found = await measured(["--accounts", String(count), ...(quick ? ["--quick"] : [])]);
    for (const [kind, limits] of Object.entries(KINDS)) {
      const { decision_ns, resume_ns, ...each } = found[kind];
      lines.push({ limits, accounts: count, ...each, decision_ns: spread(decision_ns), resume_ns: spread(resume_ns) });
    }
  }
  return { lines };
}

/// The numbers that are no larger than the most, or that alone.
export function upTo(counts, most) {
  const fewer = counts.filter((count) => count <= most);
  return fewer.length > 0 ? fewer : [most];
}

/// What the core's benchmark says.
export async function measured(words) {
  const folder = mkdtempSync(join(tmpdir(), "headgate-scale-"));
  const file = join(folder, "found.json");
  const flags = ["run", "--quiet", "--release", "--manifest-path", join(root, "bench/core/Cargo.toml"), "--", ...words, "--json", file];
  try {
    const status = await run("cargo", flags, { cwd: root, log: join(folder, "log") });
    if (status !== 0) throw new Stop(`The core could not be measured:\n${readFileSync(join(folder, "log"), "utf8")}`);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
