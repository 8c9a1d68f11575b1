// Replays a log under a policy: who would have been denied, when, and by which limit. `npm run replay -- --help`
import { existsSync } from "node:fs";
import { join } from "node:path";
import { main, run, say, Stop } from "./run.mjs";
import { root } from "./tools.mjs";

const PROFILE = "simulate"; // quick, and an overflow is found
export const replayTool = join(root, "target", PROFILE, "headgate-replay");

// Builds the tool that replays logs.
export async function buildReplay() {
  if (!existsSync(replayTool)) say("Building the replay (about a minute)");
  const status = await run("cargo", ["build", "--quiet", "--profile", PROFILE, "--bin", "headgate-replay"], { cwd: root });
  if (status !== 0) throw new Stop("The replay could not be built: the reason is above.");
}

await main(import.meta.url, async () => {
  await buildReplay();
  process.exitCode = await run(replayTool, process.argv.slice(2), { cwd: process.env.INIT_CWD, stdin: "inherit" });
});
