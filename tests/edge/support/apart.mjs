// The gate as it runs in a data centre: isolates at the edge in one process, objects in another, so that each can die
// while the other lives.
import { freePort } from "./port.mjs";
import { startGate } from "./workerd.mjs";

const HOLDING = `import { AccountObject, ShardObject } from "./index.js";
export { AccountObject, ShardObject };
export default {
  fetch(request, env) {
    const [, namespace, name] = new URL(request.url).pathname.split("/");
    return env[namespace].getByName(decodeURIComponent(name)).fetch("https://object/", request);
  },
};`;

// The gate looks at the name of a binding's class.
const ASKING = `import gate, { AccountObject, ShardObject } from "./index.js";
class DurableObjectNamespace {
  constructor(holder, name) {
    this.fetcher = (object) => ({ fetch: (request) => holder.fetch(\`http://objects/\${name}/\${encodeURIComponent(object)}\`, request) });
  }
  getByName(object) {
    return this.fetcher(object);
  }
}
export { AccountObject, ShardObject };
export default class extends gate {
  constructor(context, { ORIGIN: holder, ...env }) {
    const [ACCOUNTS, SHARDS] = ["ACCOUNTS", "SHARDS"].map((name) => new DurableObjectNamespace(holder, name));
    super(context, { ...env, ACCOUNTS, SHARDS });
  }
};`;

/// Starts both: `edge`, which clients speak to, and `objects`.
export async function startApart({ policy, keys, origin }) {
  const port = await freePort();
  const objects = await startGate({ policy, keys, origin, wrapper: HOLDING, port });
  const edge = await startGate({ policy, keys, origin, wrapper: ASKING, service: `http://127.0.0.1:${port}` });
  return { edge, objects, stop: () => Promise.all([edge.stop(), objects.stop()]) };
}
