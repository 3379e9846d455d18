import type { PositionedFile } from "./positioned-file.ts";

/** Castagnoli's polynomial with its bits reversed: RFC 3720, appendix B.4. */
const POLYNOMIAL = 0x82f63b78;
/** google/leveldb util/crc32c.h: a checksum stored beside what it is of must not be taken for data. */
const MASK_DELTA = 0xa282ead8;
const PIECE = 1 << 20;

/** Eight tables of 256: table k is what a byte does to the checksum k bytes later ("slicing by 8"). */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[i] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256] as number;
    tables[i] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
}

/** CRC-32C of `bytes`, carried on from the checksum `crc` of what came before; 0 .. 2^32 - 1. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  // Words have to be aligned, so a few bytes go before them; a short piece may end before the first word.
  const lead = Math.min(bytes.length, -bytes.byteOffset & 3);
  const words = (bytes.length - lead) & ~7;
  let state = byByte(~crc, bytes.subarray(0, lead));
  if (words > 0) state = byWords(state, new Int32Array(bytes.buffer, bytes.byteOffset + lead, words / 4));
  return ~byByte(state, bytes.subarray(lead + words)) >>> 0;
}

function byByte(start: number, bytes: Uint8Array): number {
  let state = start;
  for (let i = 0; i < bytes.length; i++) {
    state = (state >>> 8) ^ (TABLES[(state ^ (bytes[i] as number)) & 255] as number);
  }
  return state;
}

/** Eight bytes a step; an even number of little-endian words. */
function byWords(start: number, words: Int32Array): number {
  const t = TABLES;
  let state = start;
  for (let w = 0; w < words.length; w += 2) {
    const a = (words[w] as number) ^ state;
    const b = words[w + 1] as number;
    state =
      (t[1792 + (a & 255)] as number) ^
      (t[1536 + ((a >>> 8) & 255)] as number) ^
      (t[1280 + ((a >>> 16) & 255)] as number) ^
      (t[1024 + (a >>> 24)] as number) ^
      (t[768 + (b & 255)] as number) ^
      (t[512 + ((b >>> 8) & 255)] as number) ^
      (t[256 + ((b >>> 16) & 255)] as number) ^
      (t[b >>> 24] as number);
  }
  return state;
}

/** The form in which tables and bundles store a checksum: rotated right by 15 bits, plus a constant. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** CRC-32C of part of a file, a piece at a time. */
export async function crc32cOf(file: PositionedFile, position: number, length: number): Promise<number> {
  let crc = 0;
  for (let done = 0; done < length; done += PIECE) {
    crc = crc32c(await file.read(position + done, Math.min(PIECE, length - done)), crc);
  }
  return crc;
}

/** Fills `target` from `position` on and gives its CRC-32C, which is taken while a piece is still in the cache. */
export async function readWithCrc32c(file: PositionedFile, target: Uint8Array, position: number): Promise<number> {
  let crc = 0;
  for (let done = 0; done < target.length; done += PIECE) {
    const piece = target.subarray(done, done + PIECE);
    await file.readInto(piece, position + done);
    crc = crc32c(piece, crc);
  }
  return crc;
}
