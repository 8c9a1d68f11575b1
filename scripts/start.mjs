// Serves the gate on this machine, in front of the demo API or of a real one.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { readArguments } from "./arguments.mjs";
import { build } from "./build.mjs";
import { adminToken, buildKvTool, checkFiles, fillKv, hashKey } from "./local-state.mjs";
import { endChildren, main, run, say, Stop } from "./run.mjs";
import { setup } from "./setup.mjs";
import { npmBin, root, toolEnv } from "./tools.mjs";

const USAGE = `usage: npm start -- [options]

Sets up what is missing, builds the gate and serves it by wrangler dev.

  --policy FILE   the policy                      (policies/default.json)
  --keys FILE     the key directory: [{"key":"…","account":"…","tier":"…"}]
                  (demo/keys.json with the default policy, else none)
  --port N        where to listen on 127.0.0.1    (8787)
  --origin URL    the API behind the gate         (the demo API)
  --persist DIR   where state lives               (.wrangler/state)
  --help          this text`;

const OPTIONS = { policy: undefined, keys: undefined, port: "8787", origin: undefined, persist: ".wrangler/state" };

async function start() {
  const given = readArguments(process.argv.slice(2), OPTIONS, USAGE);
  if (!given) return console.log(USAGE);
  const settings = checked(given);
  await refuseTakenPort(settings.port);
  await setup();
  await buildKvTool();
  await checkFiles(settings.policy, settings.keys);
  await build();
  await fillKv(settings.persist, settings.policy, settings.keys);
  await serve(settings);
}

// Paths are meant from where the command was given, also when npm runs it from the package's folder.
function checked({ policy, keys, port, origin, persist }) {
  const here = process.env.INIT_CWD ?? process.cwd();
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw new Stop(`--port: found ${port}, allowed: 1 to 65535`);
  }
  if (origin !== undefined && !/^https?:\/\/[^/?#]+/.test(origin)) {
    throw new Stop(`--origin: found ${origin}, allowed: a URL such as http://127.0.0.1:3000`);
  }
  const usualKeys = policy === undefined ? join(root, "demo", "keys.json") : undefined;
  return {
    policy: policy === undefined ? join(root, "policies", "default.json") : resolve(here, policy),
    keys: keys === undefined ? usualKeys : resolve(here, keys),
    port: Number(port),
    origin,
    persist: persist === OPTIONS.persist ? join(root, persist) : resolve(here, persist),
  };
}

async function refuseTakenPort(port) {
  const taken = await new Promise((answer) => {
    const probe = createServer();
    probe.once("error", ({ code }) => answer(code));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(undefined)));
  });
  if (taken === "EADDRINUSE") throw new Stop(`Port ${port} is taken; choose another with --port.`);
  if (taken) throw new Stop(`Port ${port} cannot be used (${taken}); choose another with --port.`);
}

async function serve({ policy, port, origin, persist }) {
  const demo = origin === undefined ? await freePort() : undefined;
  const servers = [serveGate(port, origin ?? `http://127.0.0.1:${demo}`, persist)];
  if (demo) servers.push(serveDemo(demo, persist));
  const ended = Promise.race(servers).then((status) => ({ status }));
  const first = await Promise.race([ended, answers([port, demo])]);
  if (!first) console.log(welcome(policy, port, origin, persist));
  const { status } = await ended;
  endChildren();
  throw new Stop(`The runtime ended (status ${status}).`);
}

function serveGate(port, origin, persist) {
  const secrets = join(persist, "secrets.env");
  writeFileSync(secrets, `HASH_KEY=${hashKey(persist)}\nADMIN_TOKEN=${adminToken(persist)}\n`, { mode: 0o600 });
  const where = ["--ip", "127.0.0.1", "--port", String(port), "--persist-to", persist];
  const what = ["--env-file", secrets, "--var", `ORIGIN_URL:${origin}`];
  const quiet = ["--log-level", "error", "--inspector-port", "0", "--show-interactive-dev-session=false"];
  const flags = ["dev", "-c", "wrangler.toml", ...where, ...what, ...quiet];
  return run(join(npmBin, "wrangler"), flags, { cwd: root, env: toolEnv() });
}

function serveDemo(port, persist) {
  const seats = join(persist, "demo");
  mkdirSync(seats, { recursive: true });
  const where = ["--socket-addr", `http=127.0.0.1:${port}`, "--directory-path", `seats=${seats}`];
  const flags = ["serve", "--experimental", ...where, join(root, "demo", "workerd.capnp")];
  return run(join(npmBin, "workerd"), flags, { cwd: root, env: toolEnv() });
}

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, "127.0.0.1", listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

// Once everything listens.
async function answers(ports) {
  for (const port of ports.filter(Boolean)) {
    while (!(await isAnswering(port))) await new Promise((wait) => setTimeout(wait, 100));
  }
}

// The gate answers this path itself, so that nothing is charged or counted and nothing reaches the origin.
function isAnswering(port) {
  return new Promise((answer) => {
    const request = http.get({ host: "127.0.0.1", port, path: "/_headgate/token" }, (response) => {
      response.resume();
      answer(true);
    });
    request.on("error", () => answer(false));
  });
}

function welcome(policy, port, origin, persist) {
  const { version } = JSON.parse(readFileSync(policy, "utf8"));
  return `Headgate listens on http://127.0.0.1:${port} in front of ${origin ?? "the demo API"} (policy version ${version}). Ctrl-C ends it.
Its dashboard is http://127.0.0.1:${port}/_headgate/ and asks for a token: ${adminToken(persist)}`;
}

await main(import.meta.url, start);
