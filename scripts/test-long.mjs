// Tests that are long by nature and hold no promise that the short ones do not hold: `npm run test:long`
import { build } from "./build.mjs";
import { overHttp, testsIn } from "./http-tests.mjs";
import { buildKvTool } from "./local-state.mjs";
import { main } from "./run.mjs";
import { setup } from "./setup.mjs";

await main(import.meta.url, async () => {
  await setup();
  await buildKvTool();
  await build();
  await overHttp(testsIn("long"), 1);
});
