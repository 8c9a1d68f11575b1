// A command of the project's as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "./workerd.mjs";

/// Its exit status and all that it said. `script` is its file, from the root.
export async function ran(script, ...words) {
  const child = spawn(process.execPath, [join(root, script), ...words], { cwd: root, env: { ...process.env, INIT_CWD: root } });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) child[stream].on("data", (data) => (said[stream] += data));
  const [status] = await once(child, "close");
  return { status, ...said };
}
