// `npm run self-host`, as somebody runs it on a machine of their own: what survives, who the client is, how to back it up.
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN, ask } from "./support/admin.mjs";
import { json, open, send, until } from "./support/client.mjs";
import { ran } from "./support/command.mjs";
import { startOrigin } from "./support/origin.mjs";
import { command, ended, filled, folder, selfHosted } from "./support/self_host.mjs";

const timeout = 180_000;
const KEYS = [{ key: "k1", account: "acme", tier: "standard" }, { key: "k2", account: "globex", tier: "standard" }];
const weekly = (name, units) => ({ name, algorithm: "token-bucket", units, window: "7d" });
const POLICY = {
  version: 7, strangers: { tier: "guests" }, routes: [{ path: "/lane/**", lane: "lane" }],
  tiers: {
    standard: { limits: [weekly("week", 5), { name: "lane", algorithm: "concurrency", slots: 1, lease: "1m", patience: "0ms" }] },
    guests: { limits: [weekly("week", 1)] },
  },
};

async function originOf(t, handler) {
  const origin = await startOrigin(handler);
  t.after(() => origin.stop());
  return origin;
}

const call = (gate, key, path = "/v1/x", headers = {}) => send(gate.url, { path, headers: { ...(key && { "x-api-key": key }), ...headers } });
const status = async (...what) => (await call(...what)).status;

/// Puts the policy, waits until it is in force, and spends all that the account of a key has.
async function drained(gate, key) {
  await filled(gate, POLICY, KEYS);
  await until(({ headers }) => headers["ratelimit-policy"]?.includes('"week";q=1'), () => call(gate, null));
  for (let n = 0; n < 5; n++) assert.equal(await status(gate, key), 200);
  assert.equal(await status(gate, key), 429);
}

/// Fails unless a gate knows all that was there when its state was left.
async function assertKept(gate) {
  assert.equal(await status(gate, "k1"), 429, "not one unit came back");
  assert.equal(await status(gate, "k2"), 200, "the key is known, and its account has what it had");
  assert.equal(json(await ask(gate, "GET", "policy")).version, 7);
  assert.deepEqual(json(await ask(gate, "GET", "audit")).entries.map(({ where }) => where), ["keys", "keys", "policy"]);
  assert.equal((await ask(gate, "GET", "overview")).status, 200, "collectors answer, too");
}

test("after kill -9 and a second start what was spent is spent, and policy, keys and audit are there", { timeout }, async (t) => {
  const origin = await originOf(t);
  const first = await selfHosted(t, { origin: origin.url });
  await drained(first, "k1");
  await ended(first, "SIGKILL");
  await assertKept(await selfHosted(t, { origin: origin.url, state: first.state, port: first.port }));
});

test("state that is copied while the gate stands still goes on elsewhere", { timeout }, async (t) => {
  const origin = await originOf(t);
  const first = await selfHosted(t, { origin: origin.url });
  await drained(first, "k1");
  assert.equal(await ended(first, "SIGTERM"), 0, first.output);
  const elsewhere = join(folder(t), "state");
  cpSync(first.state, elsewhere, { recursive: true });
  await assertKept(await selfHosted(t, { origin: origin.url, state: elsewhere }));
});

test("a backup of a gate at work goes on elsewhere", { timeout }, async (t) => {
  const origin = await originOf(t);
  const gate = await selfHosted(t, { origin: origin.url });
  await drained(gate, "k1");
  const over = new AbortController();
  const load = (async () => {
    while (!over.signal.aborted) await call(gate, null, "/v1/x", { accept: "*/*" });
  })();
  const elsewhere = join(folder(t), "state");
  const { status: came, stderr } = await ran("scripts/self-host-backup.mjs", "--state", gate.state, "--to", elsewhere);
  over.abort();
  await load;
  assert.equal(came, 0, stderr);
  assert.equal((await ran("scripts/self-host-backup.mjs", "--state", gate.state, "--to", elsewhere)).status, 1, "nothing is written over");
  await assertKept(await selfHosted(t, { origin: origin.url, state: elsewhere }));
});

test("SIGTERM ends it, but not before what is under way is answered", { timeout }, async (t) => {
  let answer;
  const origin = await originOf(t, ({ url }, response) => (url === "/slow" ? (answer = () => response.end("slow")) : response.end()));
  const gate = await selfHosted(t, { origin: origin.url });
  const slow = call(gate, null, "/slow");
  await until(() => answer, async () => ({}));
  gate.kill("SIGTERM");
  await sleep(500);
  assert.equal(gate.exitCode, null, "it waits");
  answer();
  assert.deepEqual([(await slow).text, await gate.ended], ["slow", 0], gate.output);
});

