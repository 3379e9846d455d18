import { Cursor } from "./cursor.ts";

/** The best a block can do is a copy of 64 bytes in 3: none unpacks to more than this many times its size. */
const LARGEST_RATIO = 32;

/**
 * Unpacks a raw snappy block: google/snappy format_description.txt. `file` and `byteOffset` say where it was, for errors.
 * Throws `weights_invalid` where it reaches outside itself or is not as long as it says.
 */
export function unpackSnappy(packed: Uint8Array, file: string, byteOffset: number): Uint8Array {
  const cursor = new Cursor(packed, file, byteOffset);
  const length = cursor.varint();
  if (length > packed.length * LARGEST_RATIO) {
    throw cursor.invalid(`a block of ${packed.length} bytes says that it unpacks to ${length}.`);
  }
  const out = new Uint8Array(length);
  let at = 0;
  while (cursor.left > 0) {
    const tag = byte(cursor);
    if ((tag & 3) === 0) {
      const literal = cursor.take(literalLength(tag >> 2, cursor));
      if (literal.length > length - at) throw cursor.invalid("a literal ends behind the end of the block.");
      out.set(literal, at);
      at += literal.length;
      continue;
    }
    const { size, distance } = copy(tag, cursor);
    if (distance === 0 || distance > at || size > length - at) {
      throw cursor.invalid(`a copy of ${size} bytes from ${distance} back is outside the block.`);
    }
    // Byte by byte: a copy may overlap what it writes, and then repeats it.
    for (const end = at + size; at < end; at++) out[at] = out[at - distance] as number;
  }
  if (at !== length) throw cursor.invalid(`the block ends after ${at} of its ${length} bytes.`);
  return out;
}

const byte = (cursor: Cursor): number => cursor.take(1)[0] as number;

/** Up to 60 in the tag itself, else in the 1 to 4 bytes after it. */
function literalLength(code: number, cursor: Cursor): number {
  if (code < 60) return code + 1;
  let length = 0;
  for (let i = 0; i < code - 59; i++) length += byte(cursor) * 256 ** i;
  return length + 1;
}

function copy(tag: number, cursor: Cursor): { size: number; distance: number } {
  if ((tag & 3) === 1) return { size: ((tag >> 2) & 7) + 4, distance: ((tag >> 5) << 8) | byte(cursor) };
  const size = (tag >> 2) + 1;
  const low = byte(cursor) | (byte(cursor) << 8);
  if ((tag & 3) === 2) return { size, distance: low };
  return { size, distance: low + (byte(cursor) | (byte(cursor) << 8)) * 65536 };
}
