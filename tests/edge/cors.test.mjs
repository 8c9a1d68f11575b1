// What a browser needs: preflights pass, and the pages that the policy allows can read the gate's answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { send } from "./support/client.mjs";
import { always } from "./support/origin.mjs";
import { acme, limitedTo, started } from "./support/setup.mjs";

const PAGE = "https://app.example.com";
const EXPOSED = "Retry-After, X-Headgate-Request-Id, X-Headgate-Reason, X-RateLimit-Limit-Minute, X-RateLimit-Remaining-Minute, "
  + "X-RateLimit-Reset-Minute, X-RateLimit-Limit-Hour, X-RateLimit-Remaining-Hour, X-RateLimit-Reset-Hour";

const allowing = (cors) => limitedTo(1, "7d", { cors });
const from = (origin, request) => acme({ ...request, headers: { origin, ...request?.headers } });

/// What an answer says to browsers.
const said = ({ headers }) => ({
  allowed: headers["access-control-allow-origin"], credentials: headers["access-control-allow-credentials"],
  exposed: headers["access-control-expose-headers"], vary: headers.vary,
});

/// Spends Acme's one unit, which must be there.
async function drained(gate) {
  assert.notEqual((await send(gate.url, acme())).status, 429);
}

test("a preflight passes without a credential and without a charge", async (t) => {
  const allow = { "access-control-allow-origin": PAGE, "access-control-allow-headers": "x-api-key", vary: "Origin" };
  const { gate, origin } = await started(t, { policy: allowing({ origins: [PAGE] }), handler: always(204, allow) });
  const asks = { origin: PAGE, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key" };
  for (let call = 0; call < 3; call++) {
    const answer = await send(gate.url, { method: "OPTIONS", path: "/v1/events", headers: asks });
    assert.deepEqual([answer.status, answer.headers["access-control-allow-headers"]], [204, "x-api-key"], "the origin's own answer");
    assert.equal(answer.headers["x-ratelimit-limit-minute"], undefined);
  }
  assert.equal(origin.seen.length, 3);
  assert.deepEqual([origin.seen[0].method, origin.seen[0].headers["x-headgate-account"]], ["OPTIONS", undefined]);
  await drained(gate);
});

test("an OPTIONS that is no preflight is a request like any other", async (t) => {
  const { gate } = await started(t, { policy: allowing({ origins: [PAGE] }) });
  const options = (headers) => send(gate.url, { method: "OPTIONS", headers });
  assert.equal((await options({ origin: PAGE })).status, 401);
  assert.equal((await options({ "access-control-request-method": "POST" })).status, 401);
  const preflight = { origin: PAGE, "access-control-request-method": "POST" };
  assert.equal((await options({ ...preflight, authorization: "Bearer x" })).status, 401, "one with a credential");
  assert.equal((await send(gate.url, { method: "OPTIONS", headers: preflight, body: "x" })).status, 401, "one with a body");
  for (const name of ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"]) {
    assert.equal((await options({ ...preflight, [name]: "POST" })).status, 401, "one that some origins take for a POST");
  }
  assert.equal((await options({ "x-api-key": "acme-1" })).headers["x-ratelimit-remaining-minute"], "0");
});

test("a page that the policy names can read a denial and its limits, another cannot", async (t) => {
  const { gate } = await started(t, { policy: allowing({ origins: [PAGE, "https://other.example.com"], credentials: true }) });
  await drained(gate);
  const denied = await send(gate.url, from(PAGE));
  assert.equal(denied.status, 429);
  assert.deepEqual(said(denied), { allowed: PAGE, credentials: "true", exposed: EXPOSED, vary: "Origin" });
  for (const stranger of ["https://evil.example.com", "https://app.example.com.evil.example", "http://app.example.com", "null"]) {
    const unreadable = { allowed: undefined, credentials: undefined, exposed: undefined, vary: "Origin" };
    assert.deepEqual(said(await send(gate.url, from(stranger))), unreadable, stranger);
  }
  const unauthenticated = await send(gate.url, { headers: { origin: PAGE } });
  assert.deepEqual([unauthenticated.status, said(unauthenticated).allowed], [401, PAGE]);
});

test("any page may read where the policy says so, none where it says nothing", async (t) => {
  const open = await started(t, { policy: allowing({ origins: ["*"] }) });
  await drained(open.gate);
  assert.deepEqual(said(await send(open.gate.url, from(PAGE))), { allowed: "*", credentials: undefined, exposed: EXPOSED, vary: "Origin" });
  const closed = await started(t, { policy: limitedTo(1, "7d") });
  await drained(closed.gate);
  assert.deepEqual(said(await send(closed.gate.url, from(PAGE))), { allowed: undefined, credentials: undefined, exposed: undefined, vary: undefined });
});

test("what is denied to a client without an Origin does not serve a page out of a cache", async (t) => {
  const { gate } = await started(t, { policy: allowing({ origins: [PAGE] }) });
  await drained(gate);
  const denied = await send(gate.url, acme());
  assert.deepEqual([denied.status, denied.headers["cache-control"]], [429, "no-store"]);
});

test("the origin says who may read its answers, the gate only adds its headers to those that may be read", async (t) => {
  const allow = { "access-control-allow-origin": PAGE, "access-control-expose-headers": "X-Total", vary: "Accept" };
  const { gate } = await started(t, { policy: limitedTo(100, "7d", { cors: { origins: [PAGE] } }), handler: always(200, allow, "ok") });
  assert.deepEqual(said(await send(gate.url, from(PAGE))), { allowed: PAGE, credentials: undefined, exposed: `X-Total, ${EXPOSED}`, vary: "Accept" });
  assert.equal(said(await send(gate.url, from("https://evil.example.com"))).exposed, "X-Total");
  assert.equal(said(await send(gate.url, acme())).exposed, "X-Total");
});
