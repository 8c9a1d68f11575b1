// However a path is spelled, the one that is matched against the routes is the one that the origin gets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { json, raw, send } from "./support/client.mjs";
import { acme, limitedTo, started } from "./support/setup.mjs";

const ROUTES = [{ path: "/v1/exports", cost: 50 }];
const started50 = (t, paths) => started(t, { policy: limitedTo(100_000, "7d", { routes: ROUTES, paths }) });

/// What a request was charged, and the path that the origin saw; the status where it was refused.
function asker({ gate, origin }) {
  let left = 100_000;
  return async (path, ask = () => send(gate.url, acme({ path }))) => {
    const answer = await ask();
    if (answer.status !== 200) return { status: answer.status };
    const now = Number(answer.headers["x-ratelimit-remaining-minute"]);
    const charged = left - now;
    left = now;
    return { charged, seen: origin.seen.at(-1).url };
  };
}

test("every spelling of a route's path is charged as that route, and reaches the origin as that path", async (t) => {
  const ask = asker(await started50(t));
  for (const spelled of ["/v1/exports", "//v1/exports", "///v1/exports", "/v1//exports", "/v1/./exports", "/./v1/exports", "/x/../v1/exports",
    "/v1/x/../exports", "/../v1/exports", "/../../v1/exports", "/%76%31/exports", "/%76%31%2e/../v1/exports", "/v1/%2e/exports",
    "/v1/x/%2e%2e/exports", "/v1/x/%2E./exports", "/v1\\exports", "/\\v1\\exports", "/v1/exports?x=1", "/v1/e%78ports?"]) {
    const { charged, seen } = await ask(spelled);
    assert.deepEqual([charged, seen.replace(/\?.*/, "")], [50, "/v1/exports"], spelled);
  }
});

test("a slash at the end makes no difference to the charge, and stays", async (t) => {
  const ask = asker(await started50(t));
  for (const spelled of ["/v1/exports/", "/v1/exports//", "/v1/exports/.", "/v1/exports/x/.."]) {
    assert.deepEqual(await ask(spelled), { charged: 50, seen: "/v1/exports/" }, spelled);
  }
});

test("other paths are not that route's", async (t) => {
  const ask = asker(await started50(t));
  for (const path of ["/v1/exports/1", "/v1/exportsx", "/v1", "/v1/export", "/v2/exports", "/", "/v1/exports%20", "/v1/exports;x=1", "/v1%252Fexports", "/v1/exports.json"]) {
    assert.deepEqual(await ask(path), { charged: 1, seen: path }, path);
  }
});

test("an encoded slash or backslash is refused, for origins differ in what they make of it", async (t) => {
  const { gate, origin } = await started50(t);
  for (const path of ["/v1%2Fexports", "/v1%2fexports", "/v1%5Cexports", "/v1%5cexports", "/x%2F..%2Fv1/exports", "/..%2fv1/exports"]) {
    const answer = await send(gate.url, acme({ path }));
    assert.deepEqual([answer.status, json(answer).error.message], [400, "The path holds an encoded slash or backslash."], path);
  }
  assert.equal(origin.seen.length, 0);
});

test("where the policy keeps encoded slashes they are data and stay encoded", async (t) => {
  const ask = asker(await started50(t, { encoded_slash: "keep" }));
  assert.deepEqual(await ask("/v1%2Fexports"), { charged: 1, seen: "/v1%2Fexports" });
  assert.deepEqual(await ask("/v1%2fexports"), { charged: 1, seen: "/v1%2Fexports" });
  assert.deepEqual(await ask("/files/a%2Fb%5Cc"), { charged: 1, seen: "/files/a%2Fb%5Cc" });
  assert.deepEqual(await ask("/files/a%2F..b"), { charged: 1, seen: "/files/a%2F..b" });
  for (const path of ["/x%2F../v1/exports", "/x/..%5c..%5cv1/exports", "/x%2F%2E/y"]) {
    assert.deepEqual(await ask(path), { status: 400 }, `${path} leads elsewhere where it is split`);
  }
  assert.deepEqual(await ask("/x%2Fy/../v1/exports"), { charged: 50, seen: "/v1/exports" });
});

