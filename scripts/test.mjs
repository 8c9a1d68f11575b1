// All tests: the pure part natively, what touches Worker types in Wasm, the whole over HTTP on workerd.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { buildKvTool } from "./local-state.mjs";
import { main, run, say, Stop } from "./run.mjs";
import { setup } from "./setup.mjs";
import { npmBin, root, toolEnv, WASM_TARGET } from "./tools.mjs";

async function step(what, command, args, env) {
  say(`\n== ${what}`);
  const status = await run(command, args, { cwd: root, env });
  if (status !== 0) throw new Stop(`\n${what}: failed (status ${status})`);
}

await main(import.meta.url, async () => {
  await setup();
  const env = toolEnv();
  await step("Native tests (about a minute from nothing)", "cargo", ["test", "--quiet"], process.env);
  await step("Wasm tests (about a minute from nothing)", "cargo", ["test", "--quiet", "--lib", "--target", WASM_TARGET], env);
  await buildKvTool();
  await build();
  const folder = join(root, "tests", "edge");
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.mjs")).map((name) => join(folder, name));
  const flags = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  await step("Tests over HTTP on workerd (about three minutes)", join(npmBin, "node"), flags, env);
});
