// All tests but the long ones: the pure part natively, what touches Worker types in Wasm, the whole over HTTP on workerd.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { ensureChromium } from "./chromium.mjs";
import { overHttp, testsIn } from "./http-tests.mjs";
import { buildKvTool } from "./local-state.mjs";
import { ensurePythonPackages } from "./python-packages.mjs";
import { lastLines, main, run, say, step, Stop } from "./run.mjs";
import { setup } from "./setup.mjs";
import { root, toolEnv, WASM_TARGET } from "./tools.mjs";

const NATIVE = ["test", "--quiet", "--workspace"];
const WASM = ["test", "--lib", "--target", WASM_TARGET];
// What these see depends on what else the machine does: memory, and how soon a crowd is served.
const ALONE = ["lane_crowd", "memory", "shedding", "slow_clients"];
const isAlone = (file) => ALONE.some((name) => file.endsWith(`/${name}.test.mjs`));

await main(import.meta.url, async () => {
  await setup();
  say("\n== Builds (about four minutes from nothing)");
  await together(build, buildTests, ensurePythonPackages, ensureChromium);
  const files = ["edge", "contracts"].flatMap((name) => testsIn(name));
  say("\n== Tests over HTTP on workerd (about four minutes), and beside them the others");
  await together(() => overHttp(files.filter((file) => !isAlone(file)), 2), beside);
  say("\n== Tests over HTTP that want the machine for themselves (less than a minute)");
  await overHttp(files.filter(isAlone), 1);
});

async function buildTests() {
  await step("Native tests", "cargo", [...NATIVE, "--no-run"], { cwd: root });
  await step("Wasm tests", "cargo", [...WASM, "--no-run"], { cwd: root, env: toolEnv() });
  await buildKvTool();
}

// Tests over HTTP mostly wait; these run when they do.
async function beside() {
  await besides("Native tests", NATIVE);
  await besides("Wasm tests", WASM);
}

async function besides(what, args) {
  const log = join(root, "target", `${what.split(" ")[0].toLowerCase()}-tests.log`);
  rmSync(log, { force: true });
  const status = await run("nice", ["-n", "19", "cargo", ...args], { cwd: root, env: toolEnv(), log });
  if (status !== 0) throw new Stop(`${lastLines(log, 60)}\n\n${what}: failed (status ${status}); all is in ${log}`);
  const passed = [...readFileSync(log, "utf8").matchAll(/^test result: ok\. (\d+) passed/gm)];
  say(`${what}: ${passed.reduce((sum, [, count]) => sum + Number(count), 0)} passed`);
}

// Runs tasks side by side, each to its end, and fails with all that has failed.
async function together(...tasks) {
  const ended = await Promise.allSettled(tasks.map((task) => task()));
  const reasons = ended.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
  const defect = reasons.find((reason) => !(reason instanceof Stop));
  if (defect) throw defect;
  if (reasons.length > 0) throw new Stop(reasons.map(({ message }) => message).join("\n\n"));
}
