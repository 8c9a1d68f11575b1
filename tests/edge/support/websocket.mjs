// WebSockets by hand (RFC 6455): the server's side, with short frames only, and a client that can be killed.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { open } from "./client.mjs";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [TEXT, BINARY, CLOSE] = [1, 2, 8];

/// Makes an origin accept WebSockets and send back every message, and the closing code unless it is not to answer one.
/// What it has open is in `origin.sockets`.
export function echoWebSockets(origin, { answersClose = true } = {}) {
  origin.sockets = new Set();
  origin.server.on("upgrade", (request, socket) => {
    origin.seen.push({ method: request.method, url: request.url, headers: request.headers });
    origin.sockets.add(socket);
    socket.once("close", () => origin.sockets.delete(socket));
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + GUID).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    let received = Buffer.alloc(0);
    socket.on("data", (data) => {
      received = Buffer.concat([received, data]);
      for (let frame = unframed(received); frame; frame = unframed(received)) {
        received = received.subarray(frame.size);
        const isClose = frame.opcode === CLOSE;
        const isEchoed = [TEXT, BINARY].includes(frame.opcode) || (isClose && answersClose && !socket.isClosing);
        if (isEchoed) socket.write(framed(frame.opcode, frame.payload));
        if (isClose && answersClose) socket.end();
      }
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
  });
}

/// Has an origin begin to close its WebSockets.
export function closeWebSockets(origin) {
  for (const socket of origin.sockets) {
    socket.isClosing = true;
    socket.write(framed(CLOSE, Buffer.from([0x03, 0xe8])));
  }
}

/// Opens a WebSocket as a bare connection; fails with the status of the answer if it is refused.
export async function upgraded(url, { headers, ...request }) {
  const handshake = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
  const sent = open(url, { ...request, headers: { ...headers, ...handshake } });
  sent.end();
  const refused = once(sent, "response").then(([response]) => {
    response.resume();
    throw Object.assign(new Error("no WebSocket"), { code: response.statusCode });
  });
  const [, socket] = await Promise.race([once(sent, "upgrade"), refused]);
  return socket.on("error", () => {});
}

/// The first frame of what a client has sent, if it is there whole. Clients mask theirs.
function unframed(bytes) {
  if (bytes.length < 2) return undefined;
  const length = bytes[1] & 0x7f;
  const size = 2 + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(2, 6);
  const payload = Buffer.from(bytes.subarray(6, size).map((byte, at) => byte ^ mask[at % 4]));
  return { opcode: bytes[0] & 0x0f, payload, size };
}

const framed = (opcode, payload) => Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
