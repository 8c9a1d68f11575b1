// The key directory changed and listed from outside: no key is stored, shown or written down.
import assert from "node:assert/strict";
import { test } from "node:test";
import { admin, ask, heldAs, TOKENS } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { FAULTY, tell } from "./support/faulty.mjs";
import { acme, started, withKey } from "./support/setup.mjs";
import { keyEntry } from "./support/workerd.mjs";

const timeout = 60_000;
const ACCOUNT = '1 to 128 visible ASCII characters, neither "." nor ".."';
const withTokens = (t, rest = {}) => started(t, { vars: TOKENS, ...rest });
const hashOf = (key) => keyEntry(key).key.slice("key:".length);
const put = (gate, entry) => ask(gate, "PUT", "keys", entry);
const revoke = (gate, what) => ask(gate, "POST", "keys/revoke", what);
const list = async (gate, query = "") => json(await ask(gate, "GET", `keys${query}`));

test("a key that is put is let in, under its hash, and its label is shown", { timeout }, async (t) => {
  const { gate, origin } = await withTokens(t);
  const answer = await put(gate, { key: "sk-new-1", account: "initech", tier: "trial", label: "Peter's laptop" });
  const { version, ...told } = json(answer);
  assert.deepEqual(told, { hash: hashOf("sk-new-1"), account: "initech", tier: "trial", label: "Peter's laptop", shows_would_deny: false });
  assert.ok(Math.abs(Date.now() / 1000 - version) < 60);
  assert.equal((await send(gate.url, withKey("sk-new-1"))).status, 200);
  assert.equal(origin.seen[0].headers["x-headgate-account"], "initech");
  await put(gate, { key: "sk-new-1", account: "initech", tier: "standard" });
  const { keys } = await list(gate, "?account=initech");
  assert.deepEqual(keys.map(({ version, ...rest }) => rest), [{ hash: hashOf("sk-new-1"), account: "initech", tier: "standard", label: null, shows_would_deny: false }]);
  const held = await gate.heldInKv();
  assert.doesNotMatch(JSON.stringify(held), /sk-new-1/);
});

test("what is wrong with a key is said without showing it", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  const right = { key: "sk-secret", account: "acme", tier: "standard" };
  const unseen = "found something else, allowed:";
  const entry = `the document: ${unseen} an object of key, account and tier, and label and shows_would_deny if need be, each once`;
  for (const [body, message] of [
    [{ ...right, tier: "sk-gold" }, "tier: found \"sk-gold\", allowed: a tier of the policy"],
    [{ ...right, key: "sk secret" }, `key: ${unseen} a key of 1 to 512 visible ASCII characters without a comma`],
    [{ ...right, account: "" }, `account: found "", allowed: ${ACCOUNT}`], [{ ...right, account: ".." }, `account: found "..", allowed: ${ACCOUNT}`],
    [{ ...right, label: "" }, `label: ${unseen} a text of 1 to 128 bytes without control characters`],
    [{ ...right, label: "x".repeat(129) }, `label: ${unseen} a text of 1 to 128 bytes without control characters`],
    [{ ...right, hash: "sk-secret" }, entry], [["sk-secret"], entry],
    [{ key: "sk-secret", account: "acme" }, "tier: found nothing, allowed: this field is required"],
  ]) {
    const answer = await put(gate, body);
    assert.deepEqual([answer.status, json(answer).error], [400, { code: "malformed", message }]);
  }
  for (const body of [{}, { key: "" }, { hash: "sk-secret" }, { key: "sk-secret", hash: hashOf("sk-secret") }, "sk-secret", { hash: hashOf("a").slice(1) }]) {
    const answer = await revoke(gate, body);
    assert.deepEqual([answer.status, answer.text.includes("sk-secret")], [400, false], answer.text);
  }
  assert.equal((await gate.heldInKv()).length, 1 + 3, "nothing is written");
});

test("a revoked key is refused at once, and its record is gone, by the key or by its hash", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  for (const [key, what] of [["acme-1", { key: "acme-1" }], ["acme-2", { hash: hashOf("acme-2").toUpperCase() }]]) {
    assert.equal((await send(gate.url, withKey(key))).status, 200);
    const answer = await revoke(gate, what);
    assert.deepEqual([answer.status, json(answer)], [200, { hash: hashOf(key), account: "acme", at_once: true }]);
    assert.equal((await send(gate.url, withKey(key))).status, 401);
  }
  assert.deepEqual(json(await admin(gate, "GET", "acme/revoked-keys")).hashes, ["acme-1", "acme-2"].map((key) => hashOf(key).slice(0, 32)));
  assert.deepEqual((await heldAs(gate, "key:")).map(({ key }) => key), [keyEntry("globex-1").key]);
  assert.equal((await revoke(gate, { key: "acme-1" })).status, 404, "nobody knows whose it was");
  assert.equal((await send(gate.url, withKey("globex-1"))).status, 200);
});

