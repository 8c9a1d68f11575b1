// The benchmark, for a moment: that it runs, and what it says. How fast anything is depends on the machine.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { answerIn } from "../../bench/edge/client.mjs";
import { marks } from "../../bench/edge/marks.mjs";
import { price, quantile, spread } from "../../bench/edge/numbers.mjs";
import { root } from "./support/workerd.mjs";

const bench = (...words) => spawnSync(process.execPath, [join(root, "bench/gate.mjs"), ...words], { cwd: root, encoding: "utf8", env: { ...process.env, INIT_CWD: root } });

test("a short run says of each variant how fast it was and what it costs", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [json, svg] = [join(folder, "result.json"), join(folder, "chart.svg")];
  const names = ["js-429", "headgate-three", "headgate-denied"];
  const short = ["--rounds", "2", "--seconds", "0.2", "--paced", "1"];
  const ran = bench("--quick", "--only", names.join(","), ...short, "--accounts", "3", "--json", json, "--svg", svg);
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  const { machine, settings, variants, failures, ...result } = JSON.parse(readFileSync(json, "utf8"));
  assert.deepEqual([settings, failures], [{ accounts: 3, rounds: 2, seconds: 0.2, paced: 1 }, []]);
  assert.ok(machine.cores > 0 && machine.workerd);
  assert.deepEqual(variants.map(({ name }) => name), names);
  for (const variant of variants) {
    const { per_second, latency_ms, calls, price } = variant;
    assert.ok(variant.requests > 0 && per_second.low > 0 && per_second.low <= per_second.median && per_second.median <= per_second.high);
    assert.ok(latency_ms.p50 > 0 && latency_ms.p50 <= latency_ms.p90 && latency_ms.p90 <= latency_ms.p99);
    assert.ok(price >= 0.3 && calls >= 0, JSON.stringify(variant));
    assert.ok(ran.stdout.includes(variant.label));
  }
  const [refused, three, denied] = variants;
  assert.deepEqual([refused.ratio, three.ratio, denied.ratio.of], [null, null, "js-429"]);
  assert.ok(three.calls >= 1 && three.rows > 0, "each request in a lane asks its object, and some write a row");
  const measured = result.marks.filter(({ isMet }) => isMet !== null).map(({ what }) => what);
  assert.deepEqual(measured, ["headgate-denied / js-429", "calls of headgate-three", "price of headgate-three", "price of headgate-denied"]);
  const bars = readFileSync(svg, "utf8").match(/<rect class="(gate|other)"/g);
  assert.deepEqual(bars, ['<rect class="other"', '<rect class="gate"', '<rect class="gate"']);
});

test("arguments that are not right are said", () => {
  const wrong = [
    [["--only", "js-429,php"], /^--only: found php, allowed: js-pass, .*headgate-one/],
    [["--rounds", "1.5"], /^--rounds: found 1\.5, allowed: 1 to 1000/],
    [["--seconds", "0"], /^--seconds: found 0, allowed: 0\.1 to 60/],
    [["--accounts", "many"], /^--accounts: found many, allowed: 1 to 10000/],
    [["--fast", "1"], /^--fast: no such option\nusage: npm run bench/],
    [["--quick", "--json"], /^--json: its value is missing/],
  ];
  for (const [words, said] of wrong) {
    const { status, stderr } = bench(...words);
    assert.equal(status, 1);
    assert.match(stderr, said);
  }
});

test("medians, quartiles and prices are what they are by definition", () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  assert.deepEqual(spread([5, 1, 4, 2, 3]), { median: 3, low: 2, high: 4 });
  assert.equal(quantile([7], 0.99), 7);
  assert.equal(quantile([], 0.5), null);
  // An object's call and a row for each request: the price of the plainest limiter.
  assert.ok(Math.abs(price({ calls: 1, rows: 1, reads: 0 }) - 1.45) < 1e-9);
});

test("a mark is met by a ratio of rounds, or by a cost, and not told of what did not run", () => {
  const measured = {
    "headgate-three": { rates: [90, 210, 300], calls: 1.31, price: 0.654 }, "js-bucket": { rates: [100, 200, 250] },
  };
  const found = marks((name) => measured[name]).filter(({ isMet }) => isMet !== null);
  assert.deepEqual(found.map(({ what, found, isMet }) => [what, found, isMet]), [
    ["headgate-three / js-bucket", 1.05, true], ["calls of headgate-three", 1.31, false], ["price of headgate-three", 0.654, true],
  ]);
});

test("an answer is read once it is there whole", () => {
  const sized = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}";
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n3\r\n\":1\r\n1\r\n}\r\n0\r\n\r\n";
  assert.deepEqual(answerIn(sized), { status: 429, body: "{}" });
  assert.deepEqual(answerIn(chunked), { status: 200, body: '{"a":1}' });
  for (const text of [sized, chunked]) {
    for (let length = 0; length < text.length; length++) assert.equal(answerIn(text.slice(0, length)), undefined);
  }
});
