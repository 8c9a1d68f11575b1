// Several APIs in one deployment, each known by its host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN, heldAs, TOKENS } from "./support/admin.mjs";
import { json, raw, send } from "./support/client.mjs";
import { startOrigin } from "./support/origin.mjs";
import { freePort } from "./support/port.mjs";
import { startReceiver, webhookKey } from "./support/receiver.mjs";
import { limitedTo, started } from "./support/setup.mjs";
import { kvEntries } from "./support/workerd.mjs";

const KEYS = [{ key: "acme-1", account: "acme", tier: "standard" }];
const policy = (units, fields) => limitedTo(units, "7d", { version: 1, ...fields });

/// A gate in front of tickets.example, at the origin of the deployment, and of two hosts of maps, at an origin of their own.
async function bothStarted(t, { vars = {}, maps: fields = {} } = {}) {
  const maps = await startOrigin();
  t.after(() => maps.stop());
  const HOSTS = JSON.stringify({
    "tickets.example": {},
    "maps.example": { api: "maps", origin: maps.url, origin_secret: "MAPS_SECRET" },
    "beta.maps.example": { api: "maps", origin: `${maps.url}/beta` },
  });
  const secrets = { ORIGIN_SECRET: "for tickets", MAPS_SECRET: "for maps" };
  const { gate, origin } = await started(t, { policy: policy(2), keys: KEYS, vars: { HOSTS, ...secrets, ...TOKENS, ...vars } });
  await gate.put(kvEntries(policy(3, fields), KEYS, "maps"));
  return { gate, tickets: origin, maps };
}

const request = (host, key = "acme-1") => ({ path: "/v1/x", headers: { host, ...(key && { "x-api-key": key }) } });
const statuses = async (gate, host, count) => {
  const answers = [];
  for (let n = 0; n < count; n++) answers.push((await send(gate.url, request(host))).status);
  return answers;
};
const ask = (gate, host, method, what, body) => send(gate.url, {
  method, path: `/_headgate/${what}`, headers: { host, authorization: `Bearer ${ADMIN}` }, body: body && JSON.stringify(body),
});

test("accounts and keys of one name in two APIs share nothing", async (t) => {
  const { gate, tickets, maps } = await bothStarted(t);
  assert.deepEqual(await statuses(gate, "tickets.example", 3), [200, 200, 429]);
  assert.deepEqual(await statuses(gate, "maps.example", 4), [200, 200, 200, 429]);
  const [first] = tickets.seen;
  assert.deepEqual([tickets.seen.length, maps.seen.length], [2, 3]);
  assert.equal(first.headers["x-forwarded-host"], "tickets.example");
  assert.equal(first.headers["x-headgate-secret"], "for tickets");
  assert.equal(maps.seen[0].headers["x-headgate-secret"], "for maps", "no origin learns the secret of another");
  assert.equal(maps.seen[0].headers["x-headgate-account"], "acme");
});

test("hosts of one API share its budgets, each with an origin of its own", async (t) => {
  const { gate, maps } = await bothStarted(t);
  assert.deepEqual(await statuses(gate, "maps.example", 2), [200, 200]);
  assert.deepEqual(await statuses(gate, "beta.maps.example", 2), [200, 429]);
  assert.deepEqual(maps.seen.map(({ url }) => url), ["/v1/x", "/v1/x", "/beta/v1/x"]);
  const secrets = maps.seen.map(({ headers }) => headers["x-headgate-secret"]);
  assert.deepEqual(secrets, ["for maps", "for maps", undefined], "an origin of its own is not told that of the first");
});

test("strangers of one network have a budget in each API", async (t) => {
  const strangers = { strangers: { tier: "guests" } };
  const guests = (units) => {
    const its = policy(9, strangers);
    its.tiers.guests = { limits: [{ name: "minute", algorithm: "token-bucket", units, window: "7d" }] };
    return its;
  };
  const { gate } = await bothStarted(t);
  await gate.kill();
  gate.entries = [...kvEntries(guests(1), []), ...kvEntries(guests(2), [], "maps")];
  await gate.start();
  const of = async (host) => (await send(gate.url, request(host, null))).status;
  assert.deepEqual([await of("tickets.example"), await of("tickets.example")], [200, 429]);
  assert.deepEqual([await of("maps.example"), await of("maps.example"), await of("maps.example")], [200, 200, 429]);
});

