// Limits and owners that routes name, over HTTP: who shares what, and what becomes of a body that is looked at.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { bytesOf, crowd, json, open, send, until } from "./support/client.mjs";
import { echo } from "./support/origin.mjs";
import { acme, started, withKey } from "./support/setup.mjs";

const timeout = 60_000;

/// So many, and nothing refills meanwhile.
const rule = (units, fields) => ({ algorithm: "token-bucket", units, window: "7d", ...fields });

const POLICY = {
  version: 1,
  tiers: {
    standard: { limits: [{ name: "week", ...rule(1000) }, { name: "lane", algorithm: "concurrency", slots: 9, patience: "0ms" }] },
    link: { limits: [{ name: "link", ...rule(3) }] },
  },
  limits: {
    creation: rule(2),
    "for-sale": rule(2, { per: "path:event" }),
    refresh: rule(2, { per: "body:refresh_token" }),
    search: rule(2, { per: "query:session" }),
    device: rule(2, { per: "header:X-Device" }),
    note: rule(500, { per: "body:id" }),
  },
  owners: { email: { by: "body:email", spelling: "mailbox", tier: "link" }, code: { by: "query:code", tier: "link" } },
  body_limit: "4KB",
  routes: [
    { methods: ["POST"], path: "/assets", limits: ["creation"] },
    { methods: ["POST"], path: "/assets/*/copies", limits: ["creation"] },
    { methods: ["POST"], path: "/events/{event}/actions/edit-for-sale-config", limits: ["for-sale"] },
    { methods: ["POST"], path: "/auth/refresh", limits: ["refresh"] },
    { methods: ["GET"], path: "/search", limits: ["search"] },
    { path: "/devices", limits: ["device"] },
    { path: "/notes", limits: ["note"] },
    { path: "/notes/laned", limits: ["note"], lane: "lane" },
    { methods: ["POST"], path: "/auth/magic-link", owner: "email" },
    { methods: ["POST"], path: "/auth/verify", owner: "code" },
  ],
  dialect: { headers: [{ name: "X-Left", value: "remaining", limit: "week" }] },
};

const gateWith = (t, rest) => started(t, { policy: POLICY, ...rest });
const isJson = { "content-type": "application/json" };
const post = (path, body, request = {}) =>
  ({ method: "POST", path, body: typeof body === "string" ? body : JSON.stringify(body), ...request, headers: { ...isJson, ...request.headers } });

/// The statuses of requests that are sent one after the other.
async function statuses(gate, requests) {
  const statuses = [];
  for (const request of requests) statuses.push((await send(gate.url, request)).status);
  return statuses;
}

test("routes that name a limit share it, an account's own, besides what its tier allows", { timeout }, async (t) => {
  const { gate, origin } = await gateWith(t);
  const created = ["/assets", "/assets/a1/copies", "/assets", "/assets/a2/copies"].map((path) => acme({ method: "POST", path }));
  assert.deepEqual(await statuses(gate, created), [200, 200, 429, 429]);
  const denied = await send(gate.url, created[0]);
  assert.ok(Number(denied.headers["retry-after"]) > 86_400, "when the limit that refused has a unit again");
  assert.equal(denied.headers["x-left"], "998", "what is refused spends nothing of the tier's limit");
  const others = [acme({ path: "/assets" }), acme({ method: "POST", path: "/other" }), withKey("globex-1", { method: "POST", path: "/assets" })];
  assert.deepEqual(await statuses(gate, others), [200, 200, 200]);
  assert.equal(origin.seen.length, 5);
});

test("a limit per segment of the path counts each by itself, for each account", { timeout }, async (t) => {
  const { gate } = await gateWith(t);
  const edit = (event, key = "acme-1") => withKey(key, { method: "POST", path: `/events/${event}/actions/edit-for-sale-config` });
  assert.deepEqual(await statuses(gate, ["e1", "e1", "e1", "%65%31"].map((event) => edit(event))), [200, 200, 429, 429]);
  assert.deepEqual(await statuses(gate, ["e2", "e2", "e2", "E1"].map((event) => edit(event))), [200, 200, 429, 200]);
  assert.deepEqual(await statuses(gate, [edit("e1", "acme-2"), edit("e1", "globex-1")]), [429, 200]);
});

