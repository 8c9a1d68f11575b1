// Proves that the simulator bites: each fault of planted.json must be found within the worlds that `npm test` runs.
import { plantAll } from "./plant.mjs";
import { main, Stop } from "./run.mjs";

const HELP = "npm run mutate:simulate [-- TEXT]: only the faults whose file or reason has TEXT in it";
const CARGO = ["--quiet", "--profile", "simulate", "--package", "headgate-sim"];
// The budget of sim/tests/short.rs.
const WORLDS = ["--seeds", "900", "--steps", "3000"];

await main(import.meta.url, async () => {
  const [text = ""] = process.argv.slice(2);
  if (text.startsWith("-")) throw new Stop(HELP);
  const commands = { build: ["build", ...CARGO], check: ["run", ...CARGO, "--", ...WORLDS], by: /^seed \d+: / };
  await plantAll("planted.json", text, () => commands);
});
