import type { Argument } from "../../nn/packed-format.ts";
import type { Emitter } from "./emitter.ts";
import { frameOf, mapFields } from "./fields.ts";
import { addResidual, emitDepthwise, emitGathered, emitSimple, emitStem, isPointwise } from "./float32.ts";
import { type ConvLayer, type DenseLayer, type Layer, pixels, type Tensor } from "./layers.ts";
import { type QuantisedMatrix, quantiseBytes, quantiseWords, suitsWinograd } from "./quantised.ts";
import { convolutionMatrix, denseMatrix, padded, paddedVector, panels } from "./weights.ts";

/** Weights of fewer bytes stay in L2 while rows pass in blocks; larger ones are read once, for all rows together. */
const L2_WEIGHTS = 600_000;
/** Bytes of rows and results that one block may have. */
const L2_ROWS = 400_000;
/** A block that is never full. */
const ALL_ROWS = 1 << 30;

/** Bytes of transformed tiles that pass all weights together, and the fewest tiles: they share the weights' transform. */
const TILE_BYTES = 2_000_000;
const LEAST_TILES = 40;

/** A first layer with rows of so many taps goes in 16-bit integers: with fewer, filling them up costs what it saves. */
const LEAST_TAPS = 5;

/** Products with at most so many weights may have 16-bit integers: they are a small part of a net's time and size. */
const MOST_WORDS = 8_192;

/**
 * Whether a layer gets 16-bit integers: small 1x1 products after a depthwise convolution. That one does not mix
 * channels, so their ranges differ, and seven bits of the largest leave little for the others. With the real YAMNet, whose
 * second and third layer get them, the worst cosine to float32 in 1017 windows of the reference recordings rises from
 * 0.9958 to 0.9963 and the median from 0.99903 to 0.99913; the fourth and fifth would make 0.9966 and 0.99928, and a
 * tenth more time.
 */
export function wantsWords(layers: readonly Layer[], at: number): boolean {
  const layer = layers[at];
  if (layer?.kind !== "conv" || layer.depthwise || !isPointwise(layer) || layer.weights.length > MOST_WORDS)
    return false;
  return layers.some((maker) => maker.kind === "conv" && maker.depthwise && maker.output.id === layer.input.id);
}

/**
 * Turns one layer into calls of the int8 variant: matrix products in integers with scales that are found for each
 * window anew; a first layer of few taps, depthwise ones, pools and means in float32 without fused operations. A product whose
 * input may be negative stays in float32 too: activations have no sign.
 *
 * @param words  whether the layer gets 16-bit integers
 */
export function emitInt8(emit: Emitter, layers: readonly Layer[], at: number, chunk: number, words: boolean): void {
  const layer = layers[at] as Layer;
  if (layer.kind === "dense") emitDense(emit, layer, chunk);
  else if (layer.kind !== "conv") emitSimple(emit, layer, at, chunk);
  else if (layer.depthwise) emitDepthwise(emit, layer, chunk, true);
  else if (!emit.isInput(layer.input)) emitConv(emit, layer, at, chunk, words);
  else if (layer.kernel[1] >= LEAST_TAPS) emitWindow(emit, layer, at, chunk);
  else {
    emitStem(emit, layer, chunk, "stemStrict");
    addResidual(emit, layer, chunk);
  }
}

/**
 * The first layer in 16-bit integers, in half of the time that float32 takes where nothing is fused: a row of taps is
 * filled up to a multiple of four with weights of zero.
 */
function emitWindow(emit: Emitter, layer: ConvLayer, at: number, chunk: number): void {
  const { output, kernel } = layer;
  const taps = Math.ceil(kernel[1] / 4) * 4;
  const entry = (k: number, n: number) => {
    const tap = k % taps;
    if (tap >= kernel[1] || n >= output.channels) return 0;
    return layer.weights[(n * kernel[0] + Math.floor(k / taps)) * kernel[1] + tap] as number;
  };
  const matrix = quantiseWords({ k: kernel[0] * taps, n: padded(output.channels), entry });
  const [height, width] = frameOf(layer);
  // The taps that fill a row up read past the last pixel.
  const numbers = Math.ceil((height * width + taps) / 16) * 16;
  const places = { x: emit.room(2 * numbers), rowScales: emit.room(4 * pixels(output)) };
  emit.program.call(chunk, "quantiseWindow", {
    ...mapFields(layer, { buffer: emit.input }, places.x),
    channels: 1,
    largest: matrix.top,
    scales: places.rowScales,
    frame: emit.program.scratch(4 * numbers),
    numbers,
  });
  const table = frameTable(emit, layer, chunk, { pixel: 2, row: 2 * width, window: 2 * numbers });
  const rows = { ...places, table, segments: kernel[0], length: 2 * taps, skip: 2 * (width - taps) };
  emit.program.call(chunk, "gemmInt8", productOf(emit, layer, at, chunk, rows, matrix, true));
}

