// A large file, made as it is sent: one MiB of CSV, repeated, so memory stays small.
import { compressRepeats } from "./gzip.js";
import { wholeNumber } from "./parameters.js";
import { refuse } from "./respond.js";

const MIB = 1024 * 1024;
const LINE_BYTES = 64;

let block; // made on first use, the same each time

export function download({ url, params }) {
  if (!/^[\w-]{1,64}$/.test(params.name)) refuse(404, "download_not_found", "A file's name is 1 to 64 letters, digits, - or _");
  const count = wholeNumber(url, "mb", { min: 1, max: 512, fallback: 8 });
  const encoding = url.searchParams.get("encoding") ?? "gzip";
  block ??= csvBlock();
  if (encoding === "gzip") return sendGzip(compressRepeats(block, count));
  if (encoding === "identity") return sendPlain({ length: count * MIB, pieces: Array(count).fill(block) });
  return refuse(400, "invalid_parameter", "encoding must be gzip or identity");
}

function sendGzip(file) {
  return new Response(fixedLength(file), {
    headers: { "Content-Type": "text/csv", "Content-Encoding": "gzip", "Content-Length": file.length },
    // The bytes are gzip already; without this the runtime would compress them again.
    encodeBody: "manual",
  });
}

function sendPlain(file) {
  return new Response(fixedLength(file), {
    headers: { "Content-Type": "application/octet-stream", "Content-Length": file.length, "Cache-Control": "no-transform" },
  });
}

// Without a FixedLengthStream the runtime sends a stream in chunks, whatever Content-Length says.
function fixedLength({ length, pieces }) {
  const { readable, writable } = new FixedLengthStream(length);
  ReadableStream.from(pieces).pipeTo(writable).catch(() => {}); // the reader left
  return readable;
}

function csvBlock() {
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  const lines = Array.from({ length: MIB / LINE_BYTES }, (_, n) => csvLine(n, random));
  return new TextEncoder().encode(lines.join(""));
}

// The random ticket code keeps the file from shrinking to nothing.
function csvLine(n, random) {
  const facts = `${n},event-${1 + (n % 36)},${"ABCDEF"[n % 6]}-${1 + (n % 10)},booked,45.00,`;
  const code = Array.from({ length: 6 }, () => random().toString(16).padStart(8, "0")).join("");
  return `${(facts + code).slice(0, LINE_BYTES - 1)}\n`;
}
