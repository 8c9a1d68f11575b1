// Who may look and who may change, and what is written down of each change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { admin, ADMIN, ask, heldAs, READER, TOKENS } from "./support/admin.mjs";
import { json, raw, send } from "./support/client.mjs";
import { FAULTY, tell } from "./support/faulty.mjs";
import { acme, started, ticksupplyWith } from "./support/setup.mjs";
import { keyEntry } from "./support/workerd.mjs";

const timeout = 60_000;
const withTokens = (t, rest = {}) => started(t, { vars: TOKENS, ...rest });
const hash = keyEntry("acme-1").key.slice("key:".length);
const written = async (gate, query = "") => json(await ask(gate, "GET", `audit${query}`)).entries;

/// Every change there is, with what is written down of it besides method and path.
const CHANGES = [
  ["PUT", "policy", ticksupplyWith({ version: 8 }), "version 8"],
  ["PUT", "policy", ticksupplyWith({ version: 9 }), "version 9"],
  ["POST", "policy/roll-back", { version: 8 }, "version 10, the text of 8"],
  ["PUT", "keys", { key: "acme-1", account: "acme", tier: "trial", label: "Ada" }, `key ${hash} of acme, tier trial`],
  ["POST", "keys/revoke", { key: "acme-1" }, `key ${hash}`],
  ["PUT", "accounts/acme/plan", { plan: "pro" }, null],
  ["PUT", "accounts/acme/suspension", { until: 4e9, reason: "Called Ada." }, "until 2096-10-02T07:06:40Z"],
  ["DELETE", "accounts/acme/suspension", undefined, null],
  ["POST", "accounts/acme/revoked-keys", { key: "acme-1" }, `key ${hash.slice(0, 32)}`],
  ["DELETE", "accounts/acme/revoked-keys", { key: "acme-1" }, `key ${hash.slice(0, 32)}`],
  ["PUT", "accounts/acme/caps/export-bytes", { settled: 5 }, "settled 5"],
  ["PUT", "accounts/acme/overrides/minute", { units: 500, until: 4e9 }, "units 500 until 2096-10-02T07:06:40Z"],
  ["DELETE", "accounts/acme/overrides/minute", undefined, null],
  ["POST", "accounts/acme/events", undefined, null],
  ["POST", "events", undefined, null],
  ["DELETE", "accounts/acme", undefined, null],
];

test("of every change there is an entry, the newest first, and of what is only looked at none", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  for (const [method, path, body] of CHANGES) assert.equal((await ask(gate, method, path, body)).status, 200, `${method} ${path}`);
  for (const path of ["policy", "policy/versions", "keys", "audit", "openapi.json", "accounts/acme/plan", "accounts/acme/export"]) await ask(gate, "GET", path);
  await ask(gate, "POST", "policy/validate", ticksupplyWith());
  const entries = await written(gate);
  const told = entries.map(({ what, where, detail }) => [what, where, detail]);
  assert.deepEqual(told.reverse(), CHANGES.map(([method, path, , detail]) => [method, path, detail]));
  for (const { id, when, scope, network, failed } of entries) {
    assert.match(id, /^\d{13}-[0-9a-f]{8}$/);
    assert.ok(Math.abs(Date.now() - when) < 60_000);
    assert.deepEqual([scope, network, failed], ["write", null, null]);
  }
  const held = await heldAs(gate, "audit:");
  assert.ok(held.every(({ seconds }) => seconds === String(400 * 86_400)));
  assert.doesNotMatch(JSON.stringify(held), /acme-1|Ada|pro"|admin token/);
});

test("where a change came from is told by a hash, the same for all of one network", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  for (const address of ["192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2"]) {
    const headers = { authorization: `Bearer ${ADMIN}`, "cf-connecting-ip": address };
    await send(gate.url, { method: "PUT", path: "/_headgate/accounts/acme/plan", headers, body: "{}" });
  }
  const networks = (await written(gate)).map(({ network }) => network);
  assert.deepEqual([networks[0] === networks[1], networks[2] === networks[3], networks[1] === networks[2]], [true, true, false]);
  assert.ok(networks.every((network) => /^[0-9a-f]{32}$/.test(network)));
  assert.doesNotMatch(JSON.stringify(await gate.heldInKv()), /192\.0\.2|2001:db8/);
});

test("a change that fails has a second entry that names the first; what is malformed has none", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { wrapper: FAULTY });
  await tell(gate, "mark");
  await send(gate.url, acme());
  await tell(gate, "abort/9");
  assert.equal((await admin(gate, "PUT", "acme/caps/export-bytes", { settled: 1 })).status, 503);
  assert.equal((await admin(gate, "PUT", "acme/plan", { plan: 7 })).status, 400);
  const [failed, begun, ...more] = (await written(gate)).sort((one, other) => Number(one.failed === null) - Number(other.failed === null));
  assert.deepEqual(more, []);
  assert.deepEqual([begun.failed, failed.failed], [null, { id: begun.id, status: 503 }]);
  assert.equal(failed.where, "accounts/acme/caps/export-bytes");
});