test("parameters of a segment are data, unless the policy refuses them", async (t) => {
  const lax = asker(await started50(t));
  assert.deepEqual(await lax("/v1/exports;x=1"), { charged: 1, seen: "/v1/exports;x=1" });
  const strict = asker(await started50(t, { parameters: "refuse" }));
  assert.deepEqual(await strict("/v1/exports;x=1"), { status: 400 });
  assert.deepEqual(await strict("/v1;/exports"), { status: 400 });
  assert.deepEqual(await strict("/v1%3B/exports"), { status: 400 });
  assert.equal((await strict("/v1/exports")).charged, 50);
});

test("case counts, unless the policy says otherwise; the origin sees it as it was sent", async (t) => {
  const strict = asker(await started50(t));
  assert.deepEqual(await strict("/V1/Exports"), { charged: 1, seen: "/V1/Exports" });
  const loose = asker(await started50(t, { ignore_case: true }));
  assert.deepEqual(await loose("/V1/Exports"), { charged: 50, seen: "/V1/Exports" });
  assert.deepEqual(await loose("/%561/EXPORTS/"), { charged: 50, seen: "/V1/EXPORTS/" });
});

test("control characters and broken escapes are refused", async (t) => {
  const { gate, origin } = await started50(t);
  for (const path of ["/v1/%00", "/v1/exports%00", "/v1/%0d%0aX-Headgate-Account:%20x", "/v1/%7f", "/v1/%", "/v1/%2", "/v1/%zz", "/%u0076"]) {
    assert.equal((await send(gate.url, acme({ path }))).status, 400, path);
  }
  assert.equal(origin.seen.length, 0);
});

test("the query is passed on as it is", async (t) => {
  const { gate, origin } = await started50(t);
  const queries = ["?a=1&a=2&b", "?", "??", "?a=%2F%2e%2E/../%zz%", "?q=a+b%20c", "?x=[1]{2}|3^4`5", "?a=\\b", "?a;b=c,d:e@f/g?h=i!*()~", "?=&&=", "?%E4%F6", "?x=a%0Ab"];
  for (const query of queries) {
    const { status } = await send(gate.url, acme({ path: `/v1/exports${query}` }));
    assert.equal(status, 200, query);
    assert.equal(origin.seen.at(-1).url, `/v1/exports${query}`);
  }
  await send(gate.url, acme({ path: "/v1/exports?a='b'" }));
  assert.equal(origin.seen.at(-1).url, "/v1/exports?a=%27b%27", "but for what any URL object encodes");
});

/// Sends a request line and a Host as they are.
const bytes = (gate, target, host = "h") => raw(gate.url, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nX-Api-Key: acme-1\r\n\r\n`);

test("characters that a URL should not hold do not change which route it is", async (t) => {
  const { gate, origin } = await started50(t);
  const cases = [["/a\"b<c>d`e{f}", "/a%22b%3Cc%3Ed%60e%7Bf%7D"], ["/a|b^c", "/a|b%5Ec"], ["/\xc3\xa4", "/%C3%A4"], ["/v1/exports#x", "/v1/exports"],
    ["/v1/exports x", "/v1/exports"], ["/v1/exports\tx", "/v1/exports"]];
  for (const [path, seen] of cases) {
    const answer = await bytes(gate, path);
    assert.deepEqual([answer.status, origin.seen.at(-1).url], [200, seen], path);
  }
  for (const path of ["/v1/ex\x01ports", "/v1/exports\x7f"]) assert.equal((await bytes(gate, path)).status, 400, JSON.stringify(path));
  const left = 100_000 - 3 * 50 - 3 - 1;
  assert.equal((await send(gate.url, acme({ path: "/" }))).headers["x-ratelimit-remaining-minute"], String(left));
});

test("a Host or a target that holds more than it should does not reach the origin, and the gate goes on", async (t) => {
  const { gate, origin } = await started50(t);
  const targets = ["*", "v1/exports", "\\v1", "http://elsewhere.example/v1/exports"];
  const hosts = ["h/v1/exports?", "h#", "h\\v1", "user:pass@h", "h, i", "h\r\nHost: i", "", "a b"];
  // The runtime turns all of these away before the gate sees them.
  for (const target of targets) assert.ok([400, 500].includes((await bytes(gate, target)).status), target);
  for (const host of hosts) assert.ok([400, 500].includes((await bytes(gate, "/", host)).status), host);
  assert.equal(origin.seen.length, 0);
  assert.equal((await send(gate.url, acme())).headers["x-ratelimit-remaining-minute"], "99999", "nothing was charged");
});
