/**
 * What the kernels are called with: each takes the address of one block of these fields, words of four bytes in this
 * order. src/nn/calls.ts says the same to what is outside, and a test compares the two.
 *
 * `x`, `y`, `weights` and other places are addresses of bytes; sizes count numbers, pixels or rows. Where `relu` is 1, what
 * is below zero becomes zero. A residual is added before that; it has y's layout and may be y itself, and 0 is none.
 */

/** Rows of channels. */
@unmanaged
export class RowsCall {
  x: usize;
  y: usize;
  rows: i32;
  channels: i32;
}

@unmanaged
export class AddCall extends RowsCall {
  other: usize;
  relu: i32;
}

@unmanaged
export class AffineCall extends RowsCall {
  scale: usize;
  shift: usize;
  relu: i32;
}

@unmanaged
export class MeanCall extends RowsCall {
  /** Windows, which have rows / batch rows each. */
  batch: i32;
}

@unmanaged
export class SigmoidCall extends RowsCall {
  /** Channels that count; the others become 0. */
  used: i32;
}

/** A layer from map to map: x [batch][height][width][channels] to y [batch][outHeight][outWidth][outChannels]. */
@unmanaged
export class MapCall {
  x: usize;
  y: usize;
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  /** Padding before the first row and column; what comes after the last follows from the sizes. */
  top: i32;
  left: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
}

@unmanaged
export class ConvCall extends MapCall {
  weights: usize;
  bias: usize;
  relu: i32;
}

@unmanaged
export class Depthwise3x3Call extends ConvCall {
  /** A row of the map, of zeros. */
  zeros: usize;
}

@unmanaged
export class StemCall extends ConvCall {
  /** Scratch: the part of the padded picture that the kernel reaches, and 64 bytes. */
  frame: usize;
}

@unmanaged
export class ConvAnyCall extends ConvCall {
  residual: usize;
  /** 1 for results that do not depend on the CPU. */
  strict: i32;
  /** Scratch: `block` x kernelHeight x kernelWidth x channels numbers. */
  gathered: usize;
  block: i32;
}

@unmanaged
export class WinogradCall extends ConvCall {
  /** Pixels along a tile's side: 2 or 4. */
  size: i32;
  /** 1 where y gets the 2x2 maxima. */
  pool: i32;
  /** As many zeros as the larger of channels and outChannels. */
  zeros: usize;
  /** Scratch of `block` tiles: (size + 2)^2 (channels + 16) and (size + 2)^2 (outChannels + 16) numbers each. */
  transformed: usize;
  products: usize;
  block: i32;
}

/** The input of a convolution to integers, the largest of what has one scale to `largest`. */
@unmanaged
export class QuantiseCall extends MapCall {
  largest: i32;
  /** For each row of the product that follows, the float that turns its integers back. */
  scales: usize;
}

@unmanaged
export class QuantiseRowsCall extends QuantiseCall {
  /** 1 for integers of 16 bits, 0 for 8. */
  words: i32;
}

@unmanaged
export class QuantiseWindowCall extends QuantiseCall {
  /** Scratch: `numbers` numbers. */
  frame: usize;
  /** From window to window of y: a multiple of 16. */
  numbers: i32;
}

/** Rows of x by a matrix with n columns: y [rows][n]. */
@unmanaged
export class ProductCall {
  x: usize;
  weights: usize;
  bias: usize;
  residual: usize;
  y: usize;
  rows: i32;
  n: i32;
  relu: i32;
}

@unmanaged
export class GemmCall extends ProductCall {
  k: i32;
  /** Bytes from row to row. */
  xStep: i32;
  yStep: i32;
}

@unmanaged
export class StrassenCall extends ProductCall {
  k: i32;
  /** Windows, which have rows / batch rows each. */
  batch: i32;
}

/** Integers, of which each row is `segments` pieces of `length` bytes, `skip` bytes apart. */
@unmanaged
export class Int8Call extends ProductCall {
  segments: i32;
  length: i32;
  skip: i32;
  /** For each row, the bytes from x to its beginning. */
  table: usize;
  /** The floats that turn sums back: for each column and, times that, for each row. */
  scales: usize;
  rowScales: usize;
  /** So many rows pass all weights before the next rows do. */
  block: i32;
  /** 1 for integers of 16 bits, 0 for 8. */
  words: i32;
}

/** A 3x3 convolution, stride 1, of framed maps; its rows are the pixels of y. */
@unmanaged
export class Conv3x3Int8Call extends Int8Call {
  /** Of y, in pixels. */
  height: i32;
  width: i32;
  channels: i32;
  /** So many tiles of 4 x 4 pixels pass all weights before the next do. */
  tiles: i32;
  /** Scratch: `tiles` x 36 x (channels + 32) and 36 x (8 channels + 32) 16-bit integers, `tiles` x 36 x 8 of 32 bits. */
  transformed: usize;
  panel: usize;
  products: usize;
}

@unmanaged
export class DenseCall {
  x: usize;
  weights: usize;
  bias: usize;
  y: usize;
  rows: i32;
  n: i32;
  k: i32;
  relu: i32;
  /** Scratch: 8 k numbers. */
  packed: usize;
}
