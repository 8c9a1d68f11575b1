// What the measuring of costs is told, and the tables that are figured out on paper. That it runs is seen by tests/long.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { month, months, objects, uneven } from "../../bench/scale/paper.mjs";
import { ran } from "./support/command.mjs";
import { root } from "./support/workerd.mjs";

test("arguments that are not right are said", async () => {
  const wrong = [
    [["--only", "hot,dog"], /^--only: found dog, allowed: core, pace, accounts, hot, policies, cold/],
    [["--most", "0"], /^--most: found 0, allowed: 1 to 1000000/],
    [["--fast", "1"], /^--fast: no such option\nusage: npm run scale/],
  ];
  for (const [words, said] of wrong) {
    const { status, stderr } = await ran("bench/scale.mjs", ...words);
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