test("what cannot be written down is not done", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  await gate.failKv("KV is out", { of: "PUT audit:" });
  const refused = await admin(gate, "PUT", "acme/suspension", { until: 4e9 });
  assert.deepEqual([refused.status, json(refused).error], [503, { code: "unavailable", message: "The audit cannot be written, so nothing was changed." }]);
  assert.equal((await send(gate.url, acme())).status, 200);
  assert.equal((await admin(gate, "GET", "acme/suspension")).status, 200, "looking needs no entry");
});

test("the audit is listed page by page", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  const made = Array.from({ length: 230 }, (_, at) => ({ key: `audit:${String(at).padStart(13, "0")}-00000000`, value: JSON.stringify({ id: at }) }));
  await gate.put([...made, { key: "audit:0000000000000-garbage", value: "{" }]);
  const found = [];
  let next = null;
  do {
    const page = json(await ask(gate, "GET", `audit${next ? `?before=${encodeURIComponent(next)}` : ""}`));
    assert.ok(page.entries.length <= 100);
    found.push(...page.entries);
    next = page.next;
  } while (next);
  assert.deepEqual(found.map(({ id }) => id), made.map((_, at) => at));
  assert.equal((await ask(gate, "GET", "audit?before=nowhere")).status, 400);
  assert.equal((await ask(gate, "GET", "audit?after=x")).status, 400);
});

test("the reading token looks at all there is and changes nothing", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  const held = await gate.heldInKv();
  for (const [method, path, body] of CHANGES) {
    const refused = await ask(gate, method, path, body, READER);
    assert.deepEqual([refused.status, json(refused).error.code], [403, "forbidden"], `${method} ${path}`);
  }
  assert.deepEqual(await gate.heldInKv(), held);
  for (const path of ["policy", "policy/versions", "keys", "audit", "accounts/acme/plan"]) assert.equal((await ask(gate, "GET", path, undefined, READER)).status, 200, path);
});

test("with either token alone the gate has that; without both nothing is there, not even what describes it", { timeout }, async (t) => {
  const { gate: reading } = await started(t, { vars: { ADMIN_READ_TOKEN: READER } });
  assert.deepEqual([(await ask(reading, "GET", "policy", undefined, READER)).status, (await ask(reading, "GET", "policy")).status], [200, 401]);
  const { gate: writing } = await started(t, { vars: { ADMIN_TOKEN: ADMIN } });
  assert.deepEqual([(await ask(writing, "GET", "policy", undefined, READER)).status, (await ask(writing, "GET", "policy")).status], [401, 200]);
  const { gate: closed } = await started(t);
  for (const path of ["policy", "openapi.json"]) assert.equal((await ask(closed, "GET", path)).status, 404, path);
});

for (const [vars, problem] of [
  [{ ADMIN_READ_TOKEN: "short" }, "ADMIN_READ_TOKEN: found 5 bytes, allowed: at least 32"],
  [{ ADMIN_TOKEN: ADMIN, ADMIN_READ_TOKEN: ADMIN }, "ADMIN_READ_TOKEN: found what ADMIN_TOKEN is, allowed: another"],
]) {
  test(`that ${problem} is a fault of the deployment`, { timeout }, async (t) => {
    const { gate } = await started(t, { vars });
    assert.equal((await send(gate.url, acme())).status, 503);
    await gate.logged(problem);
  });
}

test("a path, a method, a length or bytes that there are not are told so", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  for (const path of ["x", "policy/", "policy/x", "policy/versions/", "policy/versions/x", "policy/versions/07", "policy/versions/-1", "keys/", "accounts", "accounts/", "accounts//plan"]) {
    assert.equal((await ask(gate, "GET", path)).status, 404, path);
  }
  for (const [method, path, allow] of [["DELETE", "policy", "GET, PUT"], ["GET", "policy/roll-back", "POST"], ["POST", "keys", "GET, PUT"], ["PUT", "audit", "GET"], ["POST", "openapi.json", "GET"]]) {
    const answer = await ask(gate, method, path);
    assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${path}`);
  }
  assert.equal((await ask(gate, "PUT", "keys", "x".repeat(4097))).status, 413);
  const host = new URL(gate.url).host;
  const answer = await raw(gate.url, `PUT /_headgate/policy HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${ADMIN}\r\nContent-Length: 2\r\n\r\n\xff\xfe`);
  assert.deepEqual([answer.status, JSON.parse(answer.text).error.message], [400, "the body: allowed is UTF-8"]);
});