test("a client whose connection breaks frees its slot", { timeout }, async (t) => {
  const origin = await originOf(t, ({ url }, response) => url.includes("held") || response.end("ok"));
  const gate = await selfHosted(t, { origin: origin.url });
  await filled(gate, POLICY, KEYS);
  await until(({ headers }) => headers["ratelimit-policy"]?.includes('"week";q=1'), () => call(gate, null));
  const held = open(gate.url, { path: "/lane/held", headers: { "x-api-key": "k1" } });
  held.on("error", () => {});
  held.end();
  await until(() => origin.seen.some(({ url }) => url === "/lane/held"), async () => ({}));
  assert.equal(await status(gate, "k1", "/lane/x"), 429, "the one slot is taken");
  held.socket.resetAndDestroy();
  await until((answer) => answer.status === 200, () => call(gate, "k1", "/lane/x"));
});

test("a client is known by its connection, whatever it says of itself", { timeout }, async (t) => {
  const origin = await originOf(t);
  const gate = await selfHosted(t, { origin: origin.url });
  await filled(gate, POLICY, []);
  await until(({ status }) => status === 429, () => call(gate, null));
  for (const name of ["CF-Connecting-IP", "X-Forwarded-For", "X-Real-IP"]) {
    assert.equal(await status(gate, null, "/v1/x", { [name]: "192.0.2.7", "x-forwarded-proto": "https" }), 429, name);
  }
  const [{ headers }] = origin.seen;
  assert.deepEqual([headers["x-forwarded-for"], headers["x-forwarded-proto"]], ["127.0.0.1", "http"]);
});

test("behind a proxy a client is known by the last address in the header that is named, and its protocol is believed", { timeout }, async (t) => {
  const origin = await originOf(t);
  const gate = await selfHosted(t, { origin: origin.url, vars: { CLIENT_ADDRESS: "X-Forwarded-For" } });
  await filled(gate, POLICY, []);
  const from = (address, headers) => status(gate, null, "/v1/x", { "x-forwarded-for": address, "x-forwarded-proto": "https", ...headers });
  await until((answer) => answer === 429, () => from("192.0.2.1"));
  assert.equal(await from("198.51.100.1, 192.0.2.1", { "cf-connecting-ip": "192.0.2.9" }), 429, "what stands before it is the client's own word");
  assert.equal(await from("192.0.2.1, 192.0.2.2"), 200);
  const { headers } = origin.seen.at(-1);
  assert.deepEqual([headers["x-forwarded-for"], headers["x-forwarded-proto"], headers["cf-connecting-ip"]], ["192.0.2.2", "https", "192.0.2.2"]);
});

test("several APIs are served by their hosts, and no other host", { timeout }, async (t) => {
  const [tickets, maps] = [await originOf(t), await originOf(t)];
  const HOSTS = JSON.stringify({ "127.0.0.1": {}, "maps.example": { api: "maps", origin: maps.url } });
  const gate = await selfHosted(t, { origin: tickets.url, vars: { HOSTS: `'${HOSTS}'` } });
  const of = (host) => status(gate, null, "/v1/x", host && { host });
  assert.deepEqual([await of(), await of("MAPS.example:80"), await of("other.example")], [200, 200, 421]);
  assert.deepEqual([tickets.seen.length, maps.seen.length], [1, 1]);
});

test("KV lists in pages and forgets what has expired", { timeout }, async (t) => {
  const origin = await originOf(t);
  const gate = await selfHosted(t, { origin: origin.url });
  const keys = Array.from({ length: 101 }, (_, n) => ({ key: `key-${n}`, account: "acme", tier: "standard", label: `ä ${n}` }));
  await filled(gate, POLICY, keys);
  const page = json(await ask(gate, "GET", "keys"));
  const rest = json(await ask(gate, "GET", `keys?after=${encodeURIComponent(page.next)}`));
  assert.deepEqual([page.keys.length, rest.keys.length, rest.next], [100, 1, null]);
  assert.equal(new Set([...page.keys, ...rest.keys].map(({ label }) => label)).size, 101);
  assert.equal((await ask(gate, "GET", "keys?after=made-up")).status, 400);
  assert.equal((await ask(gate, "POST", "keys/revoke", { key: "key-0" })).status, 200);
  await ended(gate, "SIGTERM");
  const kv = join(gate.state, "objects", "kv");
  const [file] = readdirSync(kv).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  const database = new DatabaseSync(join(kv, file));
  const expiring = "SELECT count(*) AS count FROM entries WHERE expires > unixepoch('now', '+399 days') * 1000";
  assert.equal(database.prepare(expiring).get().count, 103, "every entry of the audit");
  database.exec("UPDATE entries SET expires = 1 WHERE name LIKE 'audit:%'");
  database.close();
  const again = await selfHosted(t, { origin: origin.url, state: gate.state });
  assert.deepEqual(json(await ask(again, "GET", "audit")).entries, []);
  assert.equal(json(await ask(again, "GET", "keys")).keys.length, 100, "one of 101 is revoked");
});

