// A deployment that is not set up right refuses everything, and its log says what is wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { json, send } from "./support/client.mjs";
import { acme, started } from "./support/setup.mjs";

const SHARDS = (found) => `SHARD_COUNT: found \\"${found}\\", allowed: 1 to 4096`;
const AGE = (found) => `POLICY_MAX_AGE: found \\"${found}\\", allowed: 1s to 600s`;
const PREFIX = (found) => `ADMIN_PREFIX: found \\"${found}\\", allowed: slashes around plain segments, such as /_headgate/`;
const URL = (found) => `ORIGIN_URL: found \\"${found}\\", allowed: a URL such as https://api.example.com`;

const WRONG = [
  [{ HASH_KEY: null }, "HASH_KEY: the secret is not set"],
  [{ HASH_KEY: "" }, "HASH_KEY: the secret is not set"],
  [{ HASH_KEY: "too short" }, "HASH_KEY: "],
  [{ ORIGIN_URL: null }, "ORIGIN_URL: not set, and no service is bound as ORIGIN"],
  [{ ORIGIN_URL: "api.example.com" }, URL("api.example.com")],
  [{ ORIGIN_URL: "ftp://api.example.com" }, URL("ftp://api.example.com")],
  [{ ORIGIN_URL: "https://" }, URL("https://")],
  [{ ORIGIN_URL: "https://api.example.com?x=1" }, URL("https://api.example.com?x=1")],
  [{ ORIGIN_URL: "https://api.example.com/#x" }, URL("https://api.example.com/#x")],
  [{ ORIGIN_URL: "https://api example.com" }, URL("https://api example.com")],
  [{ ORIGIN_URL: "https://api.example.com:port" }, URL("https://api.example.com:port")],
  [{ LOG_DENIALS: "yes" }, "LOG_DENIALS: found \\\"yes\\\", allowed: on, off"],
  ...["0", "4097", "-1", "many", "1.5"].map((found) => [{ SHARD_COUNT: found }, SHARDS(found)]),
  ...["/", "ops", "/ops", "ops/", "/a//b/", "/../", "/a b/", "/%61/"].map((found) => [{ ADMIN_PREFIX: found }, PREFIX(found)]),
  ...["30", "0s", "601s", "1m", "-1s", "1.5s", "s"].map((found) => [{ POLICY_MAX_AGE: found }, AGE(found)]),
];

for (const [vars, problem] of WRONG) {
  test(`${JSON.stringify(vars)} refuses everything and says why in the log`, async (t) => {
    const { gate, origin } = await started(t, { vars });
    for (const request of [acme(), {}, { method: "POST", body: "x" }]) {
      const answer = await send(gate.url, request);
      assert.deepEqual([answer.status, json(answer).error.code, answer.headers["content-type"]], [503, "unavailable", "application/json"]);
      assert.equal(answer.headers["cache-control"], "no-store");
      assert.doesNotMatch(answer.text, /HASH_KEY|ORIGIN|SHARD/);
    }
    assert.equal(origin.seen.length, 0);
    assert.equal((await gate.logged(problem)).length, 1, gate.log);
    assert.doesNotMatch(gate.log, /too short/, "no secret is logged");
  });
}

test("what may be left out may be left out", async (t) => {
  const { gate } = await started(t, { vars: { SHARD_COUNT: null, POLICY_MAX_AGE: "600s" } });
  assert.equal((await send(gate.url, acme())).status, 200);
});
