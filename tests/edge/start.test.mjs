// `npm start`, as somebody at a terminal uses it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { send } from "./support/client.mjs";
import { startOrigin } from "./support/origin.mjs";
import { freePort } from "./support/port.mjs";
import { root, shipped } from "./support/workerd.mjs";

function run(...flags) {
  const child = spawn(process.execPath, [join(root, "scripts/start.mjs"), ...flags], { cwd: root });
  child.output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.output += data));
  child.ended = once(child, "exit").then(([status]) => status);
  return child;
}

async function listening(child) {
  while (!child.output.includes("listens on")) {
    if (child.exitCode !== null) throw new Error(child.output);
    await new Promise((wait) => setTimeout(wait, 100));
  }
}

/// Kills a process and all that it started, none of which may say goodbye.
async function killAll(child) {
  const parents = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(Number(pid), Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (pid) => pid === child.pid || (parents.has(pid) && isOurs(parents.get(pid)));
  for (const pid of [...parents.keys()].filter(isOurs)) process.kill(pid, "SIGKILL");
  await child.ended;
}

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "headgate-start-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a drained account is still drained after kill -9 and a second start on the same state", async (t) => {
  const [state, port, origin] = [folder(t), await freePort(), await startOrigin()];
  t.after(() => origin.stop());
  const policy = shipped("ticksupply");
  policy.tiers.standard.limits[0].window = "7d";
  writeFileSync(join(state, "policy.json"), JSON.stringify(policy));
  writeFileSync(join(state, "keys.json"), JSON.stringify([{ key: "k1", account: "acme", tier: "standard" }]));
  const flags = ["--policy", join(state, "policy.json"), "--keys", join(state, "keys.json"), "--port", String(port),
    "--origin", origin.url, "--persist", join(state, "persist")];
  const call = () => send(`http://127.0.0.1:${port}`, { path: "/v1/x", headers: { "x-api-key": "k1" } });

  const first = run(...flags);
  t.after(() => first.exitCode ?? killAll(first));
  await listening(first);
  for (let n = 0; n < 200; n++) assert.equal((await call()).status, 200, first.output);
  assert.equal((await call()).status, 429);
  await killAll(first);

  const second = run(...flags);
  t.after(() => second.exitCode ?? killAll(second));
  const began = Date.now();
  await listening(second);
  t.diagnostic(`the second start was up in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  assert.equal((await call()).status, 429, "not one unit came back");
  assert.equal(origin.seen.length, 200);
});

test("without options the demo API stands behind the gate", async (t) => {
  const [state, port] = [folder(t), await freePort()];
  const gate = run("--port", String(port), "--persist", state);
  t.after(() => killAll(gate));
  await listening(gate);
  const headers = { "x-api-key": "demo-acme-1" };
  const answer = await send(`http://127.0.0.1:${port}`, { path: "/v1/whoami", headers });
  assert.equal(answer.status, 200);
  assert.equal(JSON.parse(answer.text).headers["x-headgate-account"], "acme");
  assert.match(answer.headers.ratelimit, /^"minute";r=199/);
  const [, token] = /asks for a token: (\w+)/.exec(gate.output);
  const allowed = await send(`http://127.0.0.1:${port}`, { path: "/_headgate/token", headers: { authorization: `Bearer ${token}` } });
  assert.equal(allowed.text, '{"scope":"write"}');
  assert.match((await send(`http://127.0.0.1:${port}`, { path: "/_headgate/" })).text, /^<!doctype html>/);
});

test("--help says what the options are", async () => {
  const child = run("--help");
  assert.equal(await child.ended, 0);
  for (const option of ["--policy", "--keys", "--port", "--origin", "--persist"]) assert.match(child.output, new RegExp(option));
});

for (const [what, flags, line] of [
  ["an unknown option", ["--polcy", "x"], /^--polcy: no such option\n/],
  ["an option without its value", ["--port"], /^--port: its value is missing\n/],
  ["a port that is none", ["--port", "99999"], /^--port: found 99999, allowed: 1 to 65535\n$/],
  ["an origin that is no URL", ["--origin", "localhost:3000"], /^--origin: found localhost:3000, allowed: a URL such as \S+\n$/],
  ["a policy that is not there", ["--policy", "/nowhere.json"], /^\/nowhere\.json: No such file or directory .*\nThe gate was not started\.\n$/],
]) {
  test(`${what} ends it with one clear line`, async () => {
    const child = run("--port", String(await freePort()), ...flags);
    assert.notEqual(await child.ended, 0);
    assert.match(child.output, line);
  });
}

for (const [what, file, text, line] of [
  ["policy", "--policy", '{"version":1,"tiers":{"a":{"limits":[{"name":"m","algorithm":"token-bucket","units":0,"window":"1m"}]}}}',
    /tiers\.a\.limits\[0\]\.units: found 0, allowed: a whole number from 1 to 1000000000\n/],
  ["keys file", "--keys", '[{"key":"a","account":"b","tier":"gold"}]', /\[0\]\.tier: found "gold", allowed: a tier of the policy\n/],
]) {
  test(`a bad ${what} ends it with one clear line`, async (t) => {
    const path = join(folder(t), "bad.json");
    writeFileSync(path, text);
    const child = run("--port", String(await freePort()), file, path);
    assert.notEqual(await child.ended, 0);
    assert.match(child.output, line);
    assert.doesNotMatch(child.output, /at .*\.mjs/, "no stack trace");
  });
}

test("a taken port ends it with one clear line", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address();
  const child = run("--port", String(port));
  assert.notEqual(await child.ended, 0);
  assert.equal(child.output, `Port ${port} is taken; choose another with --port.\n`);
});
