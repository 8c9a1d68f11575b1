// What workerd is told, made of wrangler.toml and of the variables of a deployment.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import util from "node:util";
import { Stop } from "./run.mjs";
import { root } from "./tools.mjs";

/// What is meant for the runtime alone.
const SETTINGS = { LISTEN: "127.0.0.1:8787", CLIENT_ADDRESS: "socket" };

/// The variables of a file, with those of wrangler.toml that it does not set, and the settings.
export function variables(file) {
  let given;
  try {
    given = util.parseEnv(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Stop(`${file}: ${error.message}`);
  }
  const odd = Object.keys(given).find((name) => !/^[A-Z][A-Z0-9_]*$/.test(name));
  if (odd !== undefined) throw new Stop(`${file}: found ${odd}, allowed: names of A-Z, 0-9 and _`);
  // That of wrangler.toml is an example.
  const { ORIGIN_URL, ...usual } = wrangler().vars;
  if (!given.ORIGIN_URL && !given.HOSTS && !usual.HOSTS) throw new Stop(`${file}: ORIGIN_URL: found nothing, allowed: a URL such as http://127.0.0.1:3000`);
  const { LISTEN, CLIENT_ADDRESS, ...vars } = { ...usual, ...SETTINGS, ...given };
  if (CLIENT_ADDRESS !== "socket" && !/^[A-Za-z0-9-]+$/.test(CLIENT_ADDRESS)) {
    throw new Stop(`${file}: CLIENT_ADDRESS: found ${CLIENT_ADDRESS}, allowed: socket, or the name of a header`);
  }
  return { listen: LISTEN, clientAddress: CLIENT_ADDRESS, vars };
}

/// The tables of wrangler.toml; of those that stand more than once a list. Each value stands on one line.
export function wrangler() {
  const config = {};
  let table = config;
  for (const line of readFileSync(join(root, "wrangler.toml"), "utf8").split("\n")) {
    const [, brackets, name] = /^(\[{1,2})([\w.]+)\]/.exec(line) ?? [];
    const [, key, value] = /^(\w+) = (.+)$/.exec(line) ?? [];
    if (name) {
      table = {};
      config[name] = brackets === "[" ? table : [...(config[name] ?? []), table];
    } else if (key) {
      table[key] = parsed(key, value);
    }
  }
  return config;
}

function parsed(key, value) {
  const [, literal] = /^'([^']+)'$/.exec(value) ?? [];
  if (literal !== undefined) return literal;
  try {
    return JSON.parse(value);
  } catch {
    throw new Stop(`wrangler.toml: ${key}: found ${value}, allowed: a value on one line, with no comment behind it`);
  }
}

const text = (value) => JSON.stringify(value);
const list = (values) => `[ ${values.join(", ")} ]`;

/// The configuration of a gate whose files lie beside it, and whose objects lie in a folder. Secrets stay in the environment.
export function configuration({ listen, clientAddress, vars }, objects) {
  const { compatibility_date: date, compatibility_flags: flags, "durable_objects.bindings": kinds } = wrangler();
  const modules = ["gate.js", "worker.js", "index.js"].map((name) => `(name = ${text(name)}, esModule = embed ${text(name)})`);
  // The names of folders on disk, for good.
  const folder = (kind) => kind.replace("Object", "").toLowerCase();
  const namespaces = kinds.map(({ class_name: kind }) => `(className = ${text(kind)}, uniqueKey = ${text(folder(kind))}, enableSql = true)`);
  const bindings = [
    ...kinds.map(({ name, class_name: kind }) => `(name = ${text(name)}, durableObjectNamespace = ${text(kind)})`),
    `(name = "POLICY", kvNamespace = "kv")`,
    `(name = "CLIENT_ADDRESS", text = ${text(clientAddress)})`,
    ...Object.keys(vars).map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
  ];
  // Only a proxy says by which protocol the client came.
  const http = clientAddress === "socket" ? "()" : `(forwardedProtoHeader = "X-Forwarded-Proto")`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gate", worker = .gate), (name = "kv", worker = .kv),
    (name = "objects", disk = (path = ${text(objects)}, writable = true)),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))) ],
  sockets = [ (name = "http", address = ${text(listen)}, http = ${http}, service = "gate") ] );
const gate :Workerd.Worker = (
  modules = ${list([...modules, `(name = "index_bg.wasm", wasm = embed "index_bg.wasm")`])},
  compatibilityDate = ${text(date)}, compatibilityFlags = ${list(flags.map(text))},
  durableObjectNamespaces = ${list(namespaces)}, durableObjectStorage = (localDisk = "objects"),
  bindings = ${list(bindings)} );
const kv :Workerd.Worker = (
  modules = [ (name = "kv.js", esModule = embed "kv.js") ], compatibilityDate = ${text(date)},
  durableObjectNamespaces = [ (className = "Entries", uniqueKey = "kv", enableSql = true) ], durableObjectStorage = (localDisk = "objects"),
  bindings = [ (name = "ENTRIES", durableObjectNamespace = "Entries") ] );
`;
}
