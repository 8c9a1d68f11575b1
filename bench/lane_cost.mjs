// Counts what a lane costs on workerd: calls to objects and rows written per request, at 100 requests a second and a lane
// of 100 slots that is used to 20, 60 and 100 %. Requests arrive at random, as independent clients send them.
import { readFileSync } from "node:fs";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../tests/edge/support/client.mjs";
import { startOrigin } from "../tests/edge/support/origin.mjs";
import { startGate } from "../tests/edge/support/workerd.mjs";

const SLOTS = 100;
const PER_SECOND = 100;
const SECONDS = Number(process.argv[2] ?? 30);

const COUNTING = readFileSync(new URL("edge/workers/counting.js", import.meta.url), "utf8");

const policy = {
  version: 1,
  tiers: { standard: { limits: [{ name: "priority", algorithm: "concurrency", slots: SLOTS, lease: "30s" }] } },
  routes: [{ path: "/**", lane: "priority" }],
};
const keys = [{ key: "acme-1", account: "acme", tier: "standard" }];

async function measured(load) {
  const takes = (load / 100) * (SLOTS / PER_SECOND) * 1000;
  const origin = await startOrigin(async (_, response) => {
    await sleep(random(takes));
    response.end("ok");
  });
  const gate = await startGate({ policy, keys, origin: origin.url, wrapper: COUNTING });
  const agent = new http.Agent({ keepAlive: true });
  const answers = [];
  for (const end = Date.now() + SECONDS * 1000; Date.now() < end; await sleep(random(1000 / PER_SECOND))) {
    answers.push(send(gate.url, { headers: { "x-api-key": "acme-1" }, agent }));
  }
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  await sleep(1_000);
  const counts = JSON.parse((await send(gate.url, { path: "/counts" })).text);
  agent.destroy();
  await gate.stop();
  await origin.stop();
  return { requests: statuses.length, refused: statuses.filter((status) => status === 429).length, ...counts };
}

/// An exponentially distributed time.
const random = (mean) => -Math.log(1 - Math.random()) * mean;

console.log("load   requests  per second  refused  calls/request  rows/request  USD/million without CPU");
for (const load of [20, 60, 100]) {
  const { requests, refused, calls, rows } = await measured(load);
  const price = 0.3 + (0.15 * calls + rows) / requests;
  const columns = [`${load} %`.padEnd(6), String(requests).padEnd(9), (requests / SECONDS).toFixed(0).padEnd(11), String(refused).padEnd(8),
    (calls / requests).toFixed(3).padEnd(14), (rows / requests).toFixed(4).padEnd(13), price.toFixed(3)];
  console.log(columns.join(" "));
}
process.exit();
