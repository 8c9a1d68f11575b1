// Holds a replay of a million lines against the live machines, decision by decision, and tells how long the replay alone
// takes. `npm run replay:agrees`
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { buildReplay, replayTool } from "./replay.mjs";
import { main, run, say, step, Stop } from "./run.mjs";
import { root } from "./tools.mjs";

const LINES = 1_000_000;
const folder = join(root, "tests", "data", "replay");
const trace = join(root, "target", "tmp", "replay", `trace-${LINES}.jsonl`);

await main(import.meta.url, async () => {
  const env = { ...process.env, HEADGATE_REPLAY_LINES: String(LINES) };
  const args = ["test", "--quiet", "--profile", "simulate", "--test", "replay_agrees", "--", "--nocapture"];
  await step(`${LINES} lines against the live machines, under two policies`, "cargo", args, { cwd: root, env });
  await buildReplay();
  for (const words of [[], ["--current", join(folder, "current.json")]]) {
    const started = performance.now();
    const all = ["--policy", join(folder, "new.json"), ...words, "--log", trace, "--json", join(root, "target", "replay.json")];
    if ((await run(replayTool, all, { cwd: root })) !== 0) throw new Stop("The replay failed: the reason is above.");
    const seconds = (performance.now() - started) / 1000;
    say(`${LINES} lines in ${seconds.toFixed(1)} s: ${Math.round(LINES / seconds)} a second`);
  }
});
