// How costs grow, for a moment: that the command runs, and what it says; and the tables that are figured out on paper.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { month, months, objects, uneven } from "../../bench/scale/paper.mjs";
import { root } from "./support/workerd.mjs";

async function scale(...words) {
  const child = spawn(process.execPath, [join(root, "bench/scale.mjs"), ...words], { cwd: root, env: { ...process.env, INIT_CWD: root } });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) child[stream].on("data", (data) => (said[stream] += data));
  const [status] = await once(child, "close");
  return { status, ...said };
}

/// What a short run of some parts finds.
async function found(t, parts, ...words) {
  const folder = mkdtempSync(join(tmpdir(), "headgate-scale-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "result.json");
  const ran = await scale("--quick", "--only", parts, "--json", file, ...words);
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  const result = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(result.failures, []);
  assert.ok(result.machine.cores > 0 && result.machine.workerd);
  return { ...result, stdout: ran.stdout };
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

test("arguments that are not right are said", async () => {
  const wrong = [
    [["--only", "hot,dog"], /^--only: found dog, allowed: core, pace, accounts, hot, policies, cold/],
    [["--most", "0"], /^--most: found 0, allowed: 1 to 1000000/],
    [["--fast", "1"], /^--fast: no such option\nusage: npm run scale/],
  ];
  for (const [words, said] of wrong) {
    const { status, stderr } = await scale(...words);
    assert.equal(status, 1);
    assert.match(stderr, said);
  }
});

test("a month is paid by the platform's meters beyond what it includes", () => {
  // A call and a row for each of 100 million requests, 1 ms of CPU: 5 + 90 x 0.30 + 99 x 0.15 + 50 x 1.00 + 70 x 0.02.
  const each = { calls: 1, rows: 1, awake: 0 };
  const { all, usd } = month(100e6 / 2_592_000, { slow: each, fast: each, cpu: 1 });
  assert.ok(Math.abs(all - usd.reads - 98.25) < 1e-6);
  // Four shares of 100 units: sqrt(2 ln 4) standard deviations of 10 units each.
  assert.ok(Math.abs(uneven(400, 4) - 0.1665) < 1e-4);
});

test("the tables of docs/SCALE.md that are figured out on paper are what the figures give", () => {
  const text = readFileSync(join(root, "docs/SCALE.md"), "utf8");
  for (const table of [months(), objects()]) assert.ok(text.includes(table), `docs/SCALE.md lacks:\n${table}`);
});
