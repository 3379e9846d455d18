import { LARGEST_INT8, symmetricScale, toInt8 } from "./symmetric.ts";
import type { Matrix } from "./weights.ts";

/** A matrix of integers in the layout of gemmInt8, and the scale that turns each column's sums back. */
export interface QuantisedMatrix {
  readonly weights: Int8Array;
  /** What the activations' largest becomes. */
  readonly top: number;
  readonly scales: Float32Array;
}

const INT32 = 2 ** 31 - 1;

/** What a sum must stay below for conv3x3Int8, which keeps the lowest 26 bits. */
const WINOGRAD_SUMS = 2 ** 25;

/** Bytes: weights -127 .. 127 a column, activations 0 .. 127: the range in which every CPU's dot gives the same sums. */
export function quantiseBytes({ k, n, entry }: Matrix): QuantisedMatrix {
  const weights = new Int8Array(k * n);
  const scales = new Float32Array(n);
  const integers = new Int8Array(k);
  const errors = new Float64Array(k);
  for (let column = 0; column < n; column++) {
    const scale = symmetricScale(largest(k, column, entry));
    scales[column] = scale;
    if (scale === 0) continue;
    for (let row = 0; row < k; row++) {
      const exact = entry(row, column);
      integers[row] = toInt8(exact, scale);
      errors[row] = (integers[row] as number) - exact / scale;
    }
    balance(integers, errors);
    for (let row = 0; row < k; row++) weights[place(row, column, k, 4)] = integers[row] as number;
  }
  return { weights, top: LARGEST_INT8, scales };
}

/**
 * Whether no sum of bytes can be too large for conv3x3Int8, whatever the activations are: as they are nowhere negative, the
 * largest and the smallest sum are those of a column's positive and of its negative weights.
 */
export function suitsWinograd({ weights, top }: QuantisedMatrix, k: number): boolean {
  const panel = 8 * k;
  const positive = new Float64Array(weights.length / k);
  const negative = new Float64Array(weights.length / k);
  for (const [at, weight] of weights.entries()) {
    const column = Math.floor(at / panel) * 8 + ((at >> 2) & 7);
    if (weight > 0) positive[column] = (positive[column] as number) + weight;
    else negative[column] = (negative[column] as number) - weight;
  }
  return [...positive, ...negative].every((sum) => sum * top < WINOGRAD_SUMS);
}

/** How far a weight may be from its next integer, the nearest of those that are still too far, from pass to pass. */
const REACH = [0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85] as const;

/**
 * Rounds the other way what is almost as near to its other integer, until the errors of a column add up to nothing.
 * Activations are nowhere negative: what the errors have in common is in every pixel, and no mean over pixels takes it
 * away. With the real YAMNet in bytes alone, the cosine to float32 rises from 0.9987 (worst 0.9931) to 0.9991 (0.9965).
 */
function balance(integers: Int8Array, errors: Float64Array): void {
  const sum = errors.reduce((total, error) => total + error, 0);
  const step = -Math.sign(sum);
  let missing = Math.round(Math.abs(sum));
  for (const reach of REACH) {
    for (let row = 0; row < integers.length && missing > 0; row++) {
      const moved = (integers[row] as number) + step;
      if (Math.abs((errors[row] as number) + step) > reach || Math.abs(moved) > LARGEST_INT8) continue;
      integers[row] = moved;
      errors[row] = (errors[row] as number) + step;
      missing--;
    }
  }
}

/** Largest activations that are tried for 16-bit layers, the most exact first. */
const TOPS = [4095, 2047, 1023, 511] as const;

/**
 * 16-bit weights and activations: as many bits of both as their sums leave in 32, shared out so that neither is coarse.
 */
export function quantiseWords({ k, n, entry }: Matrix): QuantisedMatrix {
  const most = new Float64Array(n);
  const sums = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    most[column] = largest(k, column, entry);
    for (let row = 0; row < k; row++) sums[column] = (sums[column] as number) + Math.abs(entry(row, column));
  }
  const range = (top: number, column: number) => {
    // The sum of k rounded weights may exceed the rounded sum by k halves.
    const room = INT32 / top - k;
    return Math.floor(Math.min(32767, (room * (most[column] as number)) / Math.max(1e-30, sums[column] as number)));
  };
  const least = (top: number) => most.reduce((l, m, c) => (m === 0 ? l : Math.min(l, range(top, c))), 32767);
  const top = TOPS.find((candidate) => least(candidate) >= candidate / 2) ?? (TOPS[TOPS.length - 1] as number);
  const words = new Int16Array(k * n);
  const scales = new Float32Array(n);
  for (let column = 0; column < n; column++) {
    if (most[column] === 0) continue;
    const scale = Math.fround((most[column] as number) / range(top, column));
    scales[column] = scale;
    for (let row = 0; row < k; row++) words[place(row, column, k, 2)] = Math.round(entry(row, column) / scale);
  }
  return { weights: new Int8Array(words.buffer), top, scales };
}

/** Element of [n / 8][k / group][8][group]. */
function place(row: number, column: number, k: number, group: number): number {
  return ((column >> 3) * k + (row - (row % group))) * 8 + (column & 7) * group + (row % group);
}

function largest(k: number, column: number, entry: Matrix["entry"]): number {
  let most = 0;
  for (let row = 0; row < k; row++) most = Math.max(most, Math.abs(entry(row, column)));
  return most;
}
