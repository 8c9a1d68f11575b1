// A Worker to run in the gate's place: the gate, and faults of its runtime on demand, told at /faults/... They befall one
// account's object: the one that is called first after /faults/mark. /faults/abort/2 is the fault twice.
import { DurableObject } from "cloudflare:workers";
import { AccountObject as Account } from "./index.js";
import gate, { ShardObject } from "./worker.js";

// The first bytes of an answer, as src/object/message.rs has them.
const [FORMAT, FAILED, PASSING] = [1, 5, 1];

// `made` counts objects that were made. `skew` is how far the clock is ahead, in ms. `isArmed` says that a panic can be had.
const told = { marking: false, marked: null, fault: null, times: 0, made: 0, skew: 0, isArmed: false };

// What the gate reads the clock by.
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor() {
    super(RealDate.now() + told.skew);
  }

  static now() {
    return RealDate.now() + told.skew;
  }
};

// The marked object's own timer is kept back, to come while the object is at work. No runtime does that, and Rust panics.
const schedule = globalThis.setTimeout;
let isAtWork = false;
let timer;
globalThis.setTimeout = (callback, ...rest) => {
  if (!isAtWork) return schedule(callback, ...rest);
  isAtWork = false;
  told.isArmed = true;
  timer = callback;
  return 0;
};

class AccountObject extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.state = state;
    this.id = state.id.toString();
    told.made += 1;
    if (this.befalls("construction")) throw new Error("the object cannot be made");
    const sql = changed(state.storage.sql, { exec: (query, ...values) => this.exec(query, values) });
    this.account = new Account(changed(state, { storage: changed(state.storage, { sql }) }), env);
  }

  answer(message) {
    if (told.marking) [told.marking, told.marked] = [false, this.id];
    if (this.befalls("abort")) this.state.abort("the object is aborted");
    if (this.befalls("lose")) return this.lose(message);
    return this.account.answer(message);
  }

  alarm() {
    return this.account.alarm();
  }

  /// Acts on a message, and says half a second later that it could not, but may when it is said again.
  lose(message) {
    this.state.waitUntil(this.account.answer(message));
    const failed = new Uint8Array([FORMAT, FAILED, PASSING, 4, ...new TextEncoder().encode("lost")]);
    return new Promise((resolve) => schedule(() => resolve(failed), 500));
  }

  /// Whether that fault is to befall this object now.
  befalls(fault) {
    if (this.id !== told.marked || told.fault !== fault) return false;
    told.times -= 1;
    if (told.times === 0) told.fault = null;
    return true;
  }

  exec(query, values) {
    if (query.startsWith("INSERT")) {
      if (this.befalls("panic")) timer();
      if (this.befalls("write")) throw new Error("the disk is out");
    }
    isAtWork = this.id === told.marked && !told.isArmed;
    queueMicrotask(() => (isAtWork = false));
    return this.state.storage.sql.exec(query, ...values);
  }
}

/// An object of the runtime's with some of its members replaced.
const changed = (target, members) => new Proxy(target, {
  get(_, name) {
    if (name in members) return members[name];
    const value = Reflect.get(target, name, target);
    return typeof value === "function" ? value.bind(target) : value;
  },
});

function tell(what, value) {
  if (what === "mark") told.marking = true;
  else if (what === "skew") told.skew = Number(value);
  else if (what !== "state") [told.fault, told.times] = [what, Number(value ?? 1)];
  return Response.json(told);
}

export { AccountObject, ShardObject };
export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    return pathname.startsWith("/faults/") ? tell(...pathname.split("/").slice(2)) : gate.fetch(request, env, context);
  },
};
