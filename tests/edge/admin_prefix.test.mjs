// The gate's own paths below a prefix that the deployment chooses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMIN, heldAs, TOKENS } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { acme, limitedTo, started, ticksupplyWith } from "./support/setup.mjs";

const timeout = 60_000;
const vars = { ...TOKENS, ADMIN_PREFIX: "/ops/gate/" };
const ask = (gate, method, path, body) => send(gate.url, { method, path, headers: { authorization: `Bearer ${ADMIN}` }, body: body && JSON.stringify(body) });

test("all that there is is below the prefix, and the audit tells the same as below the usual one", { timeout }, async (t) => {
  const { gate } = await started(t, { vars, policy: ticksupplyWith({ version: 1 }) });
  assert.equal(json(await ask(gate, "GET", "/ops/gate/policy")).version, 1);
  assert.equal((await ask(gate, "PUT", "/ops/gate/policy", ticksupplyWith({ version: 2 }))).status, 200);
  assert.equal((await ask(gate, "GET", "/ops/gate/accounts/acme")).status, 200);
  assert.equal((await send(gate.url, { path: "/ops/gate/policy" })).status, 401);
  const [entry] = await heldAs(gate, "audit:");
  assert.equal(JSON.parse(entry.value).where, "policy");
});

test("the description names the paths as they are", { timeout }, async (t) => {
  const { gate } = await started(t, { vars });
  const { paths, openapi } = json(await send(gate.url, { path: "/ops/gate/openapi.json" }));
  assert.equal(openapi, "3.1.0");
  assert.ok(Object.keys(paths).length > 10);
  assert.deepEqual(Object.keys(paths).filter((path) => !path.startsWith("/ops/gate/")), []);
});

test("the dashboard's pages name one another as they are", { timeout }, async (t) => {
  const { gate } = await started(t, { vars });
  const index = await send(gate.url, { path: "/ops/gate/" });
  const named = [...index.text.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path);
  assert.ok(named.length > 2);
  for (const path of named) {
    assert.match(path, /^\/ops\/gate\//);
    assert.equal((await send(gate.url, { path })).status, 200, path);
  }
  assert.match((await send(gate.url, { path: "/ops/gate/dashboard/api.js" })).text, /const PREFIX = "\/ops\/gate\/"/);
  assert.equal((await send(gate.url, { path: "/ops/gate/", headers: { "if-none-match": index.headers.etag } })).status, 304);
});

test("nothing below the prefix reaches the origin, however it is spelled", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { vars, policy: limitedTo(1_000, "7d") });
  const spellings = ["/ops/gate", "/ops/gate/", "/OPS/Gate/policy", "//ops//gate/policy", "/%6Fps/gate/policy", "/ops%2Fgate/policy", "/ops%252Fgate/policy",
    "/ops;a/gate;b/policy", "/x/../ops/gate/policy", "/ops/x/%2e%2e/gate/policy", "/ops/;b/../gate/policy", "/ops/gate/..%2F..%2Fv1"];
  for (const path of spellings) {
    // The runtime itself makes some of them one that is there.
    const { status, text } = await ask(gate, "GET", path);
    assert.ok([200, 404].includes(status), `${path} ${text}`);
    assert.deepEqual(origin.seen, [], path);
  }
});

test("what is beside the prefix is the API's, also what would be the gate's without it", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { vars, policy: limitedTo(1_000, "7d") });
  const paths = ["/ops", "/ops/gates", "/ops/x/gate", "/v1/ops/gate", "/_headgate/policy"];
  for (const path of paths) assert.equal((await send(gate.url, acme({ path }))).status, 200, path);
  assert.deepEqual(origin.seen.map(({ url }) => url), paths);
});

test("without a token there is nothing there either", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: { ...vars, ADMIN_TOKEN: null, ADMIN_READ_TOKEN: null } });
  assert.equal((await ask(gate, "GET", "/ops/gate/policy")).status, 404);
});
