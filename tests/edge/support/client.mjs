// Clients: one that sends exactly what it is told, one that writes bytes, and a crowd.
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/// Begins a request, byte for byte as given, and leaves its body open. Headers may be a list, so that one can
/// stand twice.
export function open(url, { method = "GET", path = "/", headers = {}, agent } = {}) {
  const { hostname, port } = new URL(url);
  return http.request({ hostname, port, method, path, headers, agent });
}

/// Sends one request and reads the whole answer.
export async function send(url, { body, headers = {}, ...rest } = {}) {
  const isFramed = body === undefined || Array.isArray(headers) || "transfer-encoding" in headers;
  const length = isFramed ? {} : { "content-length": Buffer.byteLength(body) };
  const request = open(url, { ...rest, headers: Array.isArray(headers) ? headers : { ...length, ...headers } });
  request.end(body);
  const [response] = await once(request, "response");
  const bytes = await bytesOf(response);
  return {
    status: response.statusCode, statusText: response.statusMessage, headers: response.headers, raw: response.rawHeaders, bytes,
    text: bytes.toString(),
  };
}

/// All bytes of a body; fails if it breaks off.
export async function bytesOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/// The answer's body as JSON.
export const json = (answer) => JSON.parse(answer.text);

/// Writes a request as text, one byte per character, and reads one answer.
export async function raw(url, text) {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.write(text, "latin1");
  let answer = "";
  for await (const chunk of socket) {
    answer += chunk.toString("latin1");
    const [head, body] = answer.split(/\r\n\r\n(.*)/s);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
    if (body?.length >= length) return { status: Number(head.split(" ")[1]), head, text: body };
  }
  throw new Error(`the connection was closed after ${JSON.stringify(answer)}`);
}

/// Sends `total` requests by `clients` clients at once, each as soon as its last one is answered.
export async function crowd(url, { clients, total, request }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  const answers = [];
  let next = 0;
  const client = async () => {
    while (next < total) answers.push(await send(url, { ...request(next++), agent }));
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return answers;
}

/// Asks again and again until the answer is as wanted; fails after ten seconds.
export async function until(wanted, ask) {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`in ten seconds no such answer; the last was ${answer.status} ${answer.raw} ${answer.text}`);
    await sleep(50);
  }
}
