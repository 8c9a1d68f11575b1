// How each cost grows: with accounts, with the load on one of them, with the policy: `npm run scale -- --help`
import { writeFileSync } from "node:fs";
import { build } from "../scripts/build.mjs";
import { buildKvTool } from "../scripts/local-state.mjs";
import { main, say, Stop } from "../scripts/run.mjs";
import { setup } from "../scripts/setup.mjs";
import { number, oneOf, pathOf, readQuickly, WHOLE } from "./edge/options.mjs";
import { machine } from "./edge/report.mjs";
import { accounts } from "./scale/accounts.mjs";
import { cold } from "./scale/cold.mjs";
import { core } from "./scale/core.mjs";
import { hot } from "./scale/hot.mjs";
import { pace } from "./scale/pace.mjs";
import { policies } from "./scale/policies.mjs";
import { tableOf } from "./scale/table.mjs";

/// What can be measured; each gives lines for its table, and what was wrong.
const PARTS = { core, pace, accounts, hot, policies, cold };
const NAMES = Object.keys(PARTS);

const USAGE = `usage: npm run scale -- [options]

Measures how the gate's costs grow. It fails if an answer is wrong.

  --quick        less of everything: a look, no measurement
  --only A,B     these parts alone                (all)
                 core      accounts natively: memory, rows, decisions, resuming
                 pace      what a request costs by how often its account sends one, natively
                 accounts  accounts on workerd: memory, files, requests to objects that are new, awake, asleep
                 hot       one account as fast as it goes, and the same load over more
                 policies  policies with more routes and prefixes
                 cold      from the start of a process to its first answer
  --most N       accounts at most                 (100000, on workerd 10000; quick: 200)
  --rounds N     rounds of each load              (12, quick: 2)
  --seconds S    length of a round                (1.5, quick: 0.3)
  --starts N     starts of each Worker            (21, quick: 3)
  --json FILE    the results as JSON
  --help         this text`;

const USUAL = { most: "100000", rounds: "12", seconds: "1.5", starts: "21" };
const QUICK = { most: "200", rounds: "2", seconds: "0.3", starts: "3" };

async function scale() {
  const given = readQuickly({ only: NAMES.join(","), json: undefined }, USUAL, QUICK, USAGE);
  if (!given) return console.log(USAGE);
  const { parts, json, ...settings } = checked(given);
  await setup();
  await buildKvTool();
  await build();
  const result = { machine: machine(), settings, failures: [] };
  for (const name of parts) {
    say(`== ${name}`);
    const { lines, failures = [] } = await PARTS[name](settings, say);
    result[name] = lines;
    result.failures.push(...failures.map((failure) => `${name}: ${failure}`));
    console.log(`${tableOf(name, lines)}\n`);
  }
  if (json) writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
  if (result.failures.length > 0) throw new Stop(`${result.failures.length} answers were wrong, the first of ${result.failures[0]}`);
}

function checked({ only, json, most, rounds, seconds, starts }) {
  return {
    parts: oneOf(only, NAMES), json: pathOf(json),
    most: number("most", most, 1, 1_000_000, WHOLE), rounds: number("rounds", rounds, 1, 1_000, WHOLE),
    seconds: number("seconds", seconds, 0.1, 60), starts: number("starts", starts, 1, 1_000, WHOLE),
    quick: process.argv.includes("--quick"),
  };
}

await main(import.meta.url, scale);
