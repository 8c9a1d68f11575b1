// How costs grow, for a moment: that the command runs, and what it says.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ran } from "../edge/support/command.mjs";

/// What a short run of some parts finds.
async function found(t, parts, ...words) {
  const folder = mkdtempSync(join(tmpdir(), "headgate-scale-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "result.json");
  const scale = await ran("bench/scale.mjs", "--quick", "--only", parts, "--json", file, ...words);
  assert.equal(scale.status, 0, scale.stderr + scale.stdout);
  const result = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(result.failures, []);
  assert.ok(result.machine.cores > 0 && result.machine.workerd);
  return { ...result, stdout: scale.stdout };
}

const isSpread = ({ median, low, high }) => low <= median && median <= high;

/// Each has one, and no open file once its object sleeps.
function accountsHaveRows({ accounts: [line, ...more] }) {
  assert.deepEqual([line.name, line.accounts, line.rows, more], ["headgate-three", 10, 10, []]);
  const { per_second, open_files } = line;
  assert.ok(per_second.first > 0 && per_second.awake > 0 && per_second.resumed > 0);
  assert.ok(open_files.awake >= open_files.asleep + 10);
  assert.ok(line.row_bytes > 10 && line.disk_bytes > line.row_bytes && line.files >= line.rows);
}

test("a short run says how costs grow with accounts, with the load, with the policy and from a cold start", async (t) => {
  const [all, slept] = await Promise.all([
    found(t, "hot,policies,cold", "--rounds", "1", "--seconds", "0.1", "--starts", "1"), found(t, "accounts", "--most", "10"),
  ]);
  accountsHaveRows(slept);
  const { hot, policies, cold, stdout } = all;
  assert.deepEqual(hot.map(({ accounts }) => accounts), [1, 2, 8, 64]);
  for (const { per_second, latency_ms, cores, object_ms } of hot) {
    assert.ok(isSpread(per_second) && per_second.low > 0 && latency_ms.p50 <= latency_ms.p99 && cores > 0 && object_ms > 0);
  }
  assert.deepEqual(policies.map(({ what, size }) => [what, size]), [
    ["routes", 5], ["routes", 100], ["routes", 1_000], ["prefixes", 5], ["prefixes", 50], ["prefixes", 500],
  ]);
  for (const { per_second, ratio } of policies) assert.ok(isSpread(per_second) && per_second.low > 0 && isSpread(ratio));
  const [pass, , gate] = cold;
  assert.equal(pass.wasm, null);
  assert.ok(gate.wasm.gzip > 0 && gate.wasm.gzip < gate.wasm.bytes);
  for (const { all_ms, listen_ms, first_ms, label } of cold) {
    assert.ok(all_ms.median >= listen_ms.median && first_ms.median > 0);
    assert.ok(stdout.includes(label));
  }
});
