import type { Argument } from "../../nn/packed-format.ts";
import type { Emitter } from "./emitter.ts";
import { addResidual, emitDepthwise, emitGathered, emitSimple, emitStem, isPointwise } from "./float32.ts";
import { type ConvLayer, type DenseLayer, type Layer, pixels, type Tensor } from "./layers.ts";
import { type QuantisedMatrix, quantiseBytes, quantiseWords } from "./quantised.ts";
import { convolutionMatrix, denseMatrix, type Matrix, padded, paddedVector, panels } from "./weights.ts";

/** Weights of fewer bytes stay in L2 while rows pass in blocks; larger ones are read once, for all rows together. */
const L2_WEIGHTS = 600_000;
/** Bytes of rows and results that one block may have. */
const L2_ROWS = 400_000;

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
 * window anew; the first layer, depthwise ones, pools and means in float32 without fused operations. A product whose
 * input may be negative stays in float32 too: activations have no sign.
 *
 * @param words  whether the layer gets 16-bit integers
 */
export function emitInt8(emit: Emitter, layers: readonly Layer[], at: number, chunk: number, words: boolean): void {
  const layer = layers[at] as Layer;
  if (layer.kind === "dense") emitDense(emit, layer, chunk);
  else if (layer.kind !== "conv") emitSimple(emit, layer, at, chunk);
  else if (layer.depthwise) emitDepthwise(emit, layer, chunk, true);
  else if (emit.isInput(layer.input)) {
    emitStem(emit, layer, chunk, "stemStrict");
    addResidual(emit, layer, chunk);
  } else emitConv(emit, layer, at, chunk, words);
}

function emitConv(emit: Emitter, layer: ConvLayer, at: number, chunk: number, words: boolean): void {
  const { program } = emit;
  const { input, output, residual } = layer;
  const matrix = convolutionMatrix(layer);
  const bias = program.constant(paddedVector(layer.bias));
  const from = residual ? emit.read(residual, chunk) : 0;
  if (!input.nonNegative) {
    const x = emit.read(input, chunk);
    const weights = program.constant(panels(matrix.k, matrix.n, 8, matrix.entry));
    const y = emit.writeProduct(layer, at);
    emitGathered(emit, layer, { x, weights, bias, residual: from, y }, 1, chunk);
    return;
  }
  const { weights, scales, top } = quantise(matrix, words);
  const rows = isPointwiseAnyStride(layer)
    ? quantiseRows(emit, layer, chunk, top, words)
    : quantiseFrame(emit, layer, chunk, top);
  const y = emit.writeProduct(layer, at);
  program.call(
    chunk,
    "gemmInt8",
    rows.quantised,
    rows.table,
    { windows: pixels(output) },
    program.constant(weights),
    matrix.n,
    rows.segments,
    rows.length,
    rows.skip,
    y,
    4 * matrix.n,
    program.constant(scales),
    bias,
    rows.scales,
    from,
    Number(layer.relu),
    blockOf(weights.length, rows.segments * rows.length, matrix.n, residual),
    Number(words),
  );
}

function blockOf(weightBytes: number, rowBytes: number, n: number, residual: Tensor | undefined): number {
  if (weightBytes > L2_WEIGHTS) return 1 << 30;
  return Math.max(96, Math.floor(L2_ROWS / (rowBytes + 4 * n * (residual ? 2 : 1)) / 12) * 12);
}

function quantise(matrix: Matrix, words: boolean): QuantisedMatrix {
  return words ? quantiseWords(matrix) : quantiseBytes(matrix);
}

/** A 1x1 kernel without padding: no pixel is used but by its own output. */
function isPointwiseAnyStride(layer: ConvLayer): boolean {
  return isPointwise({ ...layer, strides: [1, 1] });
}

/** How gemmInt8 finds its rows. */
interface Rows {
  readonly quantised: Argument;
  readonly scales: Argument;
  readonly table: Argument;
  readonly segments: number;
  readonly length: number;
  readonly skip: number;
}

function quantiseRows(emit: Emitter, layer: ConvLayer, chunk: number, top: number, words: boolean): Rows {
  const { input, output, strides } = layer;
  const length = padded(input.channels) * (words ? 2 : 1);
  const count = pixels(output);
  const { quantised, scales } = emit.quantisedOnce(`${input.id} ${strides} ${top} ${words}`, () => {
    const places = { quantised: emit.room(count * length), scales: emit.room(4 * count) };
    const shape = [{ windows: 1 }, input.height, input.width, padded(input.channels), ...strides];
    const x = emit.read(input, chunk);
    emit.program.call(chunk, "quantiseRows", x, ...shape, top, Number(words), places.quantised, places.scales);
    return places;
  });
  return { quantised, scales, table: denseTable(emit, chunk * count, length), segments: 1, length, skip: 0 };
}

function quantiseFrame(emit: Emitter, layer: ConvLayer, chunk: number, top: number): Rows {
  const { input, output, kernel, strides, pads } = layer;
  const pixel = padded(input.channels);
  const height = (output.height - 1) * strides[0] + kernel[0];
  const width = (output.width - 1) * strides[1] + kernel[1];
  const count = pixels(output);
  const quantised = emit.room(height * width * pixel);
  const scales = emit.room(4 * count);
  const shape = [{ windows: 1 }, input.height, input.width, padded(input.channels), pads[0], pads[1], height, width];
  const x = emit.read(input, chunk);
  emit.program.call(chunk, "quantiseFrame", x, ...shape, top, quantised, scales, count);
  const table = emit.program.shared(
    `frame ${[chunk, output.height, output.width, strides, height, width, pixel]}`,
    () =>
      Uint32Array.from({ length: chunk * count }, (_, row) => {
        const inWindow = row % count;
        const r = Math.floor(inWindow / output.width) * strides[0];
        const q = (inWindow % output.width) * strides[1];
        return ((Math.floor(row / count) * height + r) * width + q) * pixel;
      }),
  );
  return {
    quantised,
    scales,
    table,
    segments: kernel[0],
    length: kernel[1] * pixel,
    skip: (width - kernel[1]) * pixel,
  };
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
  const bias = program.constant(paddedVector(layer.bias));
  const relu = Number(layer.relu);
  if (!input.nonNegative) {
    const weights = program.constant(panels(k, n, 8, matrix.entry));
    program.call(
      chunk,
      "gemmStrict",
      x,
      4 * k,
      weights,
      emit.write(output),
      4 * n,
      { windows: 1 },
      n,
      k,
      bias,
      0,
      relu,
    );
    return;
  }
  const { weights, scales, top } = quantiseBytes(matrix);
  const quantised = emit.room(k);
  const rowScales = emit.room(4);
  // The whole flattened map is one row.
  program.call(chunk, "quantiseRows", x, { windows: 1 }, 1, 1, k, 1, 1, top, 0, quantised, rowScales);
  program.call(
    chunk,
    "denseInt8",
    quantised,
    denseTable(emit, chunk, k),
    { windows: 1 },
    program.constant(weights),
    n,
    k,
    emit.write(output),
    program.constant(scales),
    bias,
    rowScales,
    relu,
  );
}