test("a second gate on the same state is refused, and the first goes on", { timeout }, async (t) => {
  const origin = await originOf(t);
  const gate = await selfHosted(t, { origin: origin.url });
  const other = command(t, { ORIGIN_URL: origin.url, LISTEN: "127.0.0.1:0" }, gate.state);
  assert.equal(await other.ended, 1);
  assert.match(other.output, /: another gate runs on it\.\n$/);
  assert.equal(await status(gate, null), 200);
});

test("on a socket of the file system it serves again after kill -9, and takes it from nobody", { timeout }, async (t) => {
  const origin = await originOf(t);
  const socketPath = join(folder(t), "gate.sock");
  const vars = { ORIGIN_URL: origin.url, LISTEN: `unix:${socketPath}`, CLIENT_ADDRESS: "X-Real-IP" };
  const asked = () => new Promise((answer) => {
    const request = http.get({ socketPath, headers: { host: "api.example", "x-real-ip": "192.0.2.4" } }, (response) => answer(response.resume()));
    request.on("error", () => answer({}));
  });
  const first = command(t, vars);
  await until(({ statusCode }) => statusCode === 200, asked);
  await ended(first, "SIGKILL");
  command(t, vars, first.state);
  await until(({ statusCode }) => statusCode === 200, asked);
  const { headers } = origin.seen.at(-1);
  assert.deepEqual([headers["x-forwarded-for"], headers["x-forwarded-host"]], ["192.0.2.4", "api.example"]);
  const other = command(t, vars);
  assert.equal(await other.ended, 1, "with a state of its own, but not with a socket");
  assert.match(other.output, /LISTEN: found unix:\S+, where another process listens; allowed: an address that is free\n$/);
  assert.equal((await asked()).statusCode, 200);
});

test("no secret is written into what the runtime is told", { timeout }, async (t) => {
  const origin = await originOf(t);
  const gate = await selfHosted(t, { origin: origin.url, vars: { ORIGIN_SECRET: "between us" } });
  assert.equal(await status(gate, null), 200);
  assert.equal(origin.seen[0].headers["x-headgate-secret"], "between us");
  const config = readFileSync(join(gate.state, "run", "config.capnp"), "utf8");
  const key = readFileSync(join(gate.state, "hash-key"), "utf8").trim();
  for (const secret of [ADMIN, "between us", key]) assert.ok(!config.includes(secret));
  for (const secret of [ADMIN, "between us", key]) assert.ok(!gate.output.includes(secret));
});

for (const [what, vars, line] of [
  ["no origin", "SHARD_COUNT=4\n", /headgate\.env: ORIGIN_URL: found nothing, allowed: a URL such as http:\/\/127\.0\.0\.1:3000\n$/],
  ["a variable of another kind", "ORIGIN_URL=http://a\nOrigin=x\n", /headgate\.env: found Origin, allowed: names of A-Z, 0-9 and _\n$/],
  ["an address that is no header", "ORIGIN_URL=http://a\nCLIENT_ADDRESS=a b\n", /CLIENT_ADDRESS: found a b, allowed: socket, or the name of a header\n$/],
]) {
  test(`${what} ends it with one clear line`, async (t) => {
    const child = command(t, vars);
    assert.equal(await child.ended, 1);
    assert.match(child.output, line);
    assert.doesNotMatch(child.output, /at .*\.mjs/, "no stack trace");
  });
}

test("a file that is not there, and --help", async () => {
  const missing = await ran("scripts/self-host.mjs", "--env", "/nowhere.env");
  assert.deepEqual([missing.status, missing.stderr.split("\n").length], [1, 2], missing.stderr);
  const help = await ran("scripts/self-host.mjs", "--help");
  assert.equal(help.status, 0);
  for (const option of ["--env", "--state", "--build"]) assert.match(help.stdout, new RegExp(option));
});