test("a key of one API is unknown to the other", async (t) => {
  const { gate } = await bothStarted(t);
  await gate.put(kvEntries(policy(3), [{ key: "maps-1", account: "acme", tier: "standard" }], "maps"));
  assert.equal((await send(gate.url, request("maps.example", "maps-1"))).status, 200);
  assert.equal((await send(gate.url, request("tickets.example", "maps-1"))).status, 401);
});

test("a host that is not listed gets a 421 that tells nothing, and no origin sees it", async (t) => {
  const { gate, tickets, maps } = await bothStarted(t);
  for (const host of ["other.example", "example", "tickets.example.other.example", "127.0.0.1", "tickets.example.."]) {
    for (const path of ["/v1/x", "/_headgate/policy", "/_headgate/openapi.json"]) {
      const answer = await send(gate.url, { ...request(host), path });
      assert.deepEqual([answer.status, answer.headers["content-type"]], [421, "application/problem+json"], `${host}${path} ${answer.text}`);
      assert.deepEqual(json(answer), { type: "about:blank", title: "Misdirected Request", status: 421, detail: "This host is not served here." });
      assert.equal(answer.headers["cache-control"], "no-store");
      assert.equal(answer.headers["x-headgate-reason"], "misdirected");
    }
  }
  assert.deepEqual([tickets.seen, maps.seen], [[], []]);
});

test("capitals, a port and a dot at the end name the same host", async (t) => {
  const { gate, tickets } = await bothStarted(t);
  assert.deepEqual(await statuses(gate, "TICKETS.example:8443", 1), [200]);
  assert.deepEqual(await statuses(gate, "tickets.example.", 2), [200, 429]);
  assert.equal(tickets.seen.length, 2);
  // What is asked for is what counts, not the header beside it (RFC 9112 §3.2.2).
  const absolute = await raw(gate.url, "GET http://other.example/v1/x HTTP/1.1\r\nHost: tickets.example\r\nConnection: close\r\n\r\n");
  assert.notEqual(absolute.status, 200);
  assert.equal(tickets.seen.length, 2);
});

test("below the gate's own path each host speaks of its API, and says which", async (t) => {
  const { gate } = await bothStarted(t);
  assert.equal((await ask(gate, "tickets.example", "GET", "policy")).headers["x-headgate-api"], undefined);
  const put = await ask(gate, "maps.example", "PUT", "policy", policy(1, { version: 2 }));
  assert.deepEqual([put.status, put.headers["x-headgate-api"]], [200, "maps"], put.text);
  const standing = async (host) => json(await ask(gate, host, "GET", "policy")).version;
  assert.deepEqual([await standing("tickets.example"), await standing("beta.maps.example")], [1, 2]);
  const key = await ask(gate, "maps.example", "PUT", "keys", { key: "maps-2", account: "acme", tier: "standard" });
  assert.equal(key.status, 200, key.text);
  const known = async (host) => json(await ask(gate, host, "GET", "keys")).keys.length;
  assert.deepEqual([await known("tickets.example"), await known("maps.example")], [1, 2]);
  const suspended = await ask(gate, "maps.example", "PUT", "accounts/acme/suspension", { until: 4e9, reason: "x" });
  assert.equal(suspended.status, 200, suspended.text);
  assert.deepEqual(await statuses(gate, "tickets.example", 1), [200]);
  assert.notEqual((await statuses(gate, "maps.example", 1))[0], 200);
  assert.deepEqual([(await heldAs(gate, "audit:")).length, (await heldAs(gate, "maps/audit:")).length], [0, 3]);
  const versions = json(await ask(gate, "maps.example", "GET", "policy/versions")).versions;
  assert.deepEqual(versions.map(({ version }) => version), [2, 1]);
});

test("one API whose policy does not read takes no other along", async (t) => {
  const { gate } = await bothStarted(t);
  await gate.put([{ key: "maps/policy", value: "{" }]);
  assert.deepEqual(await statuses(gate, "maps.example", 1), [503]);
  assert.deepEqual(await statuses(gate, "tickets.example", 1), [200]);
  assert.equal((await gate.logged('"problem":"maps: not JSON')).length, 1, gate.log);
});

