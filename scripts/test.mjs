// All tests: the pure part natively, what touches Worker types in Wasm, the whole over HTTP on workerd.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { buildKvTool } from "./local-state.mjs";
import { ensurePythonPackages } from "./python-packages.mjs";
import { main, step } from "./run.mjs";
import { setup } from "./setup.mjs";
import { npmBin, root, toolEnv, WASM_TARGET } from "./tools.mjs";

await main(import.meta.url, async () => {
  await setup();
  const env = toolEnv();
  await step("Native tests (about a minute from nothing)", "cargo", ["test", "--quiet", "--workspace"], { cwd: root });
  await step("Wasm tests (about a minute from nothing)", "cargo", ["test", "--lib", "--target", WASM_TARGET], { cwd: root, env });
  await buildKvTool();
  await build();
  await ensurePythonPackages();
  const testsIn = (folder) => readdirSync(folder).filter((name) => name.endsWith(".test.mjs")).map((name) => join(folder, name));
  const files = ["edge", "contracts"].flatMap((name) => testsIn(join(root, "tests", name)));
  const flags = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  await step("Tests over HTTP on workerd (about eight minutes)", join(npmBin, "node"), flags, { cwd: root, env });
});
