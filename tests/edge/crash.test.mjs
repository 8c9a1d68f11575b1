// The short form of `npm run crash`: kill -9 under load, and what that may cost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crashed } from "./support/crashes.mjs";

const timeout = 180_000;
const KINDS = [
  ["whole", 2, "kill -9 of the gate under load: nothing passes beyond a limit, and no more is lost than is said"],
  ["apart", 3, "kill -9 of objects, edge and both: the others go on, and the same holds"],
];

for (const [kind, cycles, name] of KINDS) {
  test(name, { timeout }, async (t) => {
    const { problems, total, log } = await crashed(kind, cycles, ({ part, before, rates, atOnce, later }) => {
      const lost = Object.entries(rates).map(([rate, { lost: units }]) => `${rate} ${units}`).join(", ");
      t.diagnostic(`${part} after ${before} units: lost ${lost}; slots ${atOnce.slots} at once, then ${later}`);
    });
    assert.deepEqual(problems, [], log.slice(0, 2_000));
    assert.ok(total.requests > 0);
  });
}
