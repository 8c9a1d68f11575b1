// An origin's own view of its exchanges: which are open, and how many were so at most.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { acme } from "./setup.mjs";
import { open, send } from "./client.mjs";

const PROBE = "/probe";

/// Asks whether a request would pass now, on a connection of its own, since others may be about to break; the status.
export const probed = async (gate) => (await send(gate.url, acme({ path: PROBE, agent: false }))).status;

/// Watches exchanges: each is open from when the origin has its request until its answer or its connection is closed.
/// `handler` answers; without one every answer but that to a probe is held back until `free()`. `laneOf` sorts requests.
export function watched(handler, laneOf = () => "all") {
  const lanes = {};
  const waiting = new Set();
  const watch = {
    lane: (name = "all") => (lanes[name] ??= { open: 0, most: 0, total: 0 }),
    begin(request, stream) {
      const lane = watch.lane(laneOf(request));
      lane.open += 1;
      lane.total += 1;
      lane.most = Math.max(lane.most, lane.open);
      stream.once("close", () => {
        lane.open -= 1;
        waiting.delete(stream);
      });
    },
    handler(request, response) {
      watch.begin(request, response);
      if (handler) return handler(request, response);
      // A body that nobody reads hides that its client is gone.
      request.on("error", () => {}).resume();
      if (request.url === PROBE) response.end("ok");
      else watch.hold(response);
    },
    /// Holds an answer back until `free()`.
    hold: (response) => waiting.add(response),
    /// Has all that are held back answered so; them.
    free(answer = (response) => response.end("ok")) {
      const held = [...waiting];
      waiting.clear();
      held.forEach(answer);
      return held;
    },
    /// Waits until so many exchanges are open.
    opened: (count, lane) => eventually(() => watch.lane(lane).open === count, () => `open are ${watch.lane(lane).open}, not ${count}`),
  };
  return watch;
}

/// Waits until something is so.
export async function eventually(isSo, problem, within = 10_000) {
  for (const end = Date.now() + within; !isSo(); await sleep(2)) {
    if (Date.now() > end) throw new Error(`in ${within} ms not so: ${problem()}`);
  }
}

/// Sends `count` requests at once and waits until the origin holds them all; their answers are still to come.
export async function holding(gate, watch, count, request = acme, lane = undefined) {
  const before = watch.lane(lane).open;
  const answers = Array.from({ length: count }, (_, n) => send(gate.url, request(n)));
  const refused = Promise.race(answers).then(({ status, text }) => {
    throw new Error(`one was not held but got ${status} ${text}`);
  });
  await Promise.race([watch.opened(before + count, lane), refused]);
  refused.catch(() => {});
  return answers;
}

/// Begins a request and waits until the origin has it: the request, to be killed, and the answer that is to come. A
/// body that is given is not the whole of it.
export async function begun(gate, watch, request = acme()) {
  const before = watch.lane().total;
  const sent = open(gate.url, request);
  sent.on("error", () => {});
  const answer = once(sent, "response").then(([response]) => response.on("error", () => {}));
  answer.catch(() => {});
  if (request.body) sent.write(request.body);
  else sent.end();
  await eventually(() => watch.lane().total > before, () => "the origin does not have the request");
  return { sent, answer };
}

/// Waits until requests pass again, which is to be soon after the last exchange in a lane of one has ended.
export async function freed(gate, within = 1_000) {
  for (const end = Date.now() + within; ; await sleep(20)) {
    const status = await probed(gate);
    if (status === 200) return;
    if (status !== 429) throw new Error(`neither held nor free: ${status}`);
    if (Date.now() > end) throw new Error(`after ${within} ms the slot is not free`);
  }
}
