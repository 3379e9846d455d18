/**
 * What each kernel is called with: the address of a block of these fields, words of four bytes in this order. The classes
 * of assembly/nn/calls.ts lay them down and say what they mean; a test compares the two.
 */

const ROWS = ["x", "y", "rows", "channels"] as const;
const MAP = [
  "x",
  "y",
  "batch",
  "height",
  "width",
  "channels",
  "kernelHeight",
  "kernelWidth",
  "strideHeight",
  "strideWidth",
  "top",
  "left",
  "outHeight",
  "outWidth",
  "outChannels",
] as const;
const CONV = [...MAP, "weights", "bias", "relu"] as const;
const DEPTHWISE_3X3 = [...CONV, "zeros"] as const;
const STEM = [...CONV, "frame"] as const;
const QUANTISE = [...MAP, "largest", "scales"] as const;
const PRODUCT = ["x", "weights", "bias", "residual", "y", "rows", "n", "relu"] as const;
const GEMM = [...PRODUCT, "k", "xStep", "yStep"] as const;
const INT8 = [
  ...PRODUCT,
  ...(["segments", "length", "skip", "table", "scales", "rowScales", "block", "words"] as const),
] as const;
const CONV_3X3_INT8 = [
  ...INT8,
  ...(["height", "width", "channels", "tiles", "transformed", "panel", "products"] as const),
] as const;

export const CALLS = {
  add: [...ROWS, "other", "relu"],
  affine: [...ROWS, "scale", "shift", "relu"],
  conv3x3Int8: CONV_3X3_INT8,
  convAny: [...CONV, "residual", "strict", "gathered", "block"],
  dense: ["x", "weights", "bias", "y", "rows", "n", "k", "relu", "packed"],
  denseInt8: INT8,
  depthwise3x3: DEPTHWISE_3X3,
  depthwise3x3Half: DEPTHWISE_3X3,
  depthwise3x3HalfStrict: DEPTHWISE_3X3,
  depthwise3x3Strict: DEPTHWISE_3X3,
  depthwiseAny: CONV,
  gemm: GEMM,
  gemmInt8: INT8,
  gemmStrict: GEMM,
  maxPool2x2: MAP,
  maxPool3x3Half: MAP,
  maxPoolAny: MAP,
  mean: [...ROWS, "batch"],
  quantiseFrame: QUANTISE,
  quantiseRows: [...QUANTISE, "words"],
  quantiseWindow: [...QUANTISE, "frame", "numbers"],
  sigmoid: [...ROWS, "used"],
  spread: ROWS,
  stem: STEM,
  stemStrict: STEM,
  strassen: [...PRODUCT, "k", "batch"],
  winograd: [...CONV, "size", "pool", "zeros", "transformed", "products", "block"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A kernel that takes part in a net. */
export type KernelName = keyof typeof CALLS;

/** Every field of a kernel's call, as numbers or as what becomes numbers. */
export type Call<Name extends KernelName, Value> = Readonly<Record<(typeof CALLS)[Name][number], Value>>;
