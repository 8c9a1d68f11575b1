// Objects that fail, answer late or lose their memory: never more than the limit, and never in silence.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crowd, json, send } from "./support/client.mjs";
import { acme, limitedTo, started, ticksupplyWith, withKey } from "./support/setup.mjs";

const timeout = 60_000;

/// The databases of the accounts' objects, while the gate is down.
function databases(gate) {
  const folder = join(gate.folder, "objects/account");
  return readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite").map((name) => new DatabaseSync(join(folder, name)));
}

/// Makes the rows of every account unreadable.
async function corrupted(gate) {
  await gate.kill();
  for (const database of databases(gate)) {
    assert.equal(database.prepare("UPDATE pages SET bytes = x'ff'").run().changes, 1);
    database.close();
  }
  await gate.start();
}

test("where the policy lets requests pass without a decision, those in caps and those that the gate answers do not", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: ticksupplyWith({ on_unavailable: "allow" }) });
  assert.equal((await send(gate.url, acme())).status, 200);
  await corrupted(gate);
  const statuses = [];
  for (const request of [acme(), acme({ method: "POST", path: "/v1/subscriptions", body: "{}" }), acme({ path: "/v1/billing/summary" })]) {
    statuses.push((await send(gate.url, request)).status);
  }
  assert.deepEqual([statuses, origin.seen.length], [[200, 503, 503], 2]);
});

const limits = (answer) => Object.keys(answer.headers).filter((name) => name.startsWith("x-ratelimit"));

test("an object whose rows cannot be read refuses with a 503, it does not begin anew", { timeout }, async (t) => {
  const { gate, origin } = await started(t);
  assert.equal((await send(gate.url, acme())).status, 200);
  await corrupted(gate);
  for (let call = 0; call < 3; call++) {
    const answer = await send(gate.url, acme());
    assert.deepEqual([answer.status, json(answer).error.code, limits(answer)], [503, "unavailable", []]);
    assert.doesNotMatch(answer.text, /row|page|sql/i);
  }
  assert.equal(origin.seen.length, 1);
  await gate.logged('"part":"object"');
  assert.equal((await send(gate.url, withKey("globex-1"))).status, 200, "another account is not concerned");
});

test("where the policy allows it, a request without a decision passes, marked and without limits", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: ticksupplyWith({ on_unavailable: "allow" }) });
  assert.equal((await send(gate.url, acme())).headers["x-headgate-degraded"], undefined);
  await corrupted(gate);
  const answer = await send(gate.url, acme());
  assert.deepEqual([answer.status, answer.headers["x-headgate-degraded"], limits(answer)], [200, "object", []]);
  assert.equal(origin.seen[1].headers["x-headgate-account"], "acme");
  await gate.logged('"part":"object"');
});

for (const on_unavailable of ["deny", "allow"]) {
  test(`a decision that comes too late counts as none (${on_unavailable}), and nothing hangs`, { timeout }, async (t) => {
    const policy = { ...limitedTo(1000, "7d"), decision_timeout: "1ms", on_unavailable };
    const { gate, origin } = await started(t, { policy });
    const answers = await crowd(gate.url, { clients: 32, total: 300, request: () => acme() });
    const late = answers.filter((answer) => limits(answer).length === 0);
    t.diagnostic(`${late.length} of ${answers.length} decisions came too late`);
    for (const answer of late) {
      if (on_unavailable === "deny") assert.equal(answer.status, 503);
      else assert.deepEqual([answer.status, answer.headers["x-headgate-degraded"]], [200, "object"]);
    }
    assert.ok(late.length > 0);
    const passed = answers.filter((answer) => answer.status === 200).length;
    assert.equal(origin.seen.length, passed, "what was refused did not reach the origin");
  });
}

test("a drained account is drained after a crash and after its object was put to sleep", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(5, "7d") });
  const drain = () => crowd(gate.url, { clients: 4, total: 10, request: () => acme() });
  const passed = async () => (await drain()).filter(({ status }) => status === 200).length;
  assert.equal(await passed(), 5);
  await gate.kill();
  await gate.start();
  assert.equal(await passed(), 0, "after a crash");
  await sleep(11_000);
  assert.equal(await passed(), 0, "after eleven idle seconds");
  assert.equal(origin.seen.length, 5);
});

test("a crash in the midst of a burst gives nobody more than the limit", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(100, "7d") });
  for (let crash = 0; crash < 4; crash++) {
    let over = false;
    const calls = crowd(gate.url, { clients: 8, total: 40, request: () => acme() }).catch(() => {}).finally(() => (over = true));
    while (!over && origin.seen.length < 15 * (crash + 1)) await sleep(1);
    await gate.kill();
    await calls;
    await gate.start();
  }
  await crowd(gate.url, { clients: 8, total: 150, request: () => acme() });
  t.diagnostic(`${origin.seen.length} of 100 passed over four crashes`);
  assert.ok(origin.seen.length <= 100);
});
