// A gzip file of one block repeated, its length known before a byte is sent.
// It is one gzip member, since curl and browsers stop after the first of several.
import { constants, crc32, deflateRawSync } from "node:zlib";

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const LAST_DEFLATE_BLOCK = Uint8Array.of(3, 0);

let cached = {};

export function compressRepeats(block, count) {
  const { deflated, crc } = compressOnce(block);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crcOfRepeats(crc, block.length, count), true);
  trailer.setUint32(4, block.length * count, true);
  const pieces = [HEADER, ...Array(count).fill(deflated), LAST_DEFLATE_BLOCK, new Uint8Array(trailer.buffer)];
  return { pieces, length: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

function compressOnce(block) {
  if (cached.block !== block) {
    // A full flush ends on a byte and refers to nothing earlier: such output can be repeated.
    const deflated = deflateRawSync(block, { finishFlush: constants.Z_FULL_FLUSH });
    cached = { block, deflated: new Uint8Array(deflated), crc: crc32(block) };
  }
  return cached;
}

// crc(a + b) is crc(a) moved past b's length, xor crc(b): no need to read the blocks again.
function crcOfRepeats(crc, length, count) {
  const pastBlock = pastZeroBytes(length);
  let total = 0;
  for (let n = 0; n < count; n++) total = apply(pastBlock, total) ^ crc;
  return total >>> 0;
}

// Moving a CRC past zeros is linear, so 32 words describe it: where each bit ends up.
function pastZeroBytes(length) {
  let power = Array.from({ length: 32 }, (_, bit) => (bit === 0 ? 0xedb88320 : 1 << (bit - 1))); // past one zero bit
  let result = Array.from({ length: 32 }, (_, bit) => 1 << bit); // past nothing
  for (let bits = length * 8; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) result = result.map((word) => apply(power, word));
    power = power.map((word) => apply(power, word));
  }
  return result;
}

function apply(matrix, word) {
  return matrix.reduce((sum, column, bit) => ((word >>> bit) & 1 ? sum ^ column : sum), 0);
}
