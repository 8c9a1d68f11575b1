// Load for a gate that is killed under it, and the books: what was asked, what the origin saw and when, what nobody
// answered.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "./client.mjs";
import { eventually, watched } from "./exchanges.mjs";
import { startOrigin } from "./origin.mjs";

/// Units of each rate that is drained once, and what a crash may cost each at most, as README and POLICY say: of the bucket
/// six seconds of refill or a tenth of the burst, of a window a twentieth.
export const UNITS = 200;
const REFILL = { units: 600, window: 60_000 };
export const BOUNDS = { bucket: UNITS / 10, log: UNITS / 20, sliding: UNITS / 20, fixed: UNITS / 20 };
export const NAMES = Object.keys(BOUNDS);

/// A rate that is asked for more than it gives, through all crashes.
export const STEADY = { units: 120, window: 4_000 };

/// A lane for all crashes. Some exchanges outlast their lease.
export const LANE = { slots: 10, lease: 3_000 };
export const QUARTER = Math.ceil(LANE.slots / 4);

// No window ends while a run lasts: the fixed ones are of the most days that one may have.
const LIMITS = {
  bucket: { algorithm: "token-bucket", units: REFILL.units, window: `${REFILL.window}ms`, burst: UNITS },
  log: { algorithm: "sliding-log", units: UNITS, window: "7d" },
  sliding: { algorithm: "sliding-window", units: UNITS, window: "7d" },
  fixed: { algorithm: "fixed-window", units: UNITS, window: "366d" },
  steady: { algorithm: "sliding-log", units: STEADY.units, window: `${STEADY.window}ms` },
  lane: { algorithm: "concurrency", slots: LANE.slots, lease: `${LANE.lease}ms`, patience: "250ms" },
};

export const POLICY = {
  version: 1,
  decision_timeout: "20s",
  tiers: Object.fromEntries(Object.entries(LIMITS).map(([name, limit]) => [name, { limits: [{ name, ...limit }] }])),
  routes: [{ path: "/lane/**", lane: "lane" }],
};

/// The account whose rate of that name is drained in that cycle.
export const accountOf = (name, cycle) => `${name}-${cycle}`;

/// Keys, named as their accounts, for so many cycles.
export function keysFor(cycles) {
  const drained = Array.from({ length: cycles }, (_, cycle) => NAMES.map((tier) => ({ account: accountOf(tier, cycle), tier }))).flat();
  return [...drained, { account: "steady", tier: "steady" }, { account: "lane", tier: "lane" }].map((key) => ({ key: key.account, ...key }));
}

const between = (least, most) => least + Math.random() * (most - least);

export class Load {
  /// All requests to rates: account, when sent, when the origin saw them, and what came back.
  requests = [];
  /// What came to nothing without a crash.
  failures = [];
  /// Odd while the gate is down.
  epoch = 0;
  #outstanding = 0;
  // Counts what happens to exchanges in the lane: when the latest began that was answered, and when some ended.
  #ticks = 0;
  #heard = 0;
  #ended = [];
  // The runtime closes connections that are idle for five seconds; one that is about to be is not to be used.
  #agent = new http.Agent({ keepAlive: true, timeout: 2_000 });
  #held = 0;

  /// `target` tells where the gate is.
  constructor(target) {
    this.target = target;
    this.watch = watched((request, response) => this.#answer(request, response), ({ url }) => (url.startsWith("/lane/") ? "lane" : "rates"));
  }

  async begin() {
    this.origin = await startOrigin(this.watch.handler);
    return this.origin.url;
  }

  async end() {
    this.#agent.destroy();
    await this.origin.stop();
  }

  #answer(request, response) {
    this.origin.seen.length = 0;
    const [, kind, id] = request.url.split("/");
    if (kind === "rates") this.requests[id].seen = Date.now();
    if (id === "held") {
      this.#held += 1;
      return this.watch.hold(response);
    }
    const [pause, end] = id === "long" ? [between(1_500, 4_500), "end"] : [between(0, 40), "ok"];
    if (id === "long") response.write("begin");
    const timer = setTimeout(() => response.end(end), kind === "rates" ? 0 : pause);
    response.once("close", () => clearTimeout(timer));
  }

