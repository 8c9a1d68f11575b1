// An origin that notes what reaches it.
import { once } from "node:events";
import http from "node:http";
import { bytesOf } from "./client.mjs";

/// Starts an origin. `handler(request, response)` answers; without one it says 200 and "ok".
export async function startOrigin(handler = (_, response) => response.end("ok")) {
  const origin = { seen: [] };
  const server = http.createServer((request, response) => {
    origin.seen.push({ method: request.method, url: request.url, headers: request.headers, raw: request.rawHeaders });
    handler(request, response);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin.server = server;
  origin.url = `http://127.0.0.1:${server.address().port}`;
  origin.stop = async () => {
    server.closeAllConnections();
    server.close();
  };
  return origin;
}

/// A handler that answers with the body it got, unless that broke off.
export const echo = (request, response) => bytesOf(request).then((bytes) => response.end(bytes), () => response.destroy());

/// A handler that always answers so; headers as a list, one may stand twice.
export const always = (status, headers = [], body = undefined) => (_, response) => {
  response.writeHead(status, headers);
  response.end(body);
};
