// The gate on plain workerd: real isolates, real objects on disk, nothing in front.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Workerd } from "./process.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const COMPATIBILITY_DATE = "2026-07-30";
export const HASH_KEY = "a hash key for tests, longer than 32 bytes";
/// Most bytes of KV entries.
const MOST_ENTRIES = 64 * 2 ** 20;

/// Policies as they are shipped.
export const shipped = (name) => JSON.parse(readFileSync(join(root, "policies", `${name}.json`), "utf8"));

/// Starts a gate with state of its own. `policy` may be an object or text, or null for an empty KV. The
/// API is at the URL `origin`, or bound as a service: a URL too, or the source of a Worker. `wrapper` is the source of
/// a Worker to run in the gate's place, which may import the gate as "./index.js". Without a `port` each start has another.
export async function startGate({ policy, keys = [], origin, service, wrapper, vars = {}, port = 0 }) {
  const gate = new Gate(mkdtempSync(join(tmpdir(), "headgate-")));
  mkdirSync(join(gate.folder, "objects"));
  for (const file of ["worker.js", "index.js", "index_bg.wasm"]) cpSync(join(root, "build", file), join(gate.folder, file));
  cpSync(join(root, "tests/edge/support/kv.js"), join(gate.folder, "kv.js"));
  writeFileSync(join(gate.folder, "service.js"), service ?? "");
  writeFileSync(join(gate.folder, "wrapper.js"), wrapper ?? "");
  writeFileSync(join(gate.folder, "config.capnp"), gateConfig({ origin, service, wrapper, vars, port }));
  gate.entries = kvEntries(policy, keys);
  await gate.start();
  return gate;
}

/// A gate's process, and its KV.
class Gate extends Workerd {
  async start() {
    await super.start(["http", "control"]);
    await this.put(this.entries);
    // Told only now: whoever asked before would find an empty KV, and its policy is remembered.
    this.url = `http://127.0.0.1:${this.ports.http}`;
  }

  /// Writes KV entries; a value of null deletes.
  async put(entries) {
    await this.tell("/values", JSON.stringify(entries));
  }

  /// Makes calls of KV fail, until told "": those of which method and name, such as "PUT policy", are `of` a pattern. What fails
  /// `late` has been done.
  async failKv(problem, { of = "", late = false } = {}) {
    await this.tell("/fault", JSON.stringify({ problem, of, late }));
  }

  /// All that KV holds: names, values, metadata, and for how many seconds.
  async heldInKv() {
    return JSON.parse(await this.tell("/held"));
  }

  async tell(path, body) {
    const request = http.request(`http://127.0.0.1:${this.ports.control}${path}`, { method: "POST", headers: { host: "control" } });
    request.end(body);
    const [response] = await once(request, "response");
    return (await response.toArray()).join("");
  }
}

/// The directory's entry of a key for Acme.
export const keyEntry = (key) => kvEntries(shipped("default"), [{ key, account: "acme", tier: "standard" }]).find((entry) => entry.key !== "policy");

/// What goes into KV, of the API of that name or of the one without, made by the same tool that makes it for a deployment.
export function kvEntries(policy, keys, api) {
  if (!policy && keys.length === 0) return [];
  if (typeof policy === "string") return [...kvEntries(null, keys), { key: "policy", value: policy }];
  const folder = mkdtempSync(join(tmpdir(), "headgate-kv-"));
  try {
    const [policyFile, keysFile] = [join(folder, "policy.json"), join(folder, "keys.json")];
    writeFileSync(policyFile, JSON.stringify(policy ?? shipped("default")));
    writeFileSync(keysFile, JSON.stringify(keys));
    const tool = join(root, "target/debug/headgate-kv");
    const env = { ...process.env, HASH_KEY };
    const output = execFileSync(tool, ["--policy", policyFile, "--keys", keysFile, ...(api ? ["--api", api] : [])], { env, encoding: "utf8", maxBuffer: MOST_ENTRIES });
    return JSON.parse(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function gateConfig({ origin, service, wrapper, vars, port }) {
  // Wrappers may do without.
  const collects = !wrapper || wrapper.includes("CollectorObject");
  const text = bindings({ HASH_KEY, ORIGIN_URL: origin ?? "", SHARD_COUNT: "4", ...vars });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gate", worker = .gate), (name = "kv", worker = .kv),
    (name = "objects", disk = (path = "objects", writable = true)),
    (name = "internet", network = (allow = ["private", "public"]))${service ? `, (name = "origin", ${serviceKind(service)})` : ""} ],
  sockets = [
    (name = "http", address = "127.0.0.1:${port}", http = (), service = "gate"),
    (name = "control", address = "127.0.0.1:0", http = (), service = "kv") ] );
const gate :Workerd.Worker = (
  modules = [ (name = "main.js", esModule = embed "${wrapper ? "wrapper" : "worker"}.js"), (name = "worker.js", esModule = embed "worker.js"), (name = "index.js", esModule = embed "index.js"), (name = "index_bg.wasm", wasm = embed "index_bg.wasm") ],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ["enable_request_signal"],
  durableObjectNamespaces = [
    (className = "AccountObject", uniqueKey = "account", enableSql = true),
    (className = "ShardObject", uniqueKey = "shard", enableSql = true)${collects ? `,
    (className = "CollectorObject", uniqueKey = "collector", enableSql = true)` : ""} ],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "ACCOUNTS", durableObjectNamespace = "AccountObject"), (name = "SHARDS", durableObjectNamespace = "ShardObject"),${collects ? `
    (name = "COLLECTORS", durableObjectNamespace = "CollectorObject"),` : ""}
    (name = "POLICY", kvNamespace = "kv")${service ? `, (name = "ORIGIN", service = "origin")` : ""}, ${text} ] );
const kv :Workerd.Worker = ( modules = [ (name = "kv.js", esModule = embed "kv.js") ], compatibilityDate = "${COMPATIBILITY_DATE}" );
const service :Workerd.Worker = ( modules = [ (name = "service.js", esModule = embed "service.js") ], compatibilityDate = "${COMPATIBILITY_DATE}" );
`;
}

function serviceKind(service) {
  if (!service.startsWith("http://")) return "worker = .service";
  return `external = (address = ${JSON.stringify(new URL(service).host)}, http = ())`;
}

/// Variables as bindings; one of null is left out.
const bindings = (vars) => Object.entries(vars).filter(([, value]) => value !== null)
  .map(([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`).join(", ");
