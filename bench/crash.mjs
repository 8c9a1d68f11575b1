// Kills the gate under load and starts it again on the same state, cycle after cycle. It fails if more ever passes than a limit
// allows, if a crash costs more than the README says, if a slot is missing one and a half leases after a crash, or if a request
// fails without one.
//
//   npm run crash -- --cycles 50            all of the gate at once
//   npm run crash -- --cycles 50 --apart    by turns its objects, its edge and both, in processes of their own
import { parseArgs } from "node:util";
import { BOUNDS, LANE, NAMES, STEADY, UNITS } from "../tests/edge/support/crash_load.mjs";
import { crashed } from "../tests/edge/support/crashes.mjs";

const { cycles, apart } = parseArgs({ options: { cycles: { type: "string", default: "50" }, apart: { type: "boolean", default: false } } }).values;
const say = (text) => process.stdout.write(`${text}\n`);
const row = (cells) => say(cells.map((cell) => String(cell).padEnd(11)).join(""));

row(["cycle", "killed", "passed", "down (ms)", ...NAMES.map((name) => `${name} <${BOUNDS[name]}`), "at once", "later"]);
const { cycles: done, total, problems, log } = await crashed(apart ? "apart" : "whole", Number(cycles), (came, found) => {
  const { cycle, part, before, down, rates, atOnce, later } = came;
  row([cycle, part, before, down, ...NAMES.map((name) => rates[name].lost), `${atOnce.slots} >=${atOnce.least}`, `${later}/${LANE.slots}`]);
  found.forEach(say);
});
say(`\n${done.length} crashes, ${total.requests} requests to rates`);
for (const name of NAMES) {
  const lost = done.map(({ rates }) => rates[name].lost);
  const seen = done.reduce((sum, { rates }) => sum + rates[name].seen, 0);
  say(`${name}: ${seen} units passed; a crash cost ${(lost.reduce((sum, units) => sum + units) / done.length).toFixed(1)} of ${UNITS} on average, ${Math.max(...lost)} at most`);
}
say(`steady: ${total.steady} of ${STEADY.units} within one window at most; lane: ${total.lane} of ${LANE.slots} at a time at most`);
say(problems.length === 0 ? "Nothing passed that should not have, and nothing was lost for good." : `\n${problems.join("\n")}\n\n${log.slice(0, 4_000)}`);
process.exit(problems.length === 0 ? 0 : 1);