test("a limit per member of the body counts each value by itself, and requests without one together", { timeout }, async (t) => {
  const { gate } = await gateWith(t);
  const refresh = (body, headers) => acme(post("/auth/refresh", body, { headers }));
  const one = ['{"refresh_token":"r1"}', '{ "a": [], "refresh_token": "\\u0072\\u0031" }', '{"refresh_token":"r1"}'];
  assert.deepEqual(await statuses(gate, one.map((body) => refresh(body))), [200, 200, 429]);
  assert.deepEqual(await statuses(gate, ["r2", "R1", 1, "1", 1].map((token) => refresh({ refresh_token: token }))), [200, 200, 200, 200, 429]);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const without = [refresh("{}"), refresh('{"refresh_token":"r3"}', form), refresh("no JSON"), refresh('{"refresh_token":null}')];
  assert.deepEqual(await statuses(gate, without), [200, 200, 429, 429]);
});

test("limits per parameter and per header count each value by itself", { timeout }, async (t) => {
  const { gate } = await gateWith(t);
  const search = (query) => acme({ path: `/search${query}` });
  assert.deepEqual(await statuses(gate, ["?session=a", "?x=1&session=%61", "?session=a", "?session=b"].map(search)), [200, 200, 429, 200]);
  const device = (name) => acme({ path: "/devices", headers: { "x-device": name } });
  assert.deepEqual(await statuses(gate, ["d1", "d1", "d1", "d2"].map(device)), [200, 200, 429, 200]);
});

test("ten spellings of an address share its three links, whoever asks, and other addresses have theirs", { timeout }, async (t) => {
  const { gate, origin } = await gateWith(t);
  const link = (email, headers = {}) => post("/auth/magic-link", { email }, { headers });
  const spellings = ["ada@example.com", "ADA@example.com", "Ada@Example.Com", " ada@example.com ", "ada@example.com\n", "\tada@EXAMPLE.com",
    "ada+1@example.com", "ADA+news+2@example.com", "ada+@example.com", "\u00a0aDa@example.com"];
  const asked = spellings.map((email, at) => link(email, at % 2 === 1 ? { "x-api-key": at % 4 === 1 ? "acme-1" : "nobody's" } : {}));
  assert.deepEqual(await statuses(gate, asked), [200, 200, 200, 429, 429, 429, 429, 429, 429, 429]);
  const escaped = post("/auth/magic-link", '{"email":"\\u0061da@example.com"}');
  assert.deepEqual(await statuses(gate, [escaped, link("ada@example.org"), link("bob@example.com")]), [429, 200, 200]);
  for (const { headers } of origin.seen) assert.deepEqual([headers["x-headgate-account"], headers["x-headgate-tier"]], [undefined, "link"]);
  const left = (await send(gate.url, acme())).headers["x-left"];
  assert.equal(left, "999", "no account paid for a link");
});

test("an owner of one kind is none of another", { timeout }, async (t) => {
  const { gate } = await gateWith(t);
  const links = Array.from({ length: 4 }, () => post("/auth/magic-link", { email: "same" }));
  assert.deepEqual(await statuses(gate, links), [200, 200, 200, 429]);
  assert.deepEqual(await statuses(gate, [post("/auth/verify?code=same", {}), post("/auth/verify?code=other", {})]), [200, 200]);
});

