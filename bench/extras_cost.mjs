// Counts what everything that an operator may switch on costs on workerd, beside the same gate without: calls to objects and
// rows written per request. Both get the same requests at the same instants, 100 a second at random, of one account with a lane
// that is used to 20 %. `npm run cost:extras -- SECONDS`
import { readFileSync } from "node:fs";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../tests/edge/support/client.mjs";
import { startOrigin } from "../tests/edge/support/origin.mjs";
import { webhookKey } from "../tests/edge/support/receiver.mjs";
import { startGate } from "../tests/edge/support/workerd.mjs";

const PER_SECOND = 100;
const SECONDS = Number(process.argv[2] ?? 120);
if (!Number.isInteger(SECONDS) || SECONDS < 1 || SECONDS > 3_600) throw new Error(`SECONDS: found ${process.argv[2]}, allowed: 1 to 3600`);

const COUNTING = readFileSync(new URL("edge/workers/counting.js", import.meta.url), "utf8");
/// Without collectors, which are there where their class is.
const WITHOUT = COUNTING.replace(", CollectorObject as Collector", "").replace(", CollectorObject = counting(Collector)", "");
/// With a dataset of Analytics Engine.
const WITH = COUNTING.replace("gate.fetch(request, env, context)", "gate.fetch(request, { ...env, ANALYTICS: { writeDataPoint() {} } }, context)");

const bucket = (name, units, window) => ({ name, algorithm: "token-bucket", units, window });
const lane = (name, slots) => ({ name, algorithm: "concurrency", slots, lease: "30s" });
const LIMITS = [bucket("minute", 120 * PER_SECOND, "1m"), lane("priority", PER_SECOND)];
const SHADOWS = [{ ...bucket("day", 60_000 * PER_SECOND, "1d"), shadow: true }];
const policyOf = (limits, fields = {}) => ({
  version: 1, tiers: { standard: { limits } }, routes: [{ path: "/**", lane: "priority" }], ...fields,
});

const origin = await startOrigin(async (_, response) => {
  await sleep(random(200));
  response.end("ok");
});
const receiver = await startOrigin((_, response) => response.end());
const keys = [{ key: "acme-1", account: "acme", tier: "standard" }];
const vars = { WEBHOOK_URL: `${receiver.url}/hook`, WEBHOOK_KEY: webhookKey(), LOG_DENIALS: "on" };
const gates = {
  off: await startGate({ policy: policyOf(LIMITS), keys, origin: origin.url, wrapper: WITHOUT }),
  on: await startGate({ policy: policyOf([...LIMITS, ...SHADOWS], { alerts: { percent: [80, 100] } }), keys, origin: origin.url, wrapper: WITH, vars }),
};

const agent = new http.Agent({ keepAlive: true });
const answers = [];
for (const end = Date.now() + SECONDS * 1000; Date.now() < end; await sleep(random(1000 / PER_SECOND))) {
  for (const { url } of Object.values(gates)) answers.push(send(url, { headers: { "x-api-key": "acme-1" }, agent }));
}
const wrong = (await Promise.all(answers)).filter(({ status }) => status !== 200);
if (wrong.length > 0) throw new Error(`${wrong.length} of ${answers.length} answers were not 200, the first ${wrong[0].status} ${wrong[0].text}`);
await sleep(1_000);

const requests = answers.length / 2;
console.log(`${requests} requests in ${SECONDS} s to each`);
console.log("extras  calls/request  rows/request");
const [off, on] = await Promise.all(Object.entries(gates).map(async ([extras, gate]) => {
  const { calls, rows } = JSON.parse((await send(gate.url, { path: "/counts" })).text);
  console.log(extras.padEnd(7), (calls / requests).toFixed(4).padEnd(14), (rows / requests).toFixed(5));
  return { calls, rows };
}));
const more = (what) => `${(100 * (on[what] / off[what] - 1)).toFixed(2)} %`;
console.log(`with everything on: calls ${more("calls")} more, rows ${more("rows")} more`);
agent.destroy();
for (const gate of Object.values(gates)) await gate.stop();
for (const server of [origin, receiver]) await server.stop();
process.exit();

/// An exponentially distributed time.
function random(mean) {
  return -Math.log(1 - Math.random()) * mean;
}
