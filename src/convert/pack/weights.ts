import type { ConvLayer, DenseLayer } from "./layers.ts";
import { pixels } from "./layers.ts";

/**
 * Channels are padded to a multiple of this in memory, with zeros that every kernel keeps zero: float kernels take
 * eight at a time, int8 ones sixteen.
 */
export const CHANNEL_STEP = 16;

export function padded(channels: number): number {
  return Math.ceil(channels / CHANNEL_STEP) * CHANNEL_STEP;
}

/** `values`, padded with zeros to the channels' step. */
export function paddedVector(values: Float32Array): Float32Array {
  const out = new Float32Array(padded(values.length));
  out.set(values);
  return out;
}

/** A number of a matrix with k rows and n columns. */
type Entry = (k: number, n: number) => number;

/** [n / width][k][width]. */
export function panels(k: number, n: number, width: number, entry: Entry): Float32Array {
  const out = new Float32Array(k * n);
  let at = 0;
  for (let j = 0; j < n; j += width) {
    for (let i = 0; i < k; i++) for (let q = j; q < j + width; q++) out[at++] = entry(i, q);
  }
  return out;
}

export interface Matrix {
  readonly k: number;
  readonly n: number;
  readonly entry: Entry;
}

/** A convolution as a matrix: rows count [kernelHeight][kernelWidth][padded channels]. */
export function convolutionMatrix(layer: ConvLayer): Matrix {
  const { weights, kernel, input, output } = layer;
  const area = kernel[0] * kernel[1];
  const step = padded(input.channels);
  const entry: Entry = (k, n) => {
    const channel = k % step;
    if (channel >= input.channels || n >= output.channels) return 0;
    return weights[(n * input.channels + channel) * area + Math.floor(k / step)] as number;
  };
  return { k: area * step, n: padded(output.channels), entry };
}

/**
 * A matrix in quarters for assembly/nn/strassen.ts: B11 - B22, B11, B11 - B21 and B11 - B12, each as panels of eight
 * columns.
 */
export function strassenWeights({ k, n, entry }: Matrix): Float32Array {
  const [down, right] = [k / 2, n / 2];
  const quarters: readonly Entry[] = [
    (i, j) => entry(i, j) - entry(i + down, j + right),
    (i, j) => entry(i, j),
    (i, j) => entry(i, j) - entry(i + down, j),
    (i, j) => entry(i, j) - entry(i, j + right),
  ];
  const out = new Float32Array(k * n);
  for (const [at, quarter] of quarters.entries()) out.set(panels(down, right, 8, quarter), at * down * right);
  return out;
}

/** A dense layer as a matrix: rows count [height][width][padded channels] of the map that is flattened. */
export function denseMatrix({ weights, input, output, channelsFirst }: DenseLayer): Matrix {
  const area = pixels(input);
  const step = padded(input.channels);
  const entry: Entry = (k, n) => {
    const channel = k % step;
    if (channel >= input.channels || n >= output.channels) return 0;
    const pixel = Math.floor(k / step);
    const row = channelsFirst ? channel * area + pixel : pixel * input.channels + channel;
    return weights[row * output.channels + n] as number;
  };
  return { k: area * step, n: padded(output.channels), entry };
}

/** [taps][padded channels], of a depthwise convolution or of one with a single input channel. */
export function tapWeights({ weights, kernel, output }: ConvLayer): Float32Array {
  const area = kernel[0] * kernel[1];
  const step = padded(output.channels);
  const out = new Float32Array(area * step);
  for (let channel = 0; channel < output.channels; channel++) {
    for (let tap = 0; tap < area; tap++) out[tap * step + channel] = weights[channel * area + tap] as number;
  }
  return out;
}

/** G of F(2x2,3x3) and F(4x4,3x3): Lavin and Gray 2015, section 4. */
const WINOGRAD: Readonly<Record<2 | 4, readonly (readonly [number, number, number])[]>> = {
  2: [
    [1, 0, 0],
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0, 0, 1],
  ],
  4: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
};

/** G g G^T, worked out in float64: [(size + 2)^2][n / 8][k][8]. */
export function winogradWeights({ weights, input, output }: ConvLayer, size: 2 | 4): Float32Array {
  const g = WINOGRAD[size];
  const across = size + 2;
  const k = padded(input.channels);
  const n = padded(output.channels);
  const out = new Float32Array(across * across * k * n);
  const half = new Float64Array(across * 3);
  for (let o = 0; o < output.channels; o++) {
    for (let i = 0; i < input.channels; i++) {
      const at = (o * input.channels + i) * 9;
      const to = ((o >> 3) * k + i) * 8 + (o & 7);
      for (const [r, [a, b, c]] of g.entries()) {
        for (let q = 0; q < 3; q++) {
          half[r * 3 + q] =
            a * (weights[at + q] as number) + b * (weights[at + 3 + q] as number) + c * (weights[at + 6 + q] as number);
        }
      }
      for (let r = 0; r < across; r++) {
        for (const [q, [a, b, c]] of g.entries()) {
          out[(r * across + q) * k * n + to] =
            a * (half[r * 3] as number) + b * (half[r * 3 + 1] as number) + c * (half[r * 3 + 2] as number);
        }
      }
    }
  }
  return out;
}
