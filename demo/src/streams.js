// Connections that stay open: bodies both ways, server-sent events, a WebSocket.
import { wholeNumber } from "./parameters.js";
import { refuse, textStream } from "./respond.js";

export function echo({ request }) {
  const type = request.headers.get("Content-Type") ?? "application/octet-stream";
  return new Response(request.body && passedOn(request), {
    headers: { "Content-Type": type, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" },
  });
}

// Reading starts before the answer does: the local dev server throws away a body not yet touched by then.
function passedOn(request) {
  const length = request.headers.get("Content-Length");
  const { readable, writable } = length ? new FixedLengthStream(Number(length)) : new IdentityTransformStream();
  request.body.pipeTo(writable).catch(() => {}); // the caller left
  return readable;
}

export function eventStream({ url }) {
  const events = wholeNumber(url, "events", { min: 1, max: 10_000, fallback: 10 });
  const interval = wholeNumber(url, "interval", { min: 0, max: 60_000, fallback: 500 });
  return textStream(ticks(events, interval), "text/event-stream");
}

async function* ticks(events, interval) {
  for (let n = 1; n <= events; n++) {
    await scheduler.wait(interval);
    yield `id: ${n}\nevent: tick\ndata: ${JSON.stringify({ n, of: events, at: new Date().toISOString() })}\n\n`;
  }
}

export function socket({ request }) {
  if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
    refuse(426, "upgrade_required", "This path speaks WebSocket only");
  }
  const [client, server] = Object.values(new WebSocketPair());
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(data));
  return new Response(null, { status: 101, webSocket: client });
}