test("a request that names no owner, or two, is told what is missing and reaches nobody", { timeout }, async (t) => {
  const { gate, origin } = await gateWith(t);
  const missing = 'The request must have one "email" in its body, a JSON object.';
  const twice = 'The request has more than one "email" in its body, a JSON object.';
  const gzip = { body: gzipSync('{"email":"a@b.example"}'), headers: { "content-encoding": "gzip" } };
  for (const [body, request, message] of [
    ["", {}, missing], ["{}", {}, missing], ["email=a", {}, missing], ['{"email":["a"]}', {}, missing], ['{"email":" "}', {}, missing],
    ['{"email":"a@b.example"}', { headers: { "content-type": "application/x-www-form-urlencoded" } }, missing], ["", gzip, missing],
    ['{"email":"a","email":"b"}', {}, twice], ['{"email":"a","Email":"b"}', {}, twice],
  ]) {
    const answer = await send(gate.url, post("/auth/magic-link", body, request));
    assert.deepEqual([answer.status, answer.headers["x-headgate-reason"], json(answer).detail], [400, "malformed", message], body);
  }
  for (const path of ["/auth/verify", "/auth/verify?code=", "/auth/verify?code=1&code=2"]) assert.equal((await send(gate.url, post(path, {}))).status, 400);
  const devices = acme({ path: "/devices", headers: ["x-api-key", "acme-1", "x-device", "a", "x-device", "b"] });
  assert.equal((await send(gate.url, { ...devices, headers: ["x-api-key", "acme-1", "x-device", "a", "x-device", "b"] })).status, 400);
  assert.equal(origin.seen.length, 0);
});

test("nobody's body is read before their key is known", { timeout }, async (t) => {
  const { gate } = await gateWith(t);
  const request = open(gate.url, { method: "POST", path: "/notes", headers: { "content-length": "1000", expect: "100-continue" } });
  request.on("error", () => {});
  request.flushHeaders();
  const [response] = await once(request, "response");
  assert.equal(response.statusCode, 401);
  request.destroy();
});

test("a body that does not come is not waited for", { timeout }, async (t) => {
  const { gate, origin } = await gateWith(t, { policy: { ...POLICY, origin_timeout: "1s" } });
  for (const length of [{ "content-length": "40" }, { "transfer-encoding": "chunked" }]) {
    const request = open(gate.url, { method: "POST", path: "/auth/magic-link", headers: { ...isJson, ...length } });
    request.on("error", () => {});
    request.write('{"email":"slow');
    const slowly = setInterval(() => request.write("w"), 300);
    const [response] = await once(request, "response");
    clearInterval(slowly);
    assert.deepEqual([response.statusCode, JSON.parse(await bytesOf(response)).detail], [400, "The body is late."]);
    request.destroy();
  }
  assert.equal((await send(gate.url, post("/auth/magic-link", { email: "slow" }))).status, 200, "the gate lives, and nothing was spent");
  assert.equal(origin.seen.length, 1);
});

for (const bound of [false, true]) {
  const where = bound ? ", before a service" : "";

  test(`a body that is looked at reaches the origin byte for byte${where}`, { timeout }, async (t) => {
    const { gate, origin } = await gateWith(t, { handler: echo, bound });
    const text = '{ "id" : "é\\u00e9" ,\n"b":1.0}\n';
    const bodies = [["JSON", Buffer.from(text), isJson], ["no JSON", Buffer.from("no JSON"), {}], ["with a mark of its order", Buffer.from(`\ufeff${text}`), isJson],
      ["binary", randomBytes(4096), { "content-type": "application/octet-stream" }], ["empty", Buffer.alloc(0), isJson],
      ["in gzip", gzipSync(randomBytes(9000)), { ...isJson, "content-encoding": "gzip" }]];
    for (const path of ["/notes", "/notes/laned"]) {
      for (const [name, body, headers] of bodies) {
        for (const framing of [{}, { "transfer-encoding": "chunked" }, { expect: "100-continue", "content-length": String(body.length) }]) {
          const answer = await send(gate.url, acme({ method: "PUT", path: `${path}?q=%20`, body, headers: { ...headers, "x-mine": "1", ...framing } }));
          const seen = origin.seen.pop();
          assert.equal(answer.status, 200, `${name} ${answer.text}`);
          assert.ok(answer.bytes.equals(body), name);
          assert.deepEqual([seen.method, seen.url, seen.headers["x-mine"], seen.headers["x-headgate-account"]], ["PUT", `${path}?q=%20`, "1", "acme"]);
          assert.deepEqual([seen.headers["content-type"], seen.headers["content-encoding"]], [headers["content-type"], headers["content-encoding"]]);
          if (framing["transfer-encoding"] === undefined) assert.equal(seen.headers["content-length"], String(body.length), name);
        }
      }
    }
  });
}

