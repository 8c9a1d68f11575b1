// The server's side of a WebSocket, by hand (RFC 6455): short frames only.
import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [TEXT, BINARY, CLOSE] = [1, 2, 8];

/// Makes an origin accept WebSockets and send back every message, and the closing code.
export function echoWebSockets(origin) {
  origin.server.on("upgrade", (request, socket) => {
    origin.seen.push({ method: request.method, url: request.url, headers: request.headers });
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + GUID).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    let received = Buffer.alloc(0);
    socket.on("data", (data) => {
      received = Buffer.concat([received, data]);
      for (let frame = unframed(received); frame; frame = unframed(received)) {
        received = received.subarray(frame.size);
        if ([TEXT, BINARY, CLOSE].includes(frame.opcode)) socket.write(framed(frame.opcode, frame.payload));
        if (frame.opcode === CLOSE) socket.end();
      }
    });
    socket.on("error", () => {});
  });
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
