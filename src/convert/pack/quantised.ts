import { LARGEST_INT8, symmetricScale, toInt8 } from "../quantise/symmetric.ts";
import type { Matrix } from "./weights.ts";

/** A matrix of integers in the layout of gemmInt8, and the scale that turns each column's sums back. */
export interface QuantisedMatrix {
  readonly weights: Int8Array;
  /** What the activations' largest becomes. */
  readonly top: number;
  readonly scales: Float32Array;
}

const INT32 = 2 ** 31 - 1;

/** Bytes: weights -127 .. 127 a column, activations 0 .. 127: the range in which every CPU's dot gives the same sums. */
export function quantiseBytes({ k, n, entry }: Matrix): QuantisedMatrix {
  const weights = new Int8Array(k * n);
  const scales = new Float32Array(n);
  for (let column = 0; column < n; column++) {
    const scale = symmetricScale(largest(k, column, entry));
    scales[column] = scale;
    for (let row = 0; row < k; row++) weights[place(row, column, k, 4)] = toInt8(entry(row, column), scale);
  }
  return { weights, top: LARGEST_INT8, scales };
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
