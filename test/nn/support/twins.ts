/** What the kernels compute, written down plainly in float64: maps are [batch][height][width][channels]. */

export interface Shape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Rows above and columns to the left. */
  readonly before: readonly [number, number];
  readonly out: readonly [height: number, width: number];
}

/** Every output pixel with the taps of its window that lie inside the map. */
function* places(shape: Shape, window: Window): Generator<{ to: number; taps: { pixel: number; tap: number }[] }> {
  const { kernel, strides, before, out } = window;
  let to = 0;
  for (let b = 0; b < shape.batch; b++) {
    for (let r = 0; r < out[0]; r++) {
      for (let q = 0; q < out[1]; q++, to++) {
        const taps = [];
        for (let i = 0; i < kernel[0]; i++) {
          for (let k = 0; k < kernel[1]; k++) {
            const [row, column] = [r * strides[0] - before[0] + i, q * strides[1] - before[1] + k];
            if (row < 0 || row >= shape.height || column < 0 || column >= shape.width) continue;
            taps.push({ pixel: (b * shape.height + row) * shape.width + column, tap: i * kernel[1] + k });
          }
        }
        yield { to, taps };
      }
    }
  }
}

type Numbers = ArrayLike<number>;
const at = (values: Numbers, i: number) => values[i] as number;
const raised = (value: number, relu: boolean) => (relu ? Math.max(0, value) : value);

/** weights [tap][channel in][n] */
export function conv(
  x: Numbers,
  shape: Shape,
  weights: Numbers,
  bias: Numbers,
  n: number,
  window: Window,
  relu: boolean,
): Float64Array {
  const { channels } = shape;
  const y = new Float64Array(shape.batch * window.out[0] * window.out[1] * n);
  for (const { to, taps } of places(shape, window)) {
    for (let o = 0; o < n; o++) {
      let sum = at(bias, o);
      for (const { pixel, tap } of taps) {
        for (let c = 0; c < channels; c++) {
          sum += at(x, pixel * channels + c) * at(weights, (tap * channels + c) * n + o);
        }
      }
      y[to * n + o] = raised(sum, relu);
    }
  }
  return y;
}

/** weights [tap][channel] */
export function depthwise(
  x: Numbers,
  shape: Shape,
  weights: Numbers,
  bias: Numbers,
  window: Window,
  relu: boolean,
): Float64Array {
  const { channels } = shape;
  const y = new Float64Array(shape.batch * window.out[0] * window.out[1] * channels);
  for (const { to, taps } of places(shape, window)) {
    for (let c = 0; c < channels; c++) {
      let sum = at(bias, c);
      for (const { pixel, tap } of taps) sum += at(x, pixel * channels + c) * at(weights, tap * channels + c);
      y[to * channels + c] = raised(sum, relu);
    }
  }
  return y;
}

export function maxPool(x: Numbers, shape: Shape, window: Window): Float64Array {
  const { channels } = shape;
  const y = new Float64Array(shape.batch * window.out[0] * window.out[1] * channels).fill(Number.NEGATIVE_INFINITY);
  for (const { to, taps } of places(shape, window)) {
    for (let c = 0; c < channels; c++) {
      for (const { pixel } of taps) {
        y[to * channels + c] = Math.max(y[to * channels + c] as number, at(x, pixel * channels + c));
      }
    }
  }
  return y;
}

/** a [m][k] times b [k][n], plus bias and perhaps a residual. */
export function product(
  a: Numbers,
  b: Numbers,
  m: number,
  n: number,
  k: number,
  bias: Numbers,
  residual: Numbers | undefined,
  relu: boolean,
): Float64Array {
  const y = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = at(bias, j) + (residual ? at(residual, i * n + j) : 0);
      for (let l = 0; l < k; l++) sum += at(a, i * k + l) * at(b, l * n + j);
      y[i * n + j] = raised(sum, relu);
    }
  }
  return y;
}

/** Math.round to even, as f32x4.nearest. */
export function nearest(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** One row to integers 0 .. top, in float32 as the kernel does it. */
export function quantiseRow(row: Numbers, top: number): { integers: number[]; scale: number } {
  const most = Array.from(row).reduce((m, value) => Math.max(m, value), 0);
  const factor = most === 0 ? 0 : Math.fround(top / most);
  const usable = Number.isFinite(factor) ? factor : 0;
  const integers = Array.from(row, (value) => Math.max(0, Math.min(top, nearest(Math.fround(value * usable)))));
  return { integers, scale: Math.fround(most / top) };
}
