// `wrangler dev` that loads another build: the objects lose their memory and keep what they have given out.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { npmBin, toolEnv } from "../../scripts/tools.mjs";
import { send } from "./support/client.mjs";
import { eventually } from "./support/exchanges.mjs";
import { startOrigin } from "./support/origin.mjs";
import { freePort } from "./support/port.mjs";
import { HASH_KEY, root } from "./support/workerd.mjs";

// As the default policy says: what a network has without a key.
const UNITS = 20;
const REFILLS_IN = 3_000;

/// Starts wrangler on a copy of the build, with state of its own.
async function served(t, origin) {
  const folder = mkdtempSync(join(tmpdir(), "headgate-reload-"));
  for (const file of ["worker.js", "index.js", "index_bg.wasm"]) cpSync(join(root, "build", file), join(folder, file));
  const config = readFileSync(join(root, "wrangler.toml"), "utf8").replace("build/worker.js", "worker.js").replace(/^\[build\]\n.*\n/m, "");
  writeFileSync(join(folder, "wrangler.toml"), config);
  const port = await freePort();
  const vars = ["--var", `ORIGIN_URL:${origin}`, "--var", `HASH_KEY:${HASH_KEY}`];
  const where = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", join(folder, "state")];
  const child = spawn(join(npmBin, "wrangler"), ["dev", ...where, ...vars, "--show-interactive-dev-session=false"], { cwd: folder, env: toolEnv() });
  const gate = { url: `http://127.0.0.1:${port}`, log: "", build: join(folder, "index.js") };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (gate.log += data));
  t.after(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  await eventually(() => gate.log.includes("Ready on"), () => gate.log, 60_000);
  return gate;
}

test("what was given out before another build was loaded stays given out", { timeout: 120_000 }, async (t) => {
  const origin = await startOrigin();
  t.after(() => origin.stop());
  const gate = await served(t, origin.url);
  const began = Date.now();
  const asked = async () => (await send(gate.url, { agent: false })).status;
  while ((await asked()) === 200);
  assert.ok(origin.seen.length >= UNITS, "the limit is reached");
  appendFileSync(gate.build, '\nconsole.log("another build");\n');
  await eventually(() => gate.log.includes("another build"), () => gate.log, 60_000);
  let again;
  do {
    again = await asked();
  } while (again === 200);
  assert.equal(again, 429);
  const refilled = Math.floor((Date.now() - began) / REFILLS_IN);
  t.diagnostic(`${origin.seen.length} passed, of ${UNITS} and ${refilled} that may have come back`);
  assert.ok(origin.seen.length <= UNITS + refilled);
});
