import { refuse } from "./respond.js";

const MOST_BYTES = 64 * 1024;

// The Content-Type is not looked at, so that a bare `curl -d` works.
export async function readJson(request) {
  const value = parse(await readText(request));
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value : refuse(400, "invalid_body", "The body must be a JSON object");
}

// Counts as it reads, since a Content-Length may be absent, and reads to the end even
// when that is too far: a caller still sending would see a broken connection, no answer.
async function readText(request) {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size <= MOST_BYTES) text += decoder.decode(chunk, { stream: true });
  }
  if (size > MOST_BYTES) refuse(413, "body_too_large", `The body may have at most ${MOST_BYTES} bytes`);
  return text + decoder.decode();
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return refuse(400, "invalid_json", "The body is not valid JSON");
  }
}
