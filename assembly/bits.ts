/**
 * The bits of one frame, first bit first. Reading beyond the end is harmless: it yields some bits, the position
 * stays known, and `overrun` tells; a caller asks once per element instead of at every read.
 */

/** What a block of bits must have behind it: `peek` loads 8 bytes at a time. */
export const BIT_PADDING: usize = 16;

let base: usize = 0;
let position: i32 = 0;
let end: i32 = 0;

/** Begins at byte `skip` of the `bytes` bytes at `at`, which must have BIT_PADDING bytes of memory behind them. */
export function openBits(at: usize, bytes: i32, skip: i32): void {
  base = at;
  position = skip * 8;
  end = bytes * 8;
}

/** Whether more bits were taken than there are. */
export function overrun(): bool {
  return position > end;
}

export function bitsLeft(): i32 {
  return end - position;
}

/** The next 32 bits without taking them. */
// @ts-ignore: decorator
@inline
export function peek(): u32 {
  const at = min(position, end);
  return <u32>((bswap(load<u64>(base + (at >> 3))) << (at & 7)) >> 32);
}

// @ts-ignore: decorator
@inline
export function skip(bits: i32): void {
  position += bits;
}

/** Takes 1 to 32 bits. */
// @ts-ignore: decorator
@inline
export function read(bits: i32): i32 {
  const value = peek() >>> (32 - bits);
  position += bits;
  return value;
}

// @ts-ignore: decorator
@inline
export function flag(): bool {
  return read(1) != 0;
}

/** On to the next whole byte. */
export function alignBits(): void {
  position = (position + 7) & ~7;
}

/** Takes 1 to 32 bits as a number in two's complement. */
// @ts-ignore: decorator
@inline
export function readSigned(bits: i32): i32 {
  const value = <i32>peek() >> (32 - bits);
  position += bits;
  return value;
}

/** Takes zeros up to the next one, and the one; gives how many zeros. */
// @ts-ignore: decorator
@inline
export function readUnary(): i32 {
  let zeros = 0;
  let ahead = peek();
  while (ahead == 0 && position < end) {
    zeros += 32;
    position += 32;
    ahead = peek();
  }
  const run = clz(ahead);
  position += run + 1;
  return zeros + run;
}

/** Whole bytes taken so far. */
export function bytesTaken(): i32 {
  return position >> 3;
}