function emitConv(emit: Emitter, layer: ConvLayer, at: number, chunk: number, words: boolean): void {
  const { program } = emit;
  const { input, residual } = layer;
  const matrix = convolutionMatrix(layer);
  if (!input.nonNegative) {
    const x = emit.read(input, chunk);
    const bias = program.constant(paddedVector(layer.bias));
    const from = residual ? emit.read(residual, chunk) : 0;
    const weights = program.constant(panels(matrix.k, matrix.n, 8, matrix.entry));
    const y = emit.writeProduct(layer, at);
    emitGathered(emit, layer, { x, weights, bias, residual: from, y }, 1, chunk);
    return;
  }
  const quantised = words ? quantiseWords(matrix) : quantiseBytes(matrix);
  const rows = isPointwiseAnyStride(layer)
    ? quantiseRows(emit, layer, chunk, quantised.top, words)
    : quantiseFrame(emit, layer, chunk, quantised.top);
  const product = productOf(emit, layer, at, chunk, rows, quantised, words);
  if (words || !isUnit3x3(layer) || !suitsWinograd(quantised, matrix.k)) emit.program.call(chunk, "gemmInt8", product);
  else emit.program.call(chunk, "conv3x3Int8", { ...product, ...tilesOf(emit, layer, chunk) });
}

/** A 3x3 kernel over every pixel, whatever the padding. */
function isUnit3x3({ kernel, strides }: ConvLayer): boolean {
  return `${kernel} ${strides}` === "3,3 1,1";
}

/** How conv3x3Int8 goes by tiles, where it does: fields of its call. */
function tilesOf({ program }: Emitter, { input, output }: ConvLayer, chunk: number) {
  const { height, width } = output;
  const channels = padded(input.channels);
  const place = 2 * channels + 64;
  const all = chunk * Math.ceil(height / 4) * Math.ceil(width / 4);
  const most = Math.max(LEAST_TILES, Math.floor(TILE_BYTES / (36 * place)));
  // Blocks of one size, in fives of tiles.
  const tiles = all <= most ? all : Math.ceil(all / Math.ceil(all / most) / 5) * 5;
  return {
    height,
    width,
    channels,
    tiles,
    transformed: program.scratch(tiles * 36 * place),
    panel: program.scratch(36 * (16 * channels + 64)),
    products: program.scratch(tiles * 36 * 32),
  };
}

/** The fields of gemmInt8's call. */
function productOf(
  emit: Emitter,
  layer: ConvLayer,
  at: number,
  chunk: number,
  rows: Rows,
  { weights, scales }: QuantisedMatrix,
  words: boolean,
) {
  const { program } = emit;
  const { output, residual } = layer;
  const n = padded(output.channels);
  const from = residual ? emit.read(residual, chunk) : 0;
  const y = emit.writeProduct(layer, at);
  return {
    ...rows,
    rows: { windows: pixels(output) },
    weights: program.constant(weights),
    n,
    y,
    scales: program.constant(scales),
    bias: program.constant(paddedVector(layer.bias)),
    residual: from,
    relu: Number(layer.relu),
    block: blockOf(weights.length, rows.segments * rows.length, n, residual),
    words: Number(words),
  };
}

function blockOf(weightBytes: number, rowBytes: number, n: number, residual: Tensor | undefined): number {
  if (weightBytes > L2_WEIGHTS) return ALL_ROWS;
  return Math.max(96, Math.floor(L2_ROWS / (rowBytes + 4 * n * (residual ? 2 : 1)) / 12) * 12);
}

/** A 1x1 kernel without padding: no pixel is used but by its own output. */
function isPointwiseAnyStride(layer: ConvLayer): boolean {
  return isPointwise({ ...layer, strides: [1, 1] });
}

