// The gate as `npm run self-host` serves it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN, ask } from "./admin.mjs";
import { send } from "./client.mjs";
import { freePort } from "./port.mjs";
import { root } from "./workerd.mjs";

/// A folder that goes when the test ends.
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "headgate-self-host-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/// Runs the command with a file of variables, or with that text as one.
export function command(t, vars, state = join(folder(t), "state"), ...words) {
  const file = join(folder(t), "headgate.env");
  const lines = typeof vars === "string" ? vars : Object.entries(vars).map(([name, value]) => `${name}=${value}\n`).join("");
  writeFileSync(file, lines);
  const child = spawn(process.execPath, [join(root, "scripts/self-host.mjs"), "--env", file, "--state", state, ...words], { cwd: root });
  t.after(() => child.exitCode ?? child.kill("SIGKILL"));
  child.output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.output += data));
  child.ended = once(child, "close").then(([status]) => status);
  return Object.assign(child, { state });
}

/// Runs it until it serves; its `url`.
export async function selfHosted(t, { origin, vars = {}, state, port }) {
  port ??= await freePort();
  const usual = { ORIGIN_URL: origin, ADMIN_TOKEN: `"${ADMIN}"`, POLICY_MAX_AGE: "1s", LISTEN: `127.0.0.1:${port}` };
  const gate = command(t, { ...usual, ...vars }, state);
  gate.url = `http://127.0.0.1:${port}`;
  gate.port = port;
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const answer = await send(gate.url, { path: "/%" }).catch(() => undefined);
    if (answer) return gate;
    if (gate.exitCode !== null || Date.now() > end) throw new Error(gate.output);
  }
}

/// Puts a policy and keys, as those who run the gate do.
export async function filled(gate, policy, keys) {
  const puts = [["policy", policy], ...keys.map((key) => ["keys", key])];
  for (const [what, body] of puts) {
    const answer = await ask(gate, "PUT", what, body);
    if (answer.status !== 200) throw new Error(answer.text);
  }
}

/// Ends it so; its exit status.
export async function ended(gate, signal) {
  gate.kill(signal);
  return gate.ended;
}
