// All variants in one workerd process, each a Worker on a port of its own, before one origin.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/tools.mjs";
import { Workerd } from "../../tests/edge/support/process.mjs";
import { COMPATIBILITY_DATE, HASH_KEY, kvEntries } from "../../tests/edge/support/workerd.mjs";
import { floorFolder } from "./floor.mjs";
import { keyOf } from "./variants.mjs";

const WORKERS = fileURLToPath(new URL("workers", import.meta.url));

/// Starts the variants. `rate` is what their limits are to allow, in requests/s, `wait` how long the origin takes on
/// average, in ms. `counted` gates count their calls and rows.
export async function startVariants(variants, { accounts, rate, wait = 0, counted = false }) {
  const runtime = new Bench(mkdtempSync(join(tmpdir(), "headgate-bench-")));
  for (const [name, folder] of [["gate", join(root, "build")], ["floor", floorFolder], ["workers", WORKERS]]) copy(folder, join(runtime.folder, name));
  mkdirSync(join(runtime.folder, "objects"));
  const disk = `(name = "objects", disk = (path = "objects", writable = true))`;
  const services = variants.flatMap((variant) => (variant.policy ? gate(runtime, variant, { accounts, rate, counted }) : [plain(variant)]));
  const sockets = variants.map(({ name }) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`);
  writeFileSync(join(runtime.folder, "config.capnp"), config([origin(wait), disk, ...services], sockets));
  await runtime.start(variants.map(({ name }) => name));
  return runtime;
}

class Bench extends Workerd {
  /// CPU time that the runtime has used, in ms; `undefined` where the system does not tell.
  cpuTime() {
    return existsSync(`/proc/${this.process.pid}/stat`) ? super.cpuTime() : undefined;
  }
}

/// The files of a folder that Workers are made of; none if it is not built.
function copy(from, to) {
  mkdirSync(to);
  const files = existsSync(from) ? readdirSync(from) : [];
  for (const file of files.filter((name) => /\.(js|wasm)$/.test(name))) cpSync(join(from, file), join(to, file));
}

const config = (services, sockets) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(",\n    ")} ],
  sockets = [
    ${sockets.join(",\n    ")} ] );
`;

const worker = (name, modules, bindings, more = "") => `(name = "${name}", worker = (
      modules = [ ${modules.join(", ")} ], compatibilityDate = "${COMPATIBILITY_DATE}", ${more}
      bindings = [ ${bindings.join(", ")} ] ))`;
const js = (name, file) => `(name = "${name}", esModule = embed "${file}")`;
const wasm = (folder) => [...["worker.js", "index.js"].map((name) => js(name, `${folder}/${name}`)), `(name = "index_bg.wasm", wasm = embed "${folder}/index_bg.wasm")`];
const service = (name, to) => `(name = "${name}", service = "${to}")`;
const namespace = (name, kind) => `(name = "${name}", durableObjectNamespace = "${kind}")`;
const ORIGIN = service("ORIGIN", "origin");

const origin = (wait) => worker("origin", [js("origin.js", "workers/origin.js")], [`(name = "WAIT", json = "${wait}")`]);

/// What a variant's objects of a class are kept as.
export const kindOf = (variant, className) => `${variant.name}-${className}`;

/// Objects of the named classes, kept on disk.
const objects = (variant, kinds) => `
      durableObjectNamespaces = [ ${kinds.map((kind) => `(className = "${kind}", uniqueKey = "${kindOf(variant, kind)}", enableSql = true)`).join(", ")} ],
      durableObjectStorage = (localDisk = "objects"),`;

function plain(variant) {
  const { name, module, object } = variant;
  const modules = module.endsWith(".js") ? [js(module, `workers/${module}`)] : wasm(module);
  if (!object) return worker(name, modules, [ORIGIN]);
  const binding = module.endsWith(".js") ? "BUCKETS" : "ACCOUNTS";
  return worker(name, modules, [ORIGIN, namespace(binding, object)], objects(variant, [object]));
}

/// The gate as it is deployed, with a KV of its own.
function gate(runtime, variant, { accounts, rate, counted }) {
  const keys = Array.from({ length: accounts }, (_, account) => ({ key: keyOf(account), account: `acme-${account}`, tier: "standard" }));
  const values = Object.fromEntries(kvEntries(variant.policy(rate), keys).map(({ key, value }) => [key, value]));
  const [name, kv, file] = [variant.name, `${variant.name}-kv`, `${variant.name}.json`];
  writeFileSync(join(runtime.folder, file), JSON.stringify(values));
  const modules = counted ? [js("counting.js", "workers/counting.js"), ...wasm("gate")] : wasm("gate");
  const bindings = [ORIGIN, namespace("ACCOUNTS", "AccountObject"), namespace("SHARDS", "ShardObject"), namespace("COLLECTORS", "CollectorObject"), `(name = "POLICY", kvNamespace = "${kv}")`,
    `(name = "HASH_KEY", text = "${HASH_KEY}")`, ...(counted ? [service("KV", kv)] : [])];
  const more = `compatibilityFlags = ["enable_request_signal"],${objects(variant, ["AccountObject", "ShardObject", "CollectorObject"])}`;
  return [worker(name, modules, bindings, more), worker(kv, [js("kv.js", "workers/kv.js")], [`(name = "VALUES", json = embed "${file}")`])];
}
