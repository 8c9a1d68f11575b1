// How denials look to those who ask: the neutral dialect, and a problem for a client that prefers one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { json, send } from "./support/client.mjs";
import { acme, limitedTo, started } from "./support/setup.mjs";
import { shipped } from "./support/workerd.mjs";

const PROBLEM = "application/problem+json";
const PAGE = "https://app.example.com";
const QUOTA = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// One unit a week, and nothing said of how that is told.
function neutral(fields) {
  const policy = { ...shipped("default"), strangers: "deny", ...fields };
  assert.equal(policy.dialect, fields?.dialect, "the shipped default says nothing of it either");
  policy.tiers.standard.limits = [{ name: "week", algorithm: "token-bucket", units: 1, window: "7d" }];
  return policy;
}

/// The kind of an answer, and its body.
const told = (answer) => ({ type: answer.headers["content-type"], ...json(answer) });

test("a policy without a dialect speaks the draft and answers with problems that no cache keeps", async (t) => {
  const { gate } = await started(t, { policy: neutral() });
  const passed = await send(gate.url, acme());
  assert.deepEqual([passed.status, passed.headers["ratelimit-policy"], passed.headers.ratelimit],
    [200, `"week";q=1;w=604800`, `"week";r=0;t=604800`]);
  const denied = await send(gate.url, acme({ headers: { origin: PAGE } }));
  assert.deepEqual([denied.status, denied.headers["content-type"], denied.headers["cache-control"]], [429, PROBLEM, "no-store"]);
  assert.match(denied.headers.ratelimit, /^"week";r=0;t=\d+$/);
  const { type, status, "violated-policies": violated } = json(denied);
  assert.deepEqual([type, status, violated], [QUOTA, 429, ["week"]]);
  const exposed = denied.headers["access-control-expose-headers"].split(", ");
  for (const name of ["Retry-After", "RateLimit", "RateLimit-Policy"]) assert.ok(exposed.includes(name), name);
});

test("what is no matter of limits is a problem without a type of its own", async (t) => {
  const { gate, origin } = await started(t, { policy: neutral() });
  const unauthenticated = await send(gate.url);
  const { type, title, status } = json(unauthenticated);
  assert.deepEqual([type, title, status], ["about:blank", "Unauthorized", 401]);
  assert.deepEqual([unauthenticated.headers["content-type"], unauthenticated.headers["www-authenticate"]], [PROBLEM, "Bearer"]);
  const malformed = json(await send(gate.url, { path: "/a%2Fb" }));
  assert.deepEqual([malformed.type, malformed.title, malformed.status], ["about:blank", "Bad Request", 400]);
  await origin.stop();
  const broken = json(await send(gate.url, acme()));
  assert.deepEqual([broken.type, broken.title, broken.status], ["about:blank", "Bad Gateway", 502]);
});

test("a client that prefers a problem gets one where the policy lets it, under the policy's own headers", async (t) => {
  const policy = limitedTo(1, "7d", { cors: { origins: [PAGE] } });
  policy.dialect.problem_json = "on_accept";
  const { gate } = await started(t, { policy });
  await send(gate.url, acme());
  const denied = (accept) => send(gate.url, acme({ headers: { origin: PAGE, ...(accept && { accept }) } }));
  const own = await denied();
  assert.deepEqual([own.status, own.headers["content-type"], json(own).error.code], [429, "application/json", "rate_limited"]);
  for (const accept of ["*/*", "application/json", "application/json, application/problem+json", "application/problem+json;q=0"]) {
    const answer = await denied(accept);
    assert.deepEqual([answer.headers["content-type"], json(answer).error?.code, answer.headers.vary], ["application/json", "rate_limited", "Accept, Origin"], accept);
  }
  for (const accept of [PROBLEM, `${PROBLEM}, application/json;q=0.9`, `*/*;q=0.1, ${PROBLEM};q=0.2`]) {
    const answer = await denied(accept);
    assert.deepEqual([answer.status, answer.headers["content-type"], json(answer).type], [429, PROBLEM, QUOTA], accept);
    assert.deepEqual([answer.headers.vary, answer.headers["cache-control"]], ["Accept, Origin", "no-store"]);
    assert.equal(answer.headers["x-ratelimit-remaining-minute"], "0");
    const waits = [answer, own].map((one) => Number(one.headers["retry-after"]));
    assert.ok(waits[0] > 600_000 && Math.abs(waits[0] - waits[1]) <= 5, String(waits));
  }
});

test("where the policy does not ask, what a client accepts makes no difference", async (t) => {
  const { gate } = await started(t, { policy: limitedTo(1, "7d") });
  await send(gate.url, acme());
  const answer = await send(gate.url, acme({ headers: { accept: PROBLEM } }));
  assert.deepEqual([told(answer).type, answer.headers.vary], ["application/json", undefined]);
});

test("a body can tell the same second as the header, its instant, and be that of one limit", async (t) => {
  const body = { after: "{retry_after}", at: "{retry_at}", left: "{remaining}" };
  const headers = [["X-RateLimit-Remaining", "remaining"], ["X-RateLimit-Reset", "full"]].map(([name, value]) => ({ name, value, limit: "*" }));
  const { gate } = await started(t, { policy: neutral({ dialect: { headers, denials_of: { week: { status: 403, body } } } }) });
  const passed = await send(gate.url, acme());
  const denied = await send(gate.url, acme());
  assert.equal(denied.status, 403);
  const { after, at, left } = json(denied);
  assert.deepEqual([String(after), left], [denied.headers["retry-after"], 0]);
  assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  // The one unit is all there is: it is back when all are.
  for (const answer of [passed, denied]) {
    assert.equal(answer.headers["x-ratelimit-remaining"], "0");
    assert.equal(Number(answer.headers["x-ratelimit-reset"]), Date.parse(at) / 1000);
  }
});
