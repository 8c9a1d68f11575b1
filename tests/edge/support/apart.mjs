// The gate as it runs in a data centre: isolates at the edge in one process, objects in another, so that each can die
// while the other lives.
import { freePort } from "./port.mjs";
import { startGate } from "./workerd.mjs";

const HOLDING = `export { AccountObject, ShardObject } from "./worker.js";
export default {
  async fetch(request, env) {
    const [, namespace, name] = new URL(request.url).pathname.split("/");
    const message = new Uint8Array(await request.arrayBuffer());
    return new Response(await env[namespace].getByName(decodeURIComponent(name)).answer(message));
  },
};`;

const ASKING = `import gate, { AccountObject, ShardObject } from "./worker.js";
class Objects {
  constructor(holder, name) {
    this.url = (object) => \`http://objects/\${name}/\${encodeURIComponent(object)}\`;
    this.holder = holder;
  }
  getByName(object) {
    return { answer: (message) => this.ask(this.url(object), message) };
  }
  async ask(url, message) {
    const answer = await this.holder.fetch(url, { method: "POST", body: message });
    return new Uint8Array(await answer.arrayBuffer());
  }
}
export { AccountObject, ShardObject };
export default {
  fetch(request, { ORIGIN: holder, ...env }, context) {
    const [ACCOUNTS, SHARDS] = ["ACCOUNTS", "SHARDS"].map((name) => new Objects(holder, name));
    return gate.fetch(request, { ...env, ACCOUNTS, SHARDS }, context);
  },
};`;

/// Starts both: `edge`, which clients speak to, and `objects`.
export async function startApart({ policy, keys, origin }) {
  const port = await freePort();
  const objects = await startGate({ policy, keys, origin, wrapper: HOLDING, port });
  const edge = await startGate({ policy, keys, origin, wrapper: ASKING, service: `http://127.0.0.1:${port}` });
  return { edge, objects, stop: () => Promise.all([edge.stop(), objects.stop()]) };
}
