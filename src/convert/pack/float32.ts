import type { Argument } from "../../nn/packed-format.ts";
import type { Emitter } from "./emitter.ts";
import { frameOf, mapFields } from "./fields.ts";
import { type ConvLayer, type DenseLayer, type Geometry, type Layer, type PoolLayer, pixels } from "./layers.ts";
import {
  convolutionMatrix,
  denseMatrix,
  type Matrix,
  padded,
  paddedVector,
  panels,
  strassenWeights,
  tapWeights,
  winogradWeights,
} from "./weights.ts";

/** Bytes of gathered windows that a general convolution multiplies at once. */
const GATHER_BYTES = 256 * 1024;
/** Numbers of one Winograd block that stay in L2, of the transformed input and the product together. */
const WINOGRAD_NUMBERS = 360_000;
const LEAST_TILES = 64;
/** Below this many tiles a window, F(4x4)'s weights cost more than its multiplications save. */
const LEAST_LARGE_TILES = 4;

/** Turns one layer into float32 kernel calls; returns how many layers it took in. */
export function emitFloat32(emit: Emitter, layers: readonly Layer[], at: number, chunk: number): number {
  const layer = layers[at] as Layer;
  switch (layer.kind) {
    case "conv":
      return emitConv(emit, layers, layer, at, chunk);
    case "dense":
      emitDense(emit, layer, chunk);
      return 1;
    default:
      emitSimple(emit, layer, at, chunk);
      return 1;
  }
}

/** The layers that have one form in every variant. */
export function emitSimple(
  emit: Emitter,
  layer: Exclude<Layer, ConvLayer | DenseLayer>,
  at: number,
  chunk: number,
): void {
  const { program } = emit;
  const { input, output } = layer;
  const channels = padded(input.channels);
  const x = emit.read(input, chunk);
  const rows = { windows: pixels(input) };
  const relu = "relu" in layer ? Number(layer.relu) : 0;
  if (layer.kind === "max-pool") {
    emitPool(emit, layer, x, chunk);
  } else if (layer.kind === "mean") {
    program.call(chunk, "mean", { x, y: emit.write(output), rows, channels, batch: { windows: 1 } });
  } else if (layer.kind === "add") {
    const other = emit.read(layer.other, chunk);
    program.call(chunk, "add", { x, other, y: emit.writeOver(output, input, at), rows, channels, relu });
  } else if (layer.kind === "affine") {
    const scale = program.constant(paddedVector(layer.scale));
    const shift = program.constant(paddedVector(layer.shift));
    program.call(chunk, "affine", { x, y: emit.writeOver(output, input, at), rows, channels, scale, shift, relu });
  } else {
    program.call(chunk, "sigmoid", { x, y: emit.writeOver(output, input, at), rows, channels, used: input.channels });
  }
}

function emitConv(emit: Emitter, layers: readonly Layer[], layer: ConvLayer, at: number, chunk: number): number {
  const { program } = emit;
  const { input, output } = layer;
  if (emit.isInput(input) && !layer.depthwise) {
    emitStem(emit, layer, chunk, "stem");
    return addResidual(emit, layer, chunk);
  }
  if (layer.depthwise) {
    emitDepthwise(emit, layer, chunk, false);
    return 1;
  }
  const size = winogradSize(layer);
  if (size !== undefined) {
    const next = layers[at + 1];
    const pool = layer.residual === undefined && isPool2x2(next) && emit.feedsOnly(layer, next, at) ? next : undefined;
    emitWinograd(emit, layer, size, pool, chunk);
    return pool === undefined ? addResidual(emit, layer, chunk) : 2;
  }
  const matrix = convolutionMatrix(layer);
  const { k, n, entry } = matrix;
  const x = emit.read(input, chunk);
  const bySevenths = isPointwise(layer) && suitsStrassen(pixels(output), matrix);
  const weights = program.constant(bySevenths ? strassenWeights(matrix) : panels(k, n, 8, entry));
  const bias = program.constant(paddedVector(layer.bias));
  const residual = layer.residual ? emit.read(layer.residual, chunk) : 0;
  const y = emit.writeProduct(layer, at);
  if (isPointwise(layer)) {
    const rows = { windows: pixels(output) };
    const product = { x, weights, bias, residual, y, rows, n, relu: Number(layer.relu), k };
    if (bySevenths) program.call(chunk, "strassen", { ...product, batch: { windows: 1 } });
    else program.call(chunk, "gemm", { ...product, xStep: 4 * k, yStep: 4 * n });
  } else {
    emitGathered(emit, layer, { x, weights, bias, residual, y }, 0, chunk);
  }
  return 1;
}

