// What the gate costs, beside what else one might put in its place: `npm run bench -- --help`
import { writeFileSync } from "node:fs";
import { build } from "../scripts/build.mjs";
import { buildKvTool } from "../scripts/local-state.mjs";
import { main, say, Stop } from "../scripts/run.mjs";
import { setup } from "../scripts/setup.mjs";
import { chart } from "./edge/chart.mjs";
import { buildFloor } from "./edge/floor.mjs";
import { measureCosts, measureRates } from "./edge/measure.mjs";
import { number, oneOf, pathOf, readQuickly, WHOLE } from "./edge/options.mjs";
import { resultOf, table } from "./edge/report.mjs";
import { named, VARIANTS } from "./edge/variants.mjs";

const NAMES = VARIANTS.map(({ name }) => name);

const USAGE = `usage: npm run bench -- [options]

Runs the gate and other Workers side by side in one workerd, by turns, and compares them. It fails if an answer is wrong.

  --quick        fewer and shorter rounds: a look, no measurement
  --only A,B     these variants alone             (all)
                 ${NAMES.join(", ")}
  --accounts N   accounts that send requests      (1)
  --rounds N     rounds of each variant           (12, quick: 4)
  --seconds S    length of a round                (1.5, quick: 0.5)
  --paced S      how long costs are counted       (10, quick: 3)
  --json FILE    the results as JSON
  --svg FILE     the results as a chart
  --help         this text`;

const USUAL = { rounds: "12", seconds: "1.5", paced: "10" };
const QUICK = { rounds: "4", seconds: "0.5", paced: "3" };

async function bench() {
  const given = readQuickly({ only: NAMES.join(","), accounts: "1", json: undefined, svg: undefined }, USUAL, QUICK, USAGE);
  if (!given) return console.log(USAGE);
  const { variants, json, svg, ...settings } = checked(given);
  await prepare(variants);
  const rates = await measureRates(variants, settings, say);
  const costs = await measureCosts(variants, settings.paced, say);
  const result = resultOf(variants, settings, rates, costs);
  console.log(`\n${table(result).join("\n")}`);
  if (json) writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
  if (svg) writeFileSync(svg, chart(result));
  const { failures } = result;
  if (failures.length > 0) throw new Stop(`\n${failures.length} answers were wrong, the first of ${failures[0]}`);
}

async function prepare(variants) {
  await setup();
  await buildKvTool();
  if (variants.some(({ policy }) => policy)) await build();
  if (variants.some(({ module }) => module === "floor")) await buildFloor();
}

function checked({ only, json, svg, ...numbers }) {
  return {
    variants: named(oneOf(only, NAMES)), json: pathOf(json), svg: pathOf(svg),
    accounts: number("accounts", numbers.accounts, 1, 10_000, WHOLE), rounds: number("rounds", numbers.rounds, 1, 1_000, WHOLE),
    seconds: number("seconds", numbers.seconds, 0.1, 60), paced: number("paced", numbers.paced, 0.1, 600),
  };
}

await main(import.meta.url, bench);
