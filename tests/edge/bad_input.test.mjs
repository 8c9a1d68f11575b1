// A credential that is missing, unknown or cannot be read in one way only gets a clear answer, and is never told on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { raw, send } from "./support/client.mjs";
import { started, ticksupplyWith } from "./support/setup.mjs";

const ALL = { credential: ["x-api-key", "bearer", "basic-user"] };
const KEYS = [{ key: "s3cret-1", account: "acme", tier: "standard" }, { key: "s3cret-2", account: "acme", tier: "standard" }];
const base64 = (text, encoding = "latin1") => Buffer.from(text, encoding).toString("base64");

const X = "The API key in X-Api-Key";
const UNCLEAR = "holds a character that is not visible ASCII, or a comma, or it is given more than once.";
const BASIC = "Authorization: Basic must be base64 of user:password.";

const UNAUTHENTICATED = {
  "no header at all": ["", "An API key is required."],
  "another scheme": ["Authorization: Digest s3cret-1", "An API key is required."],
  "a key without a scheme": ["Authorization: s3cret-1", "An API key is required."],
  "a key in another header": ["Api-Key: s3cret-1", "An API key is required."],
  "an unknown key": ["X-Api-Key: s3cret-unknown", "The API key is not known."],
  "an unknown Bearer": ["Authorization: Bearer s3cret-unknown", "The API key is not known."],
  "a key in other case": ["X-Api-Key: S3CRET-1", "The API key is not known."],
  "a key with more behind it": ["X-Api-Key: s3cret-1/", "The API key is not known."],
  "the longest key": [`X-Api-Key: ${"s3cret-1".repeat(64)}`, "The API key is not known."],
  "a key as it stands in the directory": ["X-Api-Key: key:s3cret-1", "The API key is not known."],
  "the name of the policy": ["X-Api-Key: policy", "The API key is not known."],
};

const MALFORMED = {
  "an empty X-Api-Key": ["X-Api-Key:", `${X} is empty.`],
  "a blank X-Api-Key": ["X-Api-Key: \t ", `${X} is empty.`],
  "a Bearer without a key": ["Authorization: Bearer", "The API key in Authorization: Bearer is empty."],
  "a Basic that is not base64": ["Authorization: Basic s3cret-1!", BASIC],
  "a Basic without a colon": [`Authorization: Basic ${base64("s3cret-1")}`, BASIC],
  "a Basic of nothing": ["Authorization: Basic", BASIC],
  "a Basic of Latin-1": [`Authorization: Basic ${base64("s3cret-\xe4:x")}`, BASIC],
  "a Basic without a user": [`Authorization: Basic ${base64(":s3cret-1")}`, "The API key in the user of Authorization: Basic is empty."],
  "different keys in two places": ["X-Api-Key: s3cret-1\r\nAuthorization: Bearer s3cret-2", "Two different API keys, in X-Api-Key and in Authorization: Bearer: send one."],
  "a good key beside a broken one": ["X-Api-Key: s3cret-1\r\nAuthorization: Basic !", BASIC],
  "two X-Api-Key": ["X-Api-Key: s3cret-1\r\nX-Api-Key: s3cret-2", `${X} ${UNCLEAR}`],
  "the same X-Api-Key twice": ["X-Api-Key: s3cret-1\r\nX-Api-Key: s3cret-1", `${X} ${UNCLEAR}`],
  "two keys in one X-Api-Key": ["X-Api-Key: s3cret-1,s3cret-2", `${X} ${UNCLEAR}`],
  "two Authorization": ["Authorization: Bearer s3cret-1\r\nAuthorization: Bearer s3cret-2", `The API key in Authorization: Bearer ${UNCLEAR}`],
  "a space in a key": ["X-Api-Key: s3cret 1", `${X} ${UNCLEAR}`],
  "a control character": ["X-Api-Key: s3cret-1\x01", `${X} ${UNCLEAR}`],
  "a DEL": ["X-Api-Key: s3cret-1\x7f", `${X} ${UNCLEAR}`],
  "a folded header": ["X-Api-Key: s3cret-1\r\n s3cret-2", `${X} ${UNCLEAR}`],
  "a Latin-1 letter": ["X-Api-Key: s3cret-\xe4", `${X} ${UNCLEAR}`],
  "a letter in UTF-8": ["X-Api-Key: s3cret-\xc3\xa4", `${X} ${UNCLEAR}`],
  "a key of 513 characters": [`X-Api-Key: ${"s3cret-12".repeat(57)}`, `${X} is longer than 512 characters.`],
  "a key of 100 KB": [`X-Api-Key: ${"s3cret-1".repeat(12_500)}`, `${X} is longer than 512 characters.`],
  "a Bearer of 100 KB": [`Authorization: Bearer ${"s3cret-1".repeat(12_500)}`, "The API key in Authorization: Bearer is longer than 512 characters."],
  "a Basic of 100 KB": [`Authorization: Basic ${base64(`${"s3cret-1".repeat(9_000)}:`)}`, "The API key in the user of Authorization: Basic is longer than 512 characters."],
};

