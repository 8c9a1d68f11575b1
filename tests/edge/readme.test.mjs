// The README's examples, run as they stand there against `npm start`.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { examples } from "./support/examples.mjs";
import { freePort } from "./support/port.mjs";
import { root } from "./support/workerd.mjs";

/// What differs from one run to the next is left out of the comparison: ids, and what a slow machine refills.
const steady = (text) =>
  text.replace(/\r/g, "").replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<request id>")
    .replace(/;r=\d{3,};t=\d+/g, ";r=<some>").replace(/(Retry-After: |Retry after |;r=0;t=)[123]\b/g, "$1<up to 3>").trim();

test("every example of the README prints what it shows", async (t) => {
  const port = await freePort();
  const state = mkdtempSync(join(tmpdir(), "headgate-readme-"));
  const gate = spawn(process.execPath, [join(root, "scripts/start.mjs"), "--port", String(port), "--persist", state]);
  t.after(async () => {
    gate.kill();
    await once(gate, "exit");
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });
  for await (const line of gate.stdout) if (String(line).includes("listens on")) break;

  const found = examples(readFileSync(join(root, "README.md"), "utf8"));
  assert.ok(found.length >= 5);
  for (const { command, output } of found) {
    const real = execFileSync("bash", ["-c", command.replaceAll("127.0.0.1:8787", `127.0.0.1:${port}`)],
      { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    assert.equal(steady(real), steady(output), command);
  }
});