  /// What came back: a status, or the code of an error.
  async #sent(account, path) {
    const begun = this.epoch;
    const answer = await send(this.target(), { path, headers: { "x-api-key": account }, agent: this.#agent }).catch(({ code }) => ({ status: code, text: "" }));
    const isCrash = begun % 2 === 1 || this.epoch !== begun;
    // Not in the lane: a machine that stands still for a while may cost a lease.
    if (account !== "lane" && ![200, 429].includes(answer.status) && !isCrash) this.failures.push(`${answer.status} ${answer.text.slice(0, 60)}`);
    return answer.status;
  }

  /// One request to a rate.
  async ask(account) {
    const request = { account, sent: Date.now() };
    const id = this.requests.push(request) - 1;
    request.status = await this.#sent(account, `/rates/${id}`);
    return request;
  }

  /// Asks until it is refused or the gate is down.
  async spend(account) {
    const begun = this.epoch;
    while ((await this.ask(account)).status !== 429 && this.epoch === begun);
  }

  /// Asks for more than there is until it is told to stop.
  async press(account, until) {
    while (!until.aborted) {
      await this.ask(account);
      await sleep(between(5, 15));
    }
  }

  /// Exchanges in the lane, one after the other.
  async exchange(until) {
    while (!until.aborted) {
      await this.#inLane(Math.random() < 0.03 ? "/lane/long" : "/lane/short");
      await sleep(between(0, 10));
    }
  }

  async #inLane(path) {
    this.#outstanding += 1;
    const begun = ++this.#ticks;
    const status = await this.#sent("lane", path);
    this.#outstanding -= 1;
    this.#heard = Math.max(this.#heard, begun);
    this.#ended = [...this.#ended, ++this.#ticks].filter((at) => at > this.#heard);
    return status;
  }

  /// Exchanges that may have a slot: those that are open, and those that have ended since the latest began that was
  /// answered. The object has heard of the others' ends, for it has decided about a later one.
  mayHold() {
    return this.#outstanding + this.#ended.length;
  }

  /// How many slots of the lane can be had at once. `unclear` says that some answer told nothing of that.
  async slots() {
    this.#held = 0;
    const statuses = [];
    const answers = Array.from({ length: LANE.slots }, async () => statuses.push(await this.#inLane("/lane/held")));
    await eventually(() => this.#held + statuses.length >= LANE.slots, () => `${this.#held} held, answered ${statuses}`);
    this.watch.free();
    await Promise.all(answers);
    const had = LANE.slots - statuses.filter((status) => status === 429).length;
    return { had, unclear: statuses.some((status) => status !== 200 && status !== 429) };
  }

  /// Of a rate that was drained: how many units passed, how many may have at most, and how many at least a crash has cost,
  /// besides requests that nobody answered and the origin has not seen: they may be charged.
  drained(name, cycle) {
    const asked = this.requests.filter(({ account }) => account === accountOf(name, cycle));
    const seen = asked.flatMap((request) => request.seen ?? []).sort((a, b) => a - b);
    const unheard = asked.filter((request) => request.status !== 429 && !request.seen).length;
    const rate = name === "bucket" ? REFILL.units / REFILL.window : 0;
    const refused = asked.findLast(({ status }) => status === 429).sent;
    // As if each unit had passed when the origin saw it: later than it did, so that less has come back since.
    let [used, at] = [0, seen[0]];
    for (const instant of seen) [used, at] = [Math.max(0, used - rate * (instant - at)) + 1, instant];
    used -= rate * Math.max(0, refused - at);
    const most = UNITS + Math.floor(rate * (seen.at(-1) - asked[0].sent));
    return { seen: seen.length, most, lost: Math.max(0, Math.floor(UNITS - used - unheard)) };
  }

  /// The most units of the steady rate that have certainly passed within one window: sent and seen inside of it.
  steadyMost() {
    const passed = this.requests.filter(({ account, seen }) => account === "steady" && seen);
    return Math.max(0, ...passed.map(({ sent }, first) => {
      const end = sent + STEADY.window;
      let count = 0;
      for (let at = first; at < passed.length && passed[at].sent < end; at++) if (passed[at].seen < end) count += 1;
      return count;
    }));
  }
}