const ask = (gate, headers) => raw(gate.url, `GET / HTTP/1.1\r\nHost: h\r\n${headers}${headers && "\r\n"}\r\n`);
const header = (answer, name) => new RegExp(`^${name}: (.*)$`, "im").exec(answer.head)?.[1];

test("a missing or unknown credential is a 401 that says so", async (t) => {
  const { gate, origin } = await started(t, { policy: ticksupplyWith(ALL), keys: KEYS });
  for (const [name, [headers, message]] of Object.entries(UNAUTHENTICATED)) {
    const answer = await ask(gate, headers);
    assert.deepEqual([answer.status, answer.text], [401, JSON.stringify({ error: { code: "unauthenticated", message } })], name);
    assert.deepEqual([header(answer, "www-authenticate"), header(answer, "content-type")], ["Bearer", "application/json"]);
    assert.doesNotMatch(answer.head + answer.text, /s3cret/i);
  }
  assert.equal(origin.seen.length, 0);
  assert.equal(gate.log, "");
});

test("a malformed or ambiguous credential is a 400 that says what is wrong", async (t) => {
  const { gate, origin } = await started(t, { policy: ticksupplyWith(ALL), keys: KEYS });
  for (const [name, [headers, message]] of Object.entries(MALFORMED)) {
    const answer = await ask(gate, headers);
    const request_id = header(answer, "x-headgate-request-id");
    assert.deepEqual([answer.status, answer.text], [400, JSON.stringify({ error: { code: "malformed", message, request_id } })], name);
    assert.equal(header(answer, "x-headgate-reason"), "malformed");
    assert.doesNotMatch(answer.head + answer.text, /s3cret/i);
  }
  assert.equal(origin.seen.length, 0);
  assert.equal(gate.log, "");
});

test("what the runtime itself turns away does not hurt the gate", async (t) => {
  const { gate, origin } = await started(t, { policy: ticksupplyWith(ALL), keys: KEYS });
  assert.equal((await ask(gate, "X-Api-Key: s3cret-\0")).status, 400);
  assert.equal((await ask(gate, "no colon")).status, 400);
  assert.equal((await ask(gate, `X-Api-Key: ${"s3cret-1".repeat(17_500)}`)).status, 431, "a key of 140 KB");
  assert.equal(origin.seen.length, 0);
  assert.equal((await ask(gate, "X-Api-Key: s3cret-1")).status, 200);
});

test("a good key is found wherever the policy looks for it", async (t) => {
  const { gate, origin } = await started(t, { policy: ticksupplyWith(ALL), keys: KEYS });
  const good = ["X-Api-Key: s3cret-1", "x-API-key:s3cret-1", "Authorization: Bearer s3cret-1", "authorization: bearer   s3cret-1 ",
    `Authorization: Basic ${base64("s3cret-1:")}`, `Authorization: basic ${base64("s3cret-1:pass:word")}`,
    "X-Api-Key: s3cret-1\r\nAuthorization: Bearer s3cret-1", "X-Api-Key: s3cret-1\r\nAuthorization: Digest x"];
  for (const headers of good) assert.equal((await ask(gate, headers)).status, 200, headers);
  assert.deepEqual(new Set(origin.seen.map((seen) => seen.headers["x-headgate-account"])), new Set(["acme"]));
});

test("where the policy does not look, nothing is found", async (t) => {
  const { gate } = await started(t, { policy: ticksupplyWith({ credential: ["basic-user"] }), keys: KEYS });
  const status = async (headers) => (await send(gate.url, { headers })).status;
  assert.equal(await status({ "x-api-key": "s3cret-1" }), 401);
  assert.equal(await status({ authorization: "Bearer s3cret-1" }), 401);
  assert.equal(await status({ "x-api-key": "", authorization: `Basic ${base64("s3cret-1:")}` }), 200);
});
