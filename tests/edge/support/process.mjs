// A workerd process and the folder that it lives in.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../../scripts/tools.mjs";

export class Workerd {
  constructor(folder) {
    this.folder = folder;
    this.log = "";
  }

  /// Runs the folder's config.capnp; when it `began` and which `ports` its `sockets` have is known then.
  async start(sockets) {
    const binary = join(root, "node_modules/workerd/bin/workerd");
    const flags = ["serve", "--experimental", "--control-fd=3", join(this.folder, "config.capnp")];
    this.began = performance.now();
    this.process = spawn(binary, flags, { stdio: ["ignore", "pipe", "pipe", "pipe"], cwd: this.folder });
    this.process.stdout.on("data", (data) => (this.log += data));
    this.process.stderr.on("data", (data) => (this.log += data));
    this.ports = await listening(this, sockets);
  }

  async kill(signal = "SIGKILL") {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, "exit");
    this.process.kill(signal);
    await exited;
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /// Waits until the log holds a text, for it comes by a pipe of its own; the log's lines.
  async logged(text) {
    for (const end = Date.now() + 10_000; !this.log.includes(text); await sleep(5)) {
      if (Date.now() > end) throw new Error(`the log does not hold ${text}, but:\n${this.log}`);
    }
    return this.log.trim().split("\n");
  }

  /// Peak resident memory of the runtime, in KiB.
  peakMemory() {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)[1]);
  }

  /// CPU time that the runtime has used, in ms.
  cpuTime() {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, "utf8");
    // After the name in parentheses, which may hold anything, field 3 comes first; 14 and 15 are in hundredths of a second.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }
}

async function listening(runtime, sockets) {
  const ports = {};
  const lines = createInterface({ input: runtime.process.stdio[3] });
  const exited = once(runtime.process, "exit").then(() => {
    throw new Error(`workerd did not start:\n${runtime.log}`);
  });
  exited.catch(() => {});
  const all = (async () => {
    for await (const line of lines) {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen") ports[socket] = port;
      if (sockets.every((name) => ports[name])) return ports;
    }
    return exited;
  })();
  return Promise.race([all, exited]);
}
