// What clients make up to be somebody else, or to be charged for something else than the origin acts on.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN } from "./support/admin.mjs";
import { send } from "./support/client.mjs";
import { acme, limitedTo, started } from "./support/setup.mjs";

const timeout = 60_000;

/// A gate that lets strangers in, three a week.
function forStrangers() {
  const policy = limitedTo(1000, "7d", { strangers: { tier: "guests" } });
  policy.tiers.guests = { limits: [{ name: "minute", algorithm: "token-bucket", units: 3, window: "7d" }] };
  return policy;
}

test("a key in a header that some origins take for the gate's reaches nobody", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: forStrangers() });
  for (const name of ["X_Api_Key", "x_api_key", "X-Api_Key", "X_API-KEY"]) {
    assert.equal((await send(gate.url, acme({ headers: { [name]: "globex-1" } }))).status, 200);
    assert.equal((await send(gate.url, { headers: { [name]: "globex-1", "cf-connecting-ip": `192.0.2.${name.length + origin.seen.length}` } })).status, 200);
  }
  assert.equal(origin.seen.length, 8);
  for (const { raw, headers } of origin.seen) {
    assert.ok(!raw.includes("globex-1"), "the origin would serve Globex, and nobody be charged");
    assert.ok(headers["x-api-key"] === "acme-1" || headers["x-headgate-account"] === undefined);
  }
});

test("no header but the platform's own says where a stranger comes from", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: forStrangers() });
  const named = ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "Forwarded", "CF_Connecting_IP", "CF-Connecting-IPv6", "CF-Pseudo-IPv4"];
  const statuses = [];
  for (const [at, name] of named.entries()) {
    const value = name === "Forwarded" ? `for=198.51.100.${at}` : `198.51.100.${at}`;
    statuses.push((await send(gate.url, { headers: { "cf-connecting-ip": "192.0.2.1", [name]: value } })).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 429, 429, 429, 429, 429, 429]);
  assert.deepEqual(new Set(origin.seen.map(({ headers }) => headers["x-forwarded-for"])), new Set(["192.0.2.1"]));
});

for (const [what, addresses] of Object.entries({
  "an IPv4 address in every spelling": ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "64:ff9b::192.0.2.1", "0:0:0:0:0:FFFF:192.0.2.1"],
  "a /64": ["2001:db8::1", "2001:db8::2", "2001:DB8:0:0:ffff::", "2001:db8::192.0.2.1", "2001:db8:0:0:1::"],
  "what is no address, or several,": ["", "192.0.2", "192.0.2.1, 192.0.2.2", "example.com", undefined],
})) {
  test(`${what} is one stranger`, { timeout }, async (t) => {
    const { gate } = await started(t, { policy: forStrangers() });
    const statuses = [];
    for (const address of addresses) statuses.push((await send(gate.url, { headers: address === undefined ? {} : { "cf-connecting-ip": address } })).status);
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    assert.equal((await send(gate.url, { headers: { "cf-connecting-ip": "192.0.2.9" } })).status, 200, "another is another");
  });
}

/// Writes bytes and reads whatever comes until nothing more does.
async function spoken(url, text) {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (data) => (answer += data.toString("latin1")));
  const closed = once(socket, "close");
  socket.write(text, "latin1");
  await Promise.race([closed, sleep(500)]);
  socket.destroy();
  return answer;
}

const HEAD = "POST /v1/outer HTTP/1.1\r\nHost: h\r\nX-Api-Key: acme-1\r\n";
const SMUGGLED = "GET /v1/smuggled HTTP/1.1\r\nHost: h\r\nX-Api-Key: acme-1\r\nX-Smuggled: yes\r\n\r\n";

test("a request whose length can be read in two ways carries no other one past the gate", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(1000, "7d"), handler: (request, response) => request.resume().on("end", () => response.end("ok")) });
  const chunk = `0\r\n\r\n${SMUGGLED}`;
  const framings = [
    `Content-Length: ${chunk.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    `Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n${chunk}`,
    `Content-Length: 5\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
    `Content-Length: 5, ${chunk.length}\r\n\r\n${chunk}`,
    `Content-Length: +5\r\n\r\n${chunk}`,
    `Content-Length: 0x5\r\n\r\n${chunk}`,
    `Content-Length : ${chunk.length}\r\n\r\n${chunk}`,
    `Content_Length: ${chunk.length}\r\n\r\n${SMUGGLED}`,
    `Transfer-Encoding: xchunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
    `Transfer-Encoding: chunked, identity\r\n\r\n${chunk}`,
    `Transfer-Encoding : chunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
    `Transfer-Encoding:\r\n chunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
    `Transfer_Encoding: chunked\r\nContent-Length: ${chunk.length}\r\n\r\n${chunk}`,
    `X-Nothing: x\r\n y\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  ];
  for (const framing of framings) {
    const before = origin.seen.length;
    const answer = await spoken(gate.url, HEAD + framing);
    // What the runtime reads as two requests is two for the gate: each is decided, charged and told.
    const passed = answer.split("HTTP/1.1 200").length - 1;
    assert.equal(origin.seen.length - before, passed, framing);
    for (const { headers } of origin.seen.slice(before)) assert.equal(headers["x-headgate-account"], "acme", framing);
  }
  const left = Number((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"]);
  assert.equal(left, 1000 - origin.seen.length, "each that reached the origin was charged");
});

test("a header that is folded over lines, or has a line end in it, adds no other", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { policy: limitedTo(1000, "7d") });
  for (const header of ["X-A: b\r\n X-Headgate-Account: globex", "X-A: b\nX-Headgate-Account: globex", "X-A: b\rX-Headgate-Account: globex", "X-A: b\r\n\tX-Headgate-Tier: gold", "X-A: \x0bX-Headgate-Tier: gold"]) {
    await spoken(gate.url, `GET /v1 HTTP/1.1\r\nHost: h\r\nX-Api-Key: acme-1\r\n${header}\r\n\r\n`);
  }
  for (const { headers } of origin.seen) assert.deepEqual([headers["x-headgate-account"], headers["x-headgate-tier"]], ["acme", "standard"]);
});

test("a token that is the admin token but for one byte, its length or its case is not it", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { vars: { ADMIN_TOKEN: ADMIN } });
  const near = Array.from(ADMIN, (_, at) => `${ADMIN.slice(0, at)}~${ADMIN.slice(at + 1)}`);
  const others = [...near, ADMIN.toUpperCase(), ADMIN.repeat(2), `${ADMIN}\t${ADMIN}`, `${ADMIN}, ${ADMIN}`, ADMIN.slice(0, -1), " ", "null", "undefined"];
  for (const other of others) {
    const answer = await send(gate.url, { path: "/_headgate/accounts/acme/plan", headers: { authorization: `Bearer ${other}` } });
    assert.deepEqual([answer.status, answer.text.includes(ADMIN)], [401, false], other);
  }
  const twice = ["authorization", `Bearer ${ADMIN}`, "authorization", `Bearer ${ADMIN}`];
  assert.equal((await send(gate.url, { path: "/_headgate/accounts/acme/plan", headers: ["host", "h", ...twice] })).status, 401);
  for (const headers of [{ "x-api-key": ADMIN }, { cookie: `token=${ADMIN}` }]) {
    assert.equal((await send(gate.url, { path: "/_headgate/accounts/acme/plan", headers })).status, 401);
  }
  assert.equal(origin.seen.length, 0);
});
