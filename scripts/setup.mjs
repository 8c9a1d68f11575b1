// Brings what a build needs; does nothing, quickly, when all is there.
// Run it as `npm run setup`; build, start, test and check begin with it too.
import { join } from "node:path";
import { ensureCargoTools } from "./cargo-tools.mjs";
import { withLock } from "./lock.mjs";
import { checkMachine } from "./machine.mjs";
import { ensureNpmPackages } from "./npm-packages.mjs";
import { main, say } from "./run.mjs";
import { cacheFolder } from "./tools.mjs";
import { ensureWasmStd } from "./wasm-std.mjs";

export async function setup() {
  checkMachine();
  // A second set-up waits for the first and then finds its work done.
  await withLock(join(cacheFolder, "setup.lock"), async () => {
    await ensureNpmPackages();
    await ensureWasmStd();
    await ensureCargoTools();
  });
}

await main(import.meta.url, async () => {
  await setup();
  say("Everything is set up.");
});
