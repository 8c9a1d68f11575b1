// The gate, counted: every call to the object of an account or a collector, how long the object was at it, in ms, and every row that it writes.
// At /counts it says how many.
import { DurableObject } from "cloudflare:workers";
import { AccountObject as Account, CollectorObject as Collector } from "./index.js";
import gate, { ShardObject } from "./worker.js";

const counts = { calls: 0, busy: 0, rows: 0 };
const counted = (target, changed) => new Proxy(target, {
  get(target, name) {
    if (name in changed) return changed[name];
    const value = Reflect.get(target, name, target);
    return typeof value === "function" ? value.bind(target) : value;
  },
});

function exec(sql, query, ...values) {
  if (query.startsWith("INSERT")) counts.rows += 1;
  return sql.exec(query, ...values);
}

const counting = (Counted) => class extends DurableObject {
  constructor(state, env) {
    super(state, env);
    const sql = counted(state.storage.sql, { exec: (...call) => exec(state.storage.sql, ...call) });
    this.object = new Counted(counted(state, { storage: counted(state.storage, { sql }) }), env);
  }

  answer(message) {
    counts.calls += 1;
    const began = performance.now();
    const answer = this.object.answer(message);
    counts.busy += performance.now() - began;
    return answer;
  }

  alarm() {
    return this.object.alarm();
  }
};

export const AccountObject = counting(Account), CollectorObject = counting(Collector);
export { ShardObject };
export default {
  async fetch(request, env, context) {
    if (!request.url.endsWith("/counts")) return gate.fetch(request, env, context);
    const kv = await env.KV?.fetch("http://counts/");
    return Response.json({ ...counts, ...(await kv?.json()) });
  },
};