/** How gemmInt8 finds its rows: fields of its call. */
interface Rows {
  readonly x: Argument;
  readonly rowScales: Argument;
  readonly table: Argument;
  readonly segments: number;
  readonly length: number;
  readonly skip: number;
}

function quantiseRows(emit: Emitter, layer: ConvLayer, chunk: number, largest: number, words: boolean): Rows {
  const { input, output, strides } = layer;
  const length = padded(input.channels) * (words ? 2 : 1);
  const count = pixels(output);
  const places = emit.quantisedOnce(`${input.id} ${strides} ${largest} ${words}`, () => {
    const made = { x: emit.room(count * length), rowScales: emit.room(4 * count) };
    const fields = mapFields(layer, emit.read(input, chunk), made.x);
    emit.program.call(chunk, "quantiseRows", { ...fields, largest, words: Number(words), scales: made.rowScales });
    return made;
  });
  return { ...places, table: denseTable(emit, chunk * count, length), segments: 1, length, skip: 0 };
}

function quantiseFrame(emit: Emitter, layer: ConvLayer, chunk: number, largest: number): Rows {
  const { input, output, kernel } = layer;
  const pixel = padded(input.channels);
  const [height, width] = frameOf(layer);
  const places = { x: emit.room(height * width * pixel), rowScales: emit.room(4 * pixels(output)) };
  const fields = mapFields(layer, emit.read(input, chunk), places.x);
  emit.program.call(chunk, "quantiseFrame", { ...fields, largest, scales: places.rowScales });
  const table = frameTable(emit, layer, chunk, { pixel, row: width * pixel, window: height * width * pixel });
  const [length, skip] = [kernel[1] * pixel, (width - kernel[1]) * pixel];
  return { ...places, table, segments: kernel[0], length, skip };
}

/** Where the windows of a framed map begin, given the bytes of its parts. */
function frameTable(
  emit: Emitter,
  { output, strides }: ConvLayer,
  chunk: number,
  { pixel, row, window }: { readonly pixel: number; readonly row: number; readonly window: number },
): Argument {
  const count = pixels(output);
  return emit.program.shared(`frame ${[chunk, output.height, output.width, strides, pixel, row, window]}`, () =>
    Uint32Array.from({ length: chunk * count }, (_, at) => {
      const inWindow = at % count;
      const r = Math.floor(inWindow / output.width) * strides[0];
      const q = (inWindow % output.width) * strides[1];
      return Math.floor(at / count) * window + r * row + q * pixel;
    }),
  );
}

function denseTable(emit: Emitter, rows: number, length: number): Argument {
  return emit.program.shared(`rows ${rows} ${length}`, () =>
    Uint32Array.from({ length: rows }, (_, row) => row * length),
  );
}

function emitDense(emit: Emitter, layer: DenseLayer, chunk: number): void {
  const { program } = emit;
  const { input, output } = layer;
  const matrix = denseMatrix(layer);
  const { k, n } = matrix;
  const x = emit.read(input, chunk);
  const product = {
    bias: program.constant(paddedVector(layer.bias)),
    residual: 0,
    rows: { windows: 1 },
    n,
    relu: Number(layer.relu),
  };
  if (!input.nonNegative) {
    const weights = program.constant(panels(k, n, 8, matrix.entry));
    const steps = { k, xStep: 4 * k, yStep: 4 * n };
    program.call(chunk, "gemmStrict", { ...product, x, weights, y: emit.write(output), ...steps });
    return;
  }
  const { weights, scales, top } = quantiseBytes(matrix);
  // The whole flattened map is one row.
  const row = { height: 1, width: 1, channels: k };
  const onePixel = { input: row, output: row, kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] } as const;
  const places = { x: emit.room(k), rowScales: emit.room(4) };
  const quantise = mapFields(onePixel, x, places.x);
  program.call(chunk, "quantiseRows", { ...quantise, largest: top, words: 0, scales: places.rowScales });
  program.call(chunk, "denseInt8", {
    ...product,
    ...places,
    table: denseTable(emit, chunk, k),
    segments: 1,
    length: k,
    skip: 0,
    weights: program.constant(weights),
    y: emit.write(output),
    scales: program.constant(scales),
    block: ALL_ROWS,
    words: 0,
  });
}
