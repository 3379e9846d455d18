/** Pixels along an output tile's side, the places of a tile of the input, and how they lie in scratch. */
export const SIDE = 4;
export const POSITIONS = 36;

/** Bytes of one place of one transformed tile: its channels, and what keeps the places off each other's cache sets. */
// @ts-ignore: decorator
@inline
export function rowBytes(channels: i32): usize {
  return <usize>channels * 2 + 64;
}

/** Bytes of one place of eight columns of transformed weights: [channels / 2][8][2], and likewise. */
// @ts-ignore: decorator
@inline
export function panelBytes(channels: i32): usize {
  return <usize>channels * 16 + 64;
}
