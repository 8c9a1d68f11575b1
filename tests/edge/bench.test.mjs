// What the benchmark is told and what it figures out. That it runs is seen by tests/long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerIn } from "../../bench/edge/client.mjs";
import { marks } from "../../bench/edge/marks.mjs";
import { price, quantile, spread } from "../../bench/edge/numbers.mjs";
import { ran } from "./support/command.mjs";

test("arguments that are not right are said", async () => {
  const wrong = [
    [["--only", "js-429,php"], /^--only: found php, allowed: js-pass, .*headgate-one/],
    [["--rounds", "1.5"], /^--rounds: found 1\.5, allowed: 1 to 1000/],
    [["--seconds", "0"], /^--seconds: found 0, allowed: 0\.1 to 60/],
    [["--accounts", "many"], /^--accounts: found many, allowed: 1 to 10000/],
    [["--fast", "1"], /^--fast: no such option\nusage: npm run bench/],
    [["--quick", "--json"], /^--json: its value is missing/],
  ];
  for (const [words, said] of wrong) {
    const { status, stderr } = await ran("bench/gate.mjs", ...words);
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
