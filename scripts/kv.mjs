// Checks a policy and a keys file, or prints them as `wrangler kv bulk put` takes them. `npm run kv -- --help`
import { buildKvTool, kvTool } from "./local-state.mjs";
import { main, run } from "./run.mjs";

await main(import.meta.url, async () => {
  await buildKvTool();
  process.exitCode = await run(kvTool, process.argv.slice(2), { cwd: process.env.INIT_CWD });
});
