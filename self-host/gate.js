// The gate off Cloudflare, where nobody but this Worker says which address a request comes from.
import gate from "./worker.js";

export * from "./worker.js";
export default {
  fetch(request, env, context) {
    const headers = new Headers(request.headers);
    // Whatever a client says of itself goes, also where nothing takes its place.
    headers.delete("CF-Connecting-IP");
    const address = env.CLIENT_ADDRESS === "socket" ? ofSocket(request.cf?.clientIp) : ofHeader(request.headers.get(env.CLIENT_ADDRESS));
    if (address) headers.set("CF-Connecting-IP", address);
    return gate.fetch(new Request(request, { headers, signal: request.signal }), env, context);
  },
};

/// Without the port, and as IPv4 where it is: "192.0.2.1:50000", "[2001:db8::1]:50000", "[::ffff:192.0.2.1]:50000".
const ofSocket = (peer) => peer?.replace(/:\d+$/, "").replace(/^\[|\]$/g, "").replace(/^::ffff:(?=\d+\.)/, "");

/// The last of several is the proxy's own word; those before it came from outside.
const ofHeader = (value) => value?.split(",").at(-1).trim();