test("one API may stand behind another of the same deployment, but not behind itself", async (t) => {
  for (const [inner, expected] of [[{}, 200], [{ api: "maps" }, 508]]) {
    const port = await freePort();
    const HOSTS = JSON.stringify({ "maps.example": { api: "maps", origin: `http://127.0.0.1:${port}` }, "127.0.0.1": inner });
    const { gate, origin } = await started(t, { policy: policy(2), keys: KEYS, vars: { HOSTS }, port });
    await gate.put(kvEntries(policy(2), KEYS, "maps"));
    const answer = await send(gate.url, request("maps.example"));
    assert.equal(answer.status, expected, answer.text);
    assert.equal(origin.seen.length, expected === 200 ? 1 : 0);
  }
});

for (const [hosts, problem] of [
  ["api.example.com", "HOSTS: not JSON: expected value at line 1 column 1"],
  ['{"API.example": {}}', 'HOSTS: the document: found \\"API.example\\", allowed: names of hosts in small letters'],
  ['{"a.example": {"origin": "a.example"}}', 'HOSTS: an origin: found \\"a.example\\", allowed: a URL such as https://api.example.com'],
  ['{"a.example": {"service": "NOWHERE"}}', "HOSTS: no service is bound as NOWHERE"],
  ['{"a.example": {"origin_secret": "NOWHERE"}}', "HOSTS: a.example.origin_secret: NOWHERE is not set"],
]) {
  test(`${hosts} as HOSTS refuses everything and says why in the log`, async (t) => {
    const { gate, origin } = await started(t, { policy: policy(2), keys: KEYS, vars: { HOSTS: hosts } });
    for (const host of ["a.example", "b.example"]) {
      const answer = await send(gate.url, request(host));
      assert.deepEqual([answer.status, json(answer).error.code], [503, "unavailable"]);
    }
    assert.equal(origin.seen.length, 0);
    assert.equal((await gate.logged(problem)).length, 1, gate.log);
  });
}

test("one receiver hears of all APIs, and of which", { timeout: 60_000 }, async (t) => {
  const KEY = webhookKey();
  const receiver = await startReceiver(t, [KEY]);
  const { gate } = await bothStarted(t, { vars: { WEBHOOK_URL: receiver.url, WEBHOOK_KEY: KEY, POLICY_MAX_AGE: "1s" }, maps: { alerts: { percent: [100] } } });
  for (const host of ["tickets.example", "maps.example"]) {
    await ask(gate, host, "PUT", "accounts/globex/suspension", { until: 4e9, reason: "x" });
    await receiver.has(host === "maps.example" ? 2 : 1);
  }
  assert.deepEqual(await statuses(gate, "maps.example", 3), [200, 200, 200]);
  await receiver.has(3);
  assert.equal(json(await ask(gate, "maps.example", "POST", "events/test")).taken, true);
  await gate.put([{ key: "maps/policy", value: "garbage" }]);
  for (; receiver.got.length < 5; await sleep(100)) await statuses(gate, "maps.example", 1);
  const named = receiver.got.map(({ type, data: { api, account } }) => [type, api, account]);
  assert.deepEqual(named, [
    ["account.suspended", undefined, "globex"], ["account.suspended", "maps", "globex"],
    ["limit.reached", "maps", "acme"], ["test", "maps", "test"], ["degraded", "maps", undefined],
  ]);
  assert.equal(new Set(receiver.ids).size, 5);
});

test("what one API has decided no other is told of", { timeout: 60_000 }, async (t) => {
  const { gate } = await bothStarted(t);
  await gate.put(kvEntries(policy(1_000), KEYS, "maps"));
  const overview = async (host) => json(await ask(gate, host, "GET", "overview"));
  // Enough for a report, which is due after some seconds.
  await statuses(gate, "maps.example", 205);
  for (; (await overview("maps.example")).totals.admitted === 0; await sleep(500)) await statuses(gate, "maps.example", 1);
  assert.deepEqual((await overview("maps.example")).accounts.map(({ account }) => account), ["acme"]);
  const other = await overview("tickets.example");
  assert.deepEqual([other.totals.admitted, other.accounts], [0, []]);
});