/** Winograd and the stem write without the residual: it is added after, with the ReLU that they then left out. */
export function addResidual(emit: Emitter, layer: ConvLayer, chunk: number): number {
  if (layer.residual === undefined) return 1;
  const y = emit.read(layer.output, chunk);
  emit.program.call(chunk, "add", {
    x: y,
    other: emit.read(layer.residual, chunk),
    y,
    rows: { windows: pixels(layer.output) },
    channels: padded(layer.output.channels),
    relu: Number(layer.relu),
  });
  return 1;
}

/** ReLU of the convolution itself: not where a residual is still to come. */
export function ownRelu({ relu, residual }: ConvLayer): number {
  return Number(relu && residual === undefined);
}

interface Places {
  readonly x: Argument;
  readonly weights: Argument;
  readonly bias: Argument;
  readonly residual: Argument;
  readonly y: Argument;
}

/** Any convolution as gathered rows times a matrix. */
export function emitGathered(emit: Emitter, layer: ConvLayer, places: Places, strict: number, chunk: number): void {
  const { input, kernel } = layer;
  const { x, y, weights, bias, residual } = places;
  const row = 4 * kernel[0] * kernel[1] * padded(input.channels);
  const block = Math.max(20, Math.floor(GATHER_BYTES / row / 5) * 5);
  emit.program.call(chunk, "convAny", {
    ...mapFields(layer, x, y),
    weights,
    bias,
    residual,
    relu: Number(layer.relu),
    strict,
    gathered: emit.program.scratch(block * row),
    block,
  });
}

/** The first convolution, of the window's one channel. */
export function emitStem(emit: Emitter, layer: ConvLayer, chunk: number, kernelName: "stem" | "stemStrict"): void {
  const { program } = emit;
  const [height, width] = frameOf(layer);
  program.call(chunk, kernelName, {
    frame: program.scratch(4 * height * width + 64),
    weights: program.constant(tapWeights(layer)),
    bias: program.constant(paddedVector(layer.bias)),
    relu: ownRelu(layer),
    ...mapFields(layer, { buffer: emit.input }, emit.write(layer.output)),
    channels: 1,
  });
}

export function emitDepthwise(emit: Emitter, layer: ConvLayer, chunk: number, strict: boolean): void {
  const { program } = emit;
  const { input, output } = layer;
  const x = emit.read(input, chunk);
  const call = {
    weights: program.constant(tapWeights(layer)),
    bias: program.constant(paddedVector(layer.bias)),
    relu: Number(layer.relu),
    ...mapFields(layer, x, emit.write(output)),
  };
  const form = depthwiseForm(layer);
  if (form === undefined) {
    program.call(chunk, "depthwiseAny", call);
  } else {
    const zeros = emit.zeros(input.width * padded(input.channels));
    program.call(chunk, strict ? `${form}Strict` : form, { ...call, zeros });
  }
}

