// Objects that do not answer, as it is told while the gate runs.
import { json, send } from "./client.mjs";

/// A Worker to run in the gate's place. It is the gate, but calls to its objects go as `/__calls/…` was told last:
/// "well", or "hang", "throw", "reset" (all before the object has heard), "unwritten" (its rows cannot be),
/// "forget" (it has heard and written, and is reset), "slow" (one after the other, fifty a second), or, thrown by the
/// call itself, "overloaded" or "retryable"; with a number, so many calls do, and the next go well. A stub whose call
/// threw is broken.
export const UNAVAILABLE = `import { DurableObject } from "cloudflare:workers";
import { AccountObject as Account, ShardObject as Shard } from "./index.js";
import gate from "./worker.js";
let fault = "well", left = Infinity, calls = [];
function next() {
  if (left === 0) return "well";
  left -= 1;
  return fault;
}
const changed = (target, changes) => new Proxy(target, {
  get(target, name) {
    if (name in changes) return changes[name];
    const value = Reflect.get(target, name, target);
    return typeof value === "function" ? value.bind(target) : value;
  },
});
const failing = (Kind) => class extends DurableObject {
  constructor(state, env) {
    super(state, env);
    const exec = (query, ...values) => {
      if (this.how === "unwritten" && query.startsWith("INSERT")) throw new Error("not written");
      return state.storage.sql.exec(query, ...values);
    };
    const storage = changed(state.storage, { sql: changed(state.storage.sql, { exec }) });
    this.state = state;
    this.object = new Kind(changed(state, { storage }), env);
  }
  async answer(message, how) {
    this.how = how;
    if (how === "hang") await new Promise((over) => setTimeout(over, 60_000));
    if (how === "throw") throw new Error("out of order");
    if (how === "slow") await (this.turn = Promise.resolve(this.turn).then(() => new Promise((over) => setTimeout(over, 20))));
    if (how === "reset") this.state.abort("reset");
    const answer = await this.object.answer(message);
    if (how !== "forget") return answer;
    await this.state.storage.sync();
    this.state.abort("reset");
  }
};
export const AccountObject = failing(Account), ShardObject = failing(Shard);
// The second byte of a message says what it is.
const kinds = ["ask", "renew", "release", "settle", "operate", "give-back"];
class Objects {
  constructor(namespace) {
    this.namespace = namespace;
  }
  getByName(name) {
    const stub = this.namespace.getByName(name);
    let isBroken = false;
    return {
      answer: async (message) => {
        if (isBroken) throw new Error("the stub is broken");
        const how = next();
        const call = { how, at: Date.now(), kind: kinds[message[1]], message: message.toHex() };
        calls.push(call);
        try {
          if (how === "overloaded" || how === "retryable") throw Object.assign(new Error(how), { overloaded: how === "overloaded", retryable: true });
          return await stub.answer(message, how);
        } catch (error) {
          isBroken = true;
          call.threw = { overloaded: error.overloaded, retryable: error.retryable, reset: error.durableObjectReset };
          throw error;
        }
      },
    };
  }
}
export default {
  fetch(request, env, context) {
    const [, how, count] = /\\/__calls\\/?(\\w*)\\/?(\\d*)$/.exec(request.url) ?? [];
    if (how === undefined) return gate.fetch(request, { ...env, ACCOUNTS: new Objects(env.ACCOUNTS), SHARDS: new Objects(env.SHARDS) }, context);
    const told = calls;
    if (how) [fault, left] = [how, Number(count || Infinity)];
    calls = [];
    return Response.json(told);
  },
};`;

/// How calls to objects go from now on.
export const callsGo = (gate, how, count = "") => send(gate.url, { path: `/__calls/${how}/${count}`.replace(/\/$/, "") });

/// The calls since it was last told or asked: how they went, and what was said.
export const calls = async (gate) => json(await send(gate.url, { path: "/__calls" }));

/// Those of them that ask whether a request may pass.
export const asks = async (gate) => (await calls(gate)).filter(({ kind }) => kind === "ask");