test("where the account's list of revoked keys is full a record still goes, and that it is not at once is said", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  for (let at = 0; at < 128; at++) await admin(gate, "POST", "acme/revoked-keys", { key: `other-${at}` });
  assert.deepEqual(json(await revoke(gate, { key: "acme-1" })), { hash: hashOf("acme-1"), account: "acme", at_once: false });
  assert.equal((await heldAs(gate, keyEntry("acme-1").key)).length, 0);
});

test("a record that does not read can be revoked, and is listed without an account", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  await gate.put([{ key: keyEntry("acme-1").key, value: "garbage" }]);
  const { keys } = await list(gate);
  assert.deepEqual(keys.find(({ hash }) => hash === hashOf("acme-1")), { hash: hashOf("acme-1"), account: null, tier: null, label: null, shows_would_deny: null, version: null });
  assert.deepEqual(json(await revoke(gate, { key: "acme-1" })), { hash: hashOf("acme-1"), account: null, at_once: false });
});

test("while the account's object does not answer nothing of a revocation is done, and it can be said again", { timeout }, async (t) => {
  const { gate } = await withTokens(t, { wrapper: FAULTY });
  await tell(gate, "mark");
  assert.equal((await send(gate.url, acme())).status, 200);
  await tell(gate, "abort/9");
  assert.equal((await revoke(gate, { key: "acme-1" })).status, 503);
  assert.equal((await heldAs(gate, keyEntry("acme-1").key)).length, 1);
  await tell(gate, "none");
  assert.equal(json(await revoke(gate, { key: "acme-1" })).at_once, true);
});

test("when KV fails to delete a record the key is refused all the same, and it can be said again", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  await gate.failKv("KV is out", { of: "DELETE key:" });
  assert.equal((await revoke(gate, { key: "acme-1" })).status, 503);
  assert.equal((await send(gate.url, acme())).status, 401);
  await gate.failKv("");
  assert.equal(json(await revoke(gate, { key: "acme-1" })).at_once, true);
});

test("a directory is listed page by page, each key once, of all accounts or of one", { timeout }, async (t) => {
  const keys = Array.from({ length: 250 }, (_, at) => ({ key: `k-${at}`, account: at % 50 === 0 ? "rare" : `many-${at}`, tier: "standard" }));
  const { gate } = await withTokens(t, { keys });
  const records = gate.entries.filter(({ key }) => key.startsWith("key:"));
  const hashesOf = (isAsked) => records.filter(({ value }) => isAsked(JSON.parse(value))).map(({ key }) => key.slice("key:".length)).sort();
  for (const [query, isAsked] of [["", () => true], ["account=rare&", ({ account }) => account === "rare"], ["account=nobody&", () => false]]) {
    const found = [];
    let next = null;
    do {
      const page = await list(gate, `?${query}${next ? `after=${encodeURIComponent(next)}` : ""}`);
      assert.ok(page.keys.length <= 100);
      found.push(...page.keys);
      next = page.next;
    } while (next);
    assert.deepEqual(found.map(({ hash }) => hash), hashesOf(isAsked), query);
  }
  assert.equal(hashesOf(({ account }) => account === "rare").length, 5);
});

test("what is wrong with a list's parameters is said", { timeout }, async (t) => {
  const { gate } = await withTokens(t);
  for (const [query, message] of [
    ["?after=nowhere", "after: allowed is what next was in an answer before"], ["?after=", "after: allowed is what next was in an answer before"],
    [`?after=${"x".repeat(1025)}`, "after: allowed is what next was in an answer before"], ["?before=x", "the query: allowed is after, account"],
    ["?account=a%20b", `account: found something else, allowed: ${ACCOUNT}`], ["?account=..", `account: found something else, allowed: ${ACCOUNT}`],
  ]) {
    const answer = await ask(gate, "GET", `keys${query}`);
    assert.deepEqual([answer.status, json(answer).error], [400, { code: "malformed", message }], query);
  }
  await gate.failKv("KV is out");
  assert.equal((await ask(gate, "GET", "keys")).status, 503);
});
