// Everything but the tests that must be right: format, lints, documentation, policies, a deploy dry run.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildKvTool, checkFiles } from "./local-state.mjs";
import { main, say, step } from "./run.mjs";
import { setup } from "./setup.mjs";
import { npmBin, root, toolEnv, WASM_TARGET } from "./tools.mjs";

const WASM = ["--target", WASM_TARGET];
const DENY = ["--", "--deny", "warnings"];
// Crates that are no members of the workspace.
const APART = [["core bench", "bench/core", ["--all-targets"]], ["floor", "bench/floor", WASM], ["fuzz targets", "fuzz", ["--all-targets"]]];
// Nothing is linked, so nothing has to be there, and no C++ compiler to build it.
const NO_LIBFUZZER = "/nowhere/libfuzzer.a";

await main(import.meta.url, async () => {
  await setup();
  const env = toolEnv();
  const documented = { RUSTDOCFLAGS: "--deny warnings" };
  await step("Format", "cargo", ["fmt", "--all", "--check"], { cwd: root });
  await step("Lints, native", "cargo", ["clippy", "--quiet", "--workspace", "--all-targets", ...DENY], { cwd: root });
  await step("Lints, Wasm", "cargo", ["clippy", "--quiet", "--lib", "--tests", ...WASM, ...DENY], { cwd: root, env });
  for (const [what, folder, flags] of APART) {
    const args = ["clippy", "--quiet", "--manifest-path", join(folder, "Cargo.toml"), ...flags, ...DENY];
    await step(`Lints, ${what}`, "cargo", args, { cwd: root, env: { ...env, CUSTOM_LIBFUZZER_PATH: NO_LIBFUZZER } });
  }
  await step("Documentation", "cargo", ["doc", "--quiet", "--no-deps", "--workspace"], { cwd: root, env: { ...process.env, ...documented } });
  await step("Documentation, Wasm", "cargo", ["doc", "--quiet", "--no-deps", "--document-private-items", "--lib", ...WASM], { cwd: root, env: { ...env, ...documented } });
  say("\n== Policies");
  await buildKvTool();
  for (const name of policies()) await checkFiles(join(root, "policies", name), undefined);
  await checkFiles(join(root, "policies", "default.json"), join(root, "demo", "keys.json"));
  await step("Deploy, dry run", join(npmBin, "wrangler"), ["deploy", "--dry-run", "--outdir", "target/deploy"], { cwd: root, env });
  say("\nAll checks passed.");
});

function policies() {
  return readdirSync(join(root, "policies")).filter((name) => name.endsWith(".json") && !name.endsWith(".schema.json"));
}