function emitWinograd(emit: Emitter, layer: ConvLayer, size: 2 | 4, pool: PoolLayer | undefined, chunk: number): void {
  const { program } = emit;
  const { input, output } = layer;
  const [k, n] = [padded(input.channels), padded(output.channels)];
  const positions = (size + 2) ** 2;
  const tiles = (chunk * pixels(output)) / size ** 2;
  const most = Math.max(LEAST_TILES, Math.floor(WINOGRAD_NUMBERS / (positions * (k + n))));
  // Blocks of one size, in fives of rows for the matrix product.
  const block = tiles <= most ? tiles : Math.ceil(tiles / Math.ceil(tiles / most) / 5) * 5;
  const x = emit.read(input, chunk);
  const written = pool?.output ?? output;
  program.call(chunk, "winograd", {
    weights: program.constant(winogradWeights(layer, size)),
    bias: program.constant(paddedVector(layer.bias)),
    relu: ownRelu(layer),
    ...mapFields({ ...layer, output: written }, x, emit.write(written)),
    size,
    pool: pool === undefined ? 0 : 1,
    zeros: emit.zeros(Math.max(k, n)),
    transformed: program.scratch(4 * block * positions * (k + 16)),
    products: program.scratch(4 * block * positions * (n + 16)),
    block,
  });
}

function emitDense(emit: Emitter, layer: DenseLayer, chunk: number): void {
  const { program } = emit;
  const { k, n, entry } = denseMatrix(layer);
  program.call(chunk, "dense", {
    x: emit.read(layer.input, chunk),
    weights: program.constant(panels(k, n, 4, entry)),
    bias: program.constant(paddedVector(layer.bias)),
    y: emit.write(layer.output),
    rows: { windows: 1 },
    n,
    k,
    relu: Number(layer.relu),
    packed: program.scratch(32 * k),
  });
}

function emitPool(emit: Emitter, layer: PoolLayer, x: Argument, chunk: number): void {
  const half = isSameHalf(layer) ? "maxPool3x3Half" : "maxPoolAny";
  emit.program.call(chunk, isPool2x2(layer) ? "maxPool2x2" : half, mapFields(layer, x, emit.write(layer.output)));
}

export function depthwiseForm(layer: ConvLayer): "depthwise3x3" | "depthwise3x3Half" | undefined {
  if (isSame3x3(layer)) return "depthwise3x3";
  return isSameHalf(layer) ? "depthwise3x3Half" : undefined;
}

export function isPointwise({ kernel, strides, pads }: Geometry): boolean {
  return [...kernel, ...strides].every((size) => size === 1) && pads.every((pad) => pad === 0);
}

/** 3x3, stride 1, one pixel of padding. */
export function isSame3x3({ kernel, strides, pads }: Geometry): boolean {
  return `${kernel} ${strides} ${pads}` === "3,3 1,1 1,1,1,1";
}

/** 3x3, stride 2, on even sizes, padded at the end only. */
function isSameHalf({ kernel, strides, pads, input }: ConvLayer | PoolLayer): boolean {
  return `${kernel} ${strides} ${pads}` === "3,3 2,2 0,0,1,1" && input.height % 2 === 0 && input.width % 2 === 0;
}

export function isPool2x2(layer: Layer | undefined): layer is PoolLayer {
  if (layer?.kind !== "max-pool") return false;
  const { kernel, strides, pads, input } = layer;
  return `${kernel} ${strides} ${pads}` === "2,2 2,2 0,0,0,0" && input.height % 2 === 0 && input.width % 2 === 0;
}

/** Below this many weights, Strassen's sums cost nearly what they save, and so does the accuracy. */
const LEAST_STRASSEN = 512 * 512;

/**
 * Whether Strassen's seven products are faster: by a tenth where a product is large in all three directions and tiles of
 * six pairs of rows are full. 2048 of K are what SUMS has room for (assembly/nn/scratch.ts).
 */
function suitsStrassen(rows: number, { k, n }: Matrix): boolean {
  return rows % 2 === 0 && rows >= 24 && k >= 256 && k <= 2048 && n >= 256 && k * n >= LEAST_STRASSEN;
}

function winogradSize(layer: ConvLayer): 2 | 4 | undefined {
  const { height, width } = layer.output;
  if (!isSame3x3(layer)) return undefined;
  if (height % 4 === 0 && width % 4 === 0 && pixels(layer.output) / 16 >= LEAST_LARGE_TILES) return 4;
  return height % 2 === 0 && width % 2 === 0 ? 2 : undefined;
}