test("a request without a body passes where bodies are looked at", { timeout }, async (t) => {
  const { gate } = await gateWith(t);
  const methods = ["GET", "HEAD", "DELETE", "POST", "OPTIONS"].map((method) => acme({ method, path: "/notes" }));
  assert.deepEqual(await statuses(gate, methods), [200, 200, 200, 200, 200]);
});

test("a body longer than may be read gets a 413, and the next request its answer", { timeout }, async (t) => {
  const { gate, origin } = await gateWith(t, { handler: echo });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const put = (length, headers) => acme({ method: "PUT", path: "/notes", body: Buffer.alloc(length, " "), headers, agent });
  for (const framing of [{}, { "transfer-encoding": "chunked" }]) {
    assert.equal((await send(gate.url, put(4096, framing))).bytes.length, 4096);
    for (const length of [4097, 1024 * 1024]) {
      const refused = await send(gate.url, put(length, framing));
      assert.deepEqual([refused.status, refused.headers["x-headgate-reason"]], [413, "too_large"]);
      assert.equal(json(refused).detail, "The body is longer than 4096 bytes.");
    }
  }
  assert.equal(origin.seen.length, 2);
  assert.equal((await send(gate.url, acme({ path: "/notes", agent }))).headers["x-left"], "997", "nothing was charged for them");
});

test("a body streams where no selector looks at it, and is read whole first where one does", { timeout }, async (t) => {
  const arrived = { "/plain": Promise.withResolvers(), "/notes": Promise.withResolvers() };
  const handler = (request, response) => {
    arrived[request.url].resolve();
    bytesOf(request).then((bytes) => response.end(String(bytes.length)));
  };
  const { gate, origin } = await gateWith(t, { handler });
  const begin = (path) => {
    const request = open(gate.url, acme({ method: "POST", path, headers: { "transfer-encoding": "chunked" } }));
    request.write("first");
    return request;
  };
  const [looked, plain] = [begin("/notes"), begin("/plain")];
  await arrived["/plain"].promise;
  assert.deepEqual(origin.seen.map(({ url }) => url), ["/plain"]);
  for (const request of [looked, plain]) {
    request.end(", last");
    const [response] = await once(request, "response");
    assert.equal((await bytesOf(response)).toString(), "11");
  }
});

test("a body that breaks off reaches nobody and is not charged", { timeout }, async (t) => {
  const { gate, origin } = await gateWith(t);
  const request = open(gate.url, acme({ method: "POST", path: "/notes", headers: { "content-length": "100" } }));
  request.on("error", () => {});
  request.write("first");
  assert.equal((await send(gate.url, acme({ path: "/notes" }))).headers["x-left"], "999");
  request.destroy();
  await until((answer) => answer.headers["x-left"] === "997", () => send(gate.url, acme({ path: "/notes" })));
  assert.ok(origin.seen.every(({ method }) => method === "GET"));
});

test("two thousand made-up addresses make no account and a bounded number of rows", { timeout }, async (t) => {
  const { gate, origin } = await gateWith(t);
  const before = Date.now();
  const request = () => post("/auth/magic-link", { email: `${randomUUID()}@example.com` });
  const answers = await crowd(gate.url, { clients: 16, total: 2000, request });
  const minutes = (Date.now() - before) / 60_000;
  const passed = answers.filter(({ status }) => status === 200).length;
  assert.equal(answers.filter(({ status }) => status === 429).length, 2000 - passed);
  assert.equal(origin.seen.length, passed);
  // Four shards take twenty newcomers of a network each, and twenty a minute; the others have one budget of three in each.
  assert.ok(passed <= 4 * (20 + 20 * minutes + 1 + 3), `${passed}`);
  await gate.kill();
  const objects = (kind) => readdirSync(join(gate.folder, "objects", kind)).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  const shards = objects("shard");
  assert.deepEqual([objects("account"), shards.length], [[], 4]);
  for (const shard of shards) {
    const database = new DatabaseSync(join(gate.folder, "objects/shard", shard));
    const { rows, bytes } = database.prepare("SELECT count(*) AS rows, sum(length(bytes)) AS bytes FROM pages").get();
    database.close();
    assert.ok(rows <= 64 && bytes < 20_000, `${rows} rows, ${bytes} bytes`);
  }
});
