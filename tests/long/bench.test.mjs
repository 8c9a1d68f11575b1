// The benchmark, for a moment: that it runs, and what it says. How fast anything is depends on the machine.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ran } from "../edge/support/command.mjs";

test("a short run says of each variant how fast it was and what it costs", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [json, svg] = [join(folder, "result.json"), join(folder, "chart.svg")];
  const names = ["js-429", "headgate-three", "headgate-denied"];
  const short = ["--rounds", "2", "--seconds", "0.2", "--paced", "1"];
  const bench = await ran("bench/gate.mjs", "--quick", "--only", names.join(","), ...short, "--accounts", "3", "--json", json, "--svg", svg);
  assert.equal(bench.status, 0, bench.stderr + bench.stdout);
  const { machine, settings, variants, failures, ...result } = JSON.parse(readFileSync(json, "utf8"));
  assert.deepEqual([settings, failures], [{ accounts: 3, rounds: 2, seconds: 0.2, paced: 1 }, []]);
  assert.ok(machine.cores > 0 && machine.workerd);
  assert.deepEqual(variants.map(({ name }) => name), names);
  for (const variant of variants) {
    const { per_second, latency_ms, calls, price } = variant;
    assert.ok(variant.requests > 0 && per_second.low > 0 && per_second.low <= per_second.median && per_second.median <= per_second.high);
    assert.ok(latency_ms.p50 > 0 && latency_ms.p50 <= latency_ms.p90 && latency_ms.p90 <= latency_ms.p99);
    assert.ok(price >= 0.3 && calls >= 0, JSON.stringify(variant));
    assert.ok(bench.stdout.includes(variant.label));
  }
  const [refused, three, denied] = variants;
  assert.deepEqual([refused.ratio, three.ratio, denied.ratio.of], [null, null, "js-429"]);
  assert.ok(three.calls >= 1 && three.rows > 0, "each request in a lane asks its object, and some write a row");
  const measured = result.marks.filter(({ isMet }) => isMet !== null).map(({ what }) => what);
  assert.deepEqual(measured, ["headgate-denied / js-429", "calls of headgate-three", "price of headgate-three", "price of headgate-denied"]);
  const bars = readFileSync(svg, "utf8").match(/<rect class="(gate|other)"/g);
  assert.deepEqual(bars, ['<rect class="other"', '<rect class="gate"', '<rect class="gate"']);
});
