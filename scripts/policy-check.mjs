// Says what a policy means, one line per fact, or where it is not right. `npm run policy:check FILE`
import { buildKvTool, kvTool } from "./local-state.mjs";
import { main, run, Stop } from "./run.mjs";

await main(import.meta.url, async () => {
  const [file, ...rest] = process.argv.slice(2);
  if (!file || file.startsWith("-") || rest.length > 0) throw new Stop("usage: npm run policy:check FILE");
  await buildKvTool();
  process.exitCode = await run(kvTool, ["--policy", file, "--explain"], { cwd: process.env.INIT_CWD });
});
