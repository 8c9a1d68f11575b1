// The examples of docs/ADMIN.md, run as they stand there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ADMIN, TOKENS } from "./support/admin.mjs";
import { examples } from "./support/examples.mjs";
import { started } from "./support/setup.mjs";
import { root } from "./support/workerd.mjs";

/// What differs from one run to the next: instants, ids, and hashes under another secret.
const steady = (text) => text.replace(/"\d{13}-[0-9a-f]{8}"/g, "<id>").replace(/\b\d{13}\b/g, "<instant>").replace(/"version":\d{10}\b/g, "<second>")
  .replace(/\b[0-9a-f]{64}\b/g, "<hash>").trim();

test("every example of docs/ADMIN.md prints what it shows", { timeout: 60_000 }, async (t) => {
  const { gate } = await started(t, { policy: null, keys: [], vars: TOKENS });
  const folder = mkdtempSync(join(tmpdir(), "headgate-examples-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { ...process.env, GATE: `${gate.url}/_headgate`, AUTH: `Authorization: Bearer ${ADMIN}` };
  const found = examples(readFileSync(join(root, "docs/ADMIN.md"), "utf8"));
  assert.ok(found.length > 10);
  for (const { command, output } of found) {
    const { stdout } = await promisify(execFile)("bash", ["-c", command], { cwd: folder, env });
    assert.equal(steady(stdout), steady(output), command);
  }
});
