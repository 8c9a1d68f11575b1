// The shapes of an answer: JSON, a stream of text, or a refusal.

export function json(value, init = {}) {
  return Response.json(value, { ...init, headers: { "Cache-Control": "no-store", ...init.headers } });
}

// Pulled piece by piece, so a slow or vanished reader slows or stops the source.
export function textStream(pieces, contentType) {
  return new Response(ReadableStream.from(encoded(pieces)), {
    headers: { "Content-Type": contentType, "Cache-Control": "no-store" },
  });
}

async function* encoded(pieces) {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}

export class Refusal extends Error {
  constructor(status, code, message, { headers, ...details } = {}) {
    super(message);
    Object.assign(this, { status, code, headers, details });
  }

  response() {
    const { status, code, message, headers, details } = this;
    return json({ error: { code, message, ...details } }, { status, headers });
  }
}

// Never returns; other fields than headers join the error's JSON.
export function refuse(status, code, message, extra) {
  throw new Refusal(status, code, message, extra);
}
