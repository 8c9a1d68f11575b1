// What of the dashboard is plain logic: what differs between texts, where in a text something stands, how things are said.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { diff, hunks, laidOut } from "../../dashboard/diff.js";
import { placeOf, placeOfWrong } from "../../dashboard/place.js";
import { inWords } from "../../dashboard/rules.js";
import { span } from "../../dashboard/words.js";
import { root, shipped } from "./support/workerd.mjs";

const kept = (lines, kind) => lines.filter((it) => it.kind !== kind).map(({ line }) => line).join("\n");

test("a difference holds both texts, and what they have in common once", () => {
  const letters = (n, seed) => Array.from({ length: n }, (_, at) => "abc"[(at * at * 7 + seed * at + (seed >> (at % 5))) % 3]).join("\n");
  for (let seed = 0; seed < 300; seed++) {
    const [before, after] = [letters(seed % 13, seed), letters((seed * 5) % 17, seed + 3)];
    const lines = diff(before, after);
    assert.deepEqual([kept(lines, "new"), kept(lines, "gone")], [before, after]);
  }
  assert.deepEqual(diff("a\nb\nc", "a\nx\nc").map(({ kind }) => kind), ["same", "gone", "new", "same"]);
  assert.deepEqual(hunks(diff("a", "a")), []);
});

test("of a difference the lines near it are shown, with their numbers", () => {
  const before = Array.from({ length: 40 }, (_, n) => `line ${n + 1}`);
  const after = before.map((line) => (line === "line 5" ? "five" : line)).filter((line) => line !== "line 30");
  const runs = hunks(diff(before.join("\n"), after.join("\n"))).map((run) => run.filter(({ kind }) => kind !== "same"));
  assert.deepEqual(runs, [
    [{ kind: "gone", line: "line 5", number: 5 }, { kind: "new", line: "five", number: 5 }], [{ kind: "gone", line: "line 30", number: 30 }],
  ]);
});

test("how a text is laid out makes no difference, and what is no JSON is compared as it is", () => {
  assert.equal(laidOut('{"a":[1]}'), laidOut('{ "a": [\n1 ] }'));
  assert.equal(laidOut("{"), "{");
});

test("every value of a policy is found at its path", () => {
  const text = readFileSync(join(root, "tests/data/words/every-field.json"), "utf8");
  let found = 0;
  const walk = (value, path) => {
    const place = placeOf(text, path);
    if (!/[/.]/.test(path.replace(/\.(?=[\w$])/g, ""))) {
      assert.deepEqual(JSON.parse(text.slice(...place)), value, path);
      found += 1;
    }
    if (Array.isArray(value)) value.forEach((item, at) => walk(item, `${path}[${at}]`));
    else if (value && typeof value === "object") for (const [name, item] of Object.entries(value)) walk(item, path ? `${path}.${name}` : name);
  };
  walk(JSON.parse(text), "");
  assert.ok(found > 150);
});

test("what is wrong is found: a value, a field that is not known, one that lacks, a slip in the JSON", () => {
  const text = '{\n  "version": 1,\n  "tears": {},\n  "tiers": { "a": { "limits": [{ "units": 0 }] } }\n}';
  const at = (verdict) => {
    const place = placeOfWrong(text, { message: "", found: "", ...verdict });
    return place && text.slice(...place);
  };
  assert.equal(at({ where: "tiers.a.limits[0].units", found: "0" }), "0");
  assert.equal(at({ where: "the document", found: 'unknown field "tears"' }), '"tears"');
  assert.equal(at({ where: "tiers.a.limits[0].window", found: "nothing" }), "{");
  assert.deepEqual(placeOfWrong(text, { where: null, message: "not JSON: expected `,` at line 3 column 3" }), [20, 20]);
  assert.equal(at({ where: null, message: "found 9 bytes, allowed: at most 8" }), null);
});

test("each shipped policy has words, and no text breaks them", () => {
  for (const name of ["default", "ticksupply", "toptickets", "seatsio", "ipto"]) {
    const parts = inWords(JSON.stringify(shipped(name)));
    assert.ok(parts.length > 2, name);
    for (const { lines } of parts) for (const line of lines) assert.doesNotMatch(line.join(" "), /undefined|NaN|\[object/, name);
  }
  for (const text of ["", "null", "[]", "{}", '{"tiers":{"a":null}}', '{"tiers":{"a":{"limits":[null]}}}', '{"tiers":{},"routes":7}']) assert.equal(inWords(text), null, text);
});

test("a duration is said by its two largest units", () => {
  const said = { 0: "0 s", 40: "40 ms", 1_000: "1 s", 90_000: "1 min 30 s", 3_600_000: "1 h", 90_061_000: "1 d 1 h" };
  for (const [ms, text] of Object.entries(said)) assert.equal(span(Number(ms)), text);
});
