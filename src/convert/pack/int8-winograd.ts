import type { Emitter } from "./emitter.ts";
import { addResidual, isPool2x2, isSame3x3, ownRelu } from "./float32.ts";
import { type ConvLayer, type Layer, pixels } from "./layers.ts";
import { quantiseWinograd } from "./quantised.ts";
import { padded, paddedVector, winogradWeights } from "./weights.ts";

const SIZE = 2;
const POSITIONS = 16;
/** Below this many tiles a window, weights that are 16 / 9 as many cost more memory than the products save time. */
const LEAST_TILES = 16;
/** Bytes of one block of tiles, transformed and multiplied, that stay near; and tiles that a product should have. */
const BLOCK_BYTES = 800_000;
const LEAST_BLOCK = 48;

/** Whether a convolution is done by integer Winograd. */
export function suitsWinograd(layer: ConvLayer): boolean {
  const { height, width } = layer.output;
  const even = height % SIZE === 0 && width % SIZE === 0;
  return isSame3x3(layer) && layer.input.nonNegative && even && pixels(layer.output) / SIZE ** 2 >= LEAST_TILES;
}

/** A 3x3 convolution, with the 2x2 pool after it where nothing else reads it; returns how many layers it took in. */
export function emitWinogradInt8(
  emit: Emitter,
  layers: readonly Layer[],
  layer: ConvLayer,
  at: number,
  chunk: number,
): number {
  const { program } = emit;
  const { input, output } = layer;
  const [k, n] = [padded(input.channels), padded(output.channels)];
  const next = layers[at + 1];
  const pool = layer.residual === undefined && isPool2x2(next) && emit.feedsOnly(layer, next, at) ? next : undefined;
  const { weights, scales, top } = quantiseWinograd(k, n, entriesOf(layer, k, n));
  const tiles = pixels(output) / SIZE ** 2;
  const tileBytes = POSITIONS * (2 * k + 64 + 4 * n + 64);
  const block = Math.min(chunk * tiles, Math.max(LEAST_BLOCK, Math.floor(BLOCK_BYTES / tileBytes / 6) * 6));
  const [height, width] = [input.height + 2, input.width + 2];
  const frame = emit.room(2 * height * width * k);
  const frameScales = emit.room(4 * tiles);
  const shape = [{ windows: 1 }, input.height, input.width, k, 1, 1, height, width];
  program.call(chunk, "quantiseFrame", emit.read(input, chunk), ...shape, top, 1, frame, frameScales, tiles);
  program.call(
    chunk,
    "winogradInt8",
    frame,
    frameScales,
    program.constant(weights),
    program.constant(scales),
    program.constant(paddedVector(layer.bias)),
    emit.write(pool?.output ?? output),
    { windows: 1 },
    input.height,
    input.width,
    k,
    n,
    ownRelu(layer),
    pool === undefined ? 0 : 1,
    emit.zeros(n),
    program.shared(`tiles ${block} ${k}`, () =>
      Uint32Array.from({ length: block }, (_, t) => t * POSITIONS * (2 * k + 64)),
    ),
    program.scratch(block * POSITIONS * (2 * k + 64)),
    program.scratch(block * POSITIONS * (4 * n + 64)),
    block,
  );
  return pool === undefined ? addResidual(emit, layer, chunk) : 2;
}

/** The float transform's numbers, one matrix a position. */
function entriesOf(layer: ConvLayer, k: number, n: number): (position: number) => (k: number, n: number) => number {
  const transformed = winogradWeights(layer, SIZE);
  return (position) => (row, column) =>
    transformed[position * k * n + (column >> 3) * k * 8 + row * 8 + (column & 7)] as number;
}
