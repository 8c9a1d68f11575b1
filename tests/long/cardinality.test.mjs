// Ten thousand made-up keys and as many e-mails, of as many addresses: a bounded number of objects and rows, and an account
// beside them is served all the while out of a budget of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crowd, send } from "../edge/support/client.mjs";
import { objectsKept } from "../edge/support/kept.mjs";
import { acme, limitedTo, started } from "../edge/support/setup.mjs";

const timeout = 300_000;
const EACH = 10_000;
const MOST_SUBJECTS = 4_096;
const PAGES = 64;

function policy() {
  const policy = limitedTo(10_000, "366d", {
    credential: ["x-api-key"],
    keys: { directory: true, prefixes: { tt_: "guests" } },
    owners: { email: { by: "body:email", spelling: "mailbox", tier: "guests" } },
    routes: [{ methods: ["POST"], path: "/link", owner: "email" }],
  });
  policy.tiers.guests = { limits: [{ name: "minute", algorithm: "token-bucket", units: 3, window: "366d" }] };
  return policy;
}

/// An address of a network of its own.
const address = (number) => ({ "cf-connecting-ip": `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}` });
const withMadeUpKey = (number) => ({ path: "/v1", headers: { "x-api-key": `tt_${number}`, ...address(number) } });
const withMadeUpMail = (number) =>
  ({ method: "POST", path: "/link", headers: { "content-type": "application/json", ...address(EACH + number) }, body: JSON.stringify({ email: `user${number}@example.com` }) });

const count = (answers, status) => answers.filter((answer) => answer.status === status).length;

test("ten thousand made-up keys and e-mails make no object and a bounded number of rows, and an account is served beside", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: policy(), vars: { SHARD_COUNT: "1" } });
  const own = [];
  let over = false;
  const beside = (async () => {
    for (; !over; await sleep(50)) own.push(await send(gate.url, acme({ agent: false })));
  })();
  const before = gate.peakMemory();
  for (const [what, request] of [["keys", withMadeUpKey], ["e-mails", withMadeUpMail]]) {
    const begun = Date.now();
    const answers = await crowd(gate.url, { clients: 16, total: EACH, request });
    const passed = count(answers, 200);
    assert.equal(count(answers, 429), EACH - passed, "nothing else happens to them");
    t.diagnostic(`${EACH} ${what}: ${passed} passed, ${Date.now() - begun} ms, peak memory ${gate.peakMemory()} KiB, ${before} before`);
  }
  over = true;
  await beside;
  assert.equal(count(own, 200), own.length, "the account was never refused");
  assert.equal(own.at(-1).headers["x-ratelimit-remaining-minute"], String(10_000 - own.length), "nobody else spent its units");
  const made = origin.seen.filter(({ headers }) => headers["x-headgate-account"] === undefined).length;
  assert.ok(made <= MOST_SUBJECTS + 3 + 3, `${made}`);
  await gate.kill();
  const [accounts, shards] = [objectsKept(gate, "account"), objectsKept(gate, "shard")];
  assert.deepEqual([accounts.length, shards.length], [1, 1]);
  const [{ rows, bytes, largest }] = shards;
  t.diagnostic(`the shard: ${rows} rows, ${bytes} bytes, the largest ${largest}`);
  assert.ok(rows <= PAGES && bytes < 64 * MOST_SUBJECTS && largest < 20_000);
});
