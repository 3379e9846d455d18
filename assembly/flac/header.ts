/** Frame headers: RFC 9639, section 9.1. */

import { bytesTaken, overrun, read } from "../bits";
import { crc8 } from "./checksums";

/** Samples of each channel in the frame. */
export let blockSize: i32 = 0;
/** The frame's number, or with `variableBlocks` its first sample's. */
export let number: i64 = 0;
export let variableBlocks: bool = false;
/** 0 to 7: so many channels and one more; 8 left and side, 9 side and right, 10 mid and side. */
export let assignment: i32 = 0;
/** Bits of a sample, or 0 for as many as the stream's. */
export let bits: i32 = 0;

export const LEFT_SIDE: i32 = 8;
export const SIDE_RIGHT: i32 = 9;
export const MID_SIDE: i32 = 10;

/** Bits by their code: 3 is reserved. */
const BITS: StaticArray<u8> = [0, 8, 12, 0, 16, 20, 24, 32];

/** Reads the header at `at`, where the bits are open. @returns whether it is one, as far as its bytes are there */
export function readHeader(at: usize): bool {
  const sync = read(16);
  if ((sync & 0xfffe) != 0xfff8) return false;
  variableBlocks = (sync & 1) != 0;
  const sizeCode = read(4);
  const rateCode = read(4);
  assignment = read(4);
  const bitsCode = read(3);
  if (sizeCode == 0 || rateCode == 15 || assignment > MID_SIDE || bitsCode == 3 || read(1) != 0) return false;
  bits = BITS[bitsCode];
  if (!readNumber()) return false;
  if (sizeCode == 1) blockSize = 192;
  else if (sizeCode < 6) blockSize = 576 << (sizeCode - 2);
  else if (sizeCode == 6) blockSize = read(8) + 1;
  else if (sizeCode == 7) blockSize = read(16) + 1;
  else blockSize = 256 << (sizeCode - 8);
  if (rateCode == 12) read(8);
  else if (rateCode > 12) read(16);
  const length = bytesTaken();
  return <u32>read(8) == crc8(at, length) || overrun();
}

/** A number in the way of UTF-8, with up to 36 bits in seven bytes. */
function readNumber(): bool {
  const first = read(8);
  let more = clz(~(first << 24));
  if (more == 1 || more > 7) return false;
  number = more == 0 ? first : first & ((1 << (7 - more)) - 1);
  for (; more > 1; more--) {
    const next = read(8);
    if ((next & 0xc0) != 0x80) return false;
    number = (number << 6) | (next & 0x3f);
  }
  return true;
}
