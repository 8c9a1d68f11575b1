// The gate's own description of its endpoints: whatever it names is there, wants a token, and answers as it says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { admin, ask, READER, TOKENS } from "./support/admin.mjs";
import { json, send } from "./support/client.mjs";
import { startOrigin } from "./support/origin.mjs";
import { acme, started, ticksupplyWith } from "./support/setup.mjs";
import { root } from "./support/workerd.mjs";

const timeout = 60_000;
const document = JSON.parse(readFileSync(join(root, "src/edge/admin/openapi.json"), "utf8"));
const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
ajv.addVocabulary(Object.keys(document));
ajv.addSchema({ $id: "document", ...document }, "document", false, false);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));

const resolved = (what) => (what.$ref ? what.$ref.slice(2).split("/").reduce((at, key) => at[key], document) : what);

/// Fails unless the answer's body is one that the document describes for its status.
function assertDescribed({ path, method, operation }, answer) {
  const response = resolved(operation.responses[answer.status] ?? operation.responses.default);
  const type = answer.headers["content-type"].split(";")[0];
  assert.ok(response.content[type], `${method} ${path}: ${type}`);
  if (type !== "application/json") return;
  const { schema } = response.content[type];
  const valid = schema.$ref ? ajv.getSchema(`document${schema.$ref}`) : ajv.compile(schema);
  assert.ok(valid(json(answer)), `${method} ${path}: ${ajv.errorsText(valid.errors)} in ${answer.text}`);
}

const BODIES = {
  "put-policy": ticksupplyWith({ version: 8 }), "validate-policy": ticksupplyWith(), "roll-back": { version: 1 },
  "put-key": { key: "new-1", account: "acme", tier: "standard", label: "Ada", shows_would_deny: true }, "revoke-key": { key: "acme-2" },
  "put-plan": { plan: "pro" }, suspend: { until: 4e9, reason: "Too much." }, "refuse-key": { key: "k" }, "reinstate-key": { key: "k" }, reconcile: { settled: 1 },
  override: { units: 500, until: 4e9 }, refund: { units: 1, id: "ticket-4711" },
};
const PLACES = { "{account}": "acme", "{name}": "export-bytes", "{limit}": "minute", "{version}": "1" };
const request = ({ path, method, operation }) => [method, path.replace("/_headgate/", "").replace(/\{\w+\}/g, (place) => PLACES[place]), BODIES[operation.operationId]];
const isRead = ({ operation }) => operation.security === undefined;

test("it is served to everybody as it lies here", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: TOKENS });
  const answer = await ask(gate, "GET", "openapi.json", undefined, null);
  assert.deepEqual([answer.status, json(answer)], [200, document]);
});

test("all it describes is there and answers as it says, what changes after what looks", { timeout }, async (t) => {
  const receiver = await startOrigin();
  t.after(() => receiver.stop());
  const vars = { ...TOKENS, WEBHOOK_URL: receiver.url, WEBHOOK_KEY: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
  const { gate } = await started(t, { vars, policy: ticksupplyWith({ version: 1 }) });
  assert.equal((await send(gate.url, acme())).status, 200);
  await admin(gate, "PUT", "acme/caps/export-bytes", { settled: 7 });
  assert.deepEqual(Object.keys(BODIES).filter((id) => !operations.some(({ operation }) => operation.operationId === id)), []);
  // What is erased is looked at before.
  const order = (one) => (one.operation.operationId === "erase" ? 1 : 0);
  for (const one of [...operations].sort((a, b) => order(a) - order(b))) {
    const answer = await ask(gate, ...request(one));
    assert.equal(answer.status, 200, `${one.method} ${one.path}: ${answer.text}`);
    assertDescribed(one, answer);
    const body = one.operation.requestBody && resolved(one.operation.requestBody).content["application/json"].schema;
    if (body?.$ref) assert.ok(ajv.getSchema(`document${body.$ref}`)(BODIES[one.operation.operationId]), one.operation.operationId);
  }
});

test("all of it wants a token but the document, and what changes one that may", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: TOKENS });
  for (const one of operations.filter(({ operation }) => operation.operationId !== "document")) {
    for (const [token, refused] of [[null, 401], [`${READER}x`, 401], [READER, isRead(one) ? undefined : 403]]) {
      const answer = await ask(gate, ...request(one), token);
      assertDescribed(one, answer);
      if (refused) assert.equal(answer.status, refused, `${one.method} ${one.path}`);
      else assert.ok(answer.status !== 401 && answer.status !== 403, `${one.method} ${one.path}`);
    }
  }
});

test("what is wrong is answered as it says, whatever is sent", { timeout }, async (t) => {
  const { gate } = await started(t, { vars: TOKENS });
  for (const one of operations.filter(({ operation }) => operation.requestBody)) {
    const [method, path] = request(one);
    for (const body of ["", "{", "[]", "null", "{\"key\":1}", "{\"version\":1e400}", "x".repeat(5_000)]) {
      const answer = await ask(gate, method, path, body);
      assert.ok(answer.status < 500, `${method} ${path} ${body}: ${answer.text}`);
      assertDescribed(one, answer);
    }
  }
});
