/**
 * The bits of one access unit, first bit first. Reading beyond the end is harmless: it yields some bits, the position
 * stays known, and `overrun` tells; a caller asks once per element instead of at every read.
 */

/** What a block of bits must have behind it: `peek` loads 8 bytes at a time. */
export const BIT_PADDING: usize = 16;

let base: usize = 0;
let position: i32 = 0;
let end: i32 = 0;

/** Begins at byte `skip` of the `bytes` bytes at `at`, which must have BIT_PADDING bytes behind them. */
export function openBits(at: usize, bytes: i32, skip: i32): void {
  memory.fill(at + bytes, 0, BIT_PADDING);
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
