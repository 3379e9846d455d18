import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantiseBytes, quantiseWinograd, quantiseWords } from "../../src/convert/pack/quantised.ts";
import { KernelMemory, LEVELS, noise } from "./support/kernel-memory.ts";
import { maxPool, quantiseRow } from "./support/twins.ts";

const RUNS = { numRuns: 25 };
const sixteens = fc.integer({ min: 1, max: 5 }).map((n) => 16 * n);
const seed = fc.integer();
const flag = fc.boolean();
const f = Math.fround;

const positive = (count: number, seed: number) => noise(count, seed).map((value) => Math.max(0, 3 * value));

/** The kernels' integers and floats, one operation at a time: equal to the bit. */
function twinProduct(
  rows: readonly { integers: readonly number[]; scale: number }[],
  matrix: { values: readonly number[]; scales: Float32Array; n: number },
  bias: Float32Array,
  residual: Float32Array | undefined,
  relu: boolean,
): Float32Array {
  const { values, scales, n } = matrix;
  return Float32Array.from({ length: rows.length * n }, (_, i) => {
    const [row, column] = [rows[Math.floor(i / n)] as (typeof rows)[number], i % n];
    let sum = 0;
    for (const [k, q] of row.integers.entries()) sum += q * (values[k * n + column] as number);
    let y = f(f(f(f(sum) * (scales[column] as number)) * row.scale) + (bias[column] as number));
    if (residual) y = f(y + (residual[i] as number));
    return relu ? Math.max(0, y) : y;
  });
}

/** The integers of [n / 8][k / group][8][group] as [k][n]. */
function unpacked(weights: Int8Array, k: number, n: number, words: boolean): number[] {
  const values = words ? new Int16Array(weights.buffer) : weights;
  const group = words ? 2 : 4;
  return Array.from({ length: k * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    const panel = Math.floor(column / 8) * k * 8;
    return values[panel + Math.floor(row / group) * 8 * group + (column % 8) * group + (row % group)] as number;
  });
}

/** F(2x2,3x3) over a frame of integers, the sums exact and every float operation rounded, in the kernel's order. */
function twinWinograd(
  frame: Int16Array,
  rowScales: Float32Array,
  weights: Int8Array,
  scales: Float32Array,
  bias: Float32Array,
  { batch, height, width, k, n }: Record<"batch" | "height" | "width" | "k" | "n", number>,
  relu: boolean,
): Float32Array {
  const y = new Float32Array(batch * height * width * n);
  const [down, across] = [height / 2, width / 2];
  /** B^T of four numbers. */
  const before = (d: readonly number[]) => {
    const [a, b, c, e] = d as [number, number, number, number];
    return [a - c, b + c, c - b, b - e];
  };
  for (let tile = 0; tile < batch * down * across; tile++) {
    const image = Math.floor(tile / (down * across));
    const [r, q] = [Math.floor((tile % (down * across)) / across) * 2, (tile % across) * 2];
    const transformed = Array.from({ length: k }, (_, channel) => {
      const pixel = (i: number, j: number) =>
        frame[((image * (height + 2) + r + i) * (width + 2) + q + j) * k + channel] as number;
      const columns = [0, 1, 2, 3].map((j) => before([0, 1, 2, 3].map((i) => pixel(i, j))));
      return [0, 1, 2, 3].flatMap((i) => before(columns.map((column) => column[i] as number)));
    });
    for (let o = 0; o < n; o++) {
      const m = Array.from({ length: 16 }, (_, position) => {
        let sum = 0;
        for (const [c, values] of transformed.entries()) {
          const at = position * k * n + ((o >> 3) * k + (c & ~1)) * 8 + (o & 7) * 2 + (c & 1);
          sum += (values[position] as number) * (weights[at] as number);
        }
        return f(f(f(sum) * (scales[position * n + o] as number)) * (rowScales[tile] as number));
      });
      const at = (i: number, j: number) => m[i * 4 + j] as number;
      const top = [0, 1, 2, 3].map((j) => f(f(at(0, j) + at(1, j)) + at(2, j))) as [number, number, number, number];
      const low = [0, 1, 2, 3].map((j) => f(f(at(1, j) - at(2, j)) - at(3, j))) as [number, number, number, number];
      const b = bias[o] as number;
      for (const [i, [c0, c1, c2, c3]] of [top, low].entries()) {
        const pair = [f(f(f(b + c0) + c1) + c2), f(f(f(b + c1) - c2) - c3)];
        for (const [j, value] of pair.entries()) {
          y[((image * height + r + i) * width + q + j) * n + o] = relu ? Math.max(0, value) : value;
        }
      }
    }
  }
  return y;
}

describe.each(LEVELS)("int8 kernels of the %s module equal their scalar twins to the bit:", (level) => {
  test.each([
    ["bytes", false],
    ["words", true],
  ])("quantiseRows, gemmInt8 and denseInt8 of %s", (_, words) => {
    const rows = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(
        rows,
        sixteens,
        sixteens,
        flag,
        flag,
        fc.integer({ min: 1, max: 30 }),
        seed,
        (m, n, k, residual, relu, block, seed) => {
          const memory = new KernelMemory(level);
          const x = positive(m * k, seed);
          if (m > 1) x.fill(0, 0, k); // a row of silence
          const [b, bias, from] = [noise(k * n, seed + 1), noise(n, seed + 2), noise(m * n, seed + 3)];
          const entry = (row: number, column: number) => b[row * n + column] as number;
          const { weights, scales, top } = (words ? quantiseWords : quantiseBytes)({ k, n, entry });
          const bytes = k * (words ? 2 : 1);
          const [quantised, rowScales] = [memory.room(m * bytes), memory.room(4 * m)];
          memory.kernel("quantiseRows")(memory.put(x), m, 1, 1, k, 1, 1, top, Number(words), quantised, rowScales);
          const expected = Array.from({ length: m }, (_, i) => quantiseRow(x.subarray(i * k, (i + 1) * k), top));
          const raw = memory.bytes(quantised, m * bytes);
          expect(Array.from(words ? new Int16Array(raw.buffer) : raw)).toEqual(
            expected.flatMap(({ integers }) => integers),
          );
          expect(Array.from(memory.floats(rowScales, m))).toEqual(expected.map(({ scale }) => scale));

          const values = unpacked(weights, k, n, words);
          const table = memory.put(Uint32Array.from({ length: m }, (_, i) => i * bytes));
          const places = [memory.put(weights), memory.put(scales), memory.put(bias)] as const;
          const y = memory.put(from);
          const scaled = { values, scales, n };
          // The residual lies where the result goes.
          const own = residual ? y : 0;
          const [w, s, d] = places;
          memory.kernel("gemmInt8")(
            quantised,
            table,
            m,
            w,
            n,
            1,
            bytes,
            0,
            y,
            4 * n,
            s,
            d,
            rowScales,
            own,
            Number(relu),
            block,
            Number(words),
          );
          expect(memory.floats(y, m * n)).toEqual(
            twinProduct(expected, scaled, bias, residual ? from : undefined, relu),
          );
          memory.kernel("denseInt8")(quantised, table, m, w, n, bytes, y, s, d, rowScales, Number(relu), Number(words));
          const wanted = twinProduct(expected, scaled, bias, undefined, relu);
          expect(memory.floats(y, m * n)).toEqual(wanted);
          memory.kernel("denseInt8")(quantised, table, 1, w, n, bytes, y, s, d, rowScales, Number(relu), Number(words));
          expect(memory.floats(y, n)).toEqual(wanted.slice(0, n));
          expect(memory.intact).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test.each([
    ["bytes", false],
    ["words", true],
  ])("quantiseFrame of %s", (_, words) => {
    const size = fc.integer({ min: 1, max: 6 });
    const edge = fc.nat(3);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        size,
        size,
        edge,
        edge,
        edge,
        edge,
        seed,
        (batch, height, width, top, left, below, right, seed) => {
          const memory = new KernelMemory(level);
          const channels = 16;
          const most = words ? 2047 : 127;
          // A frame may also be smaller than the map: strides may leave its last rows unread.
          const [frameHeight, frameWidth] = [
            Math.max(top + 1, top + height + below - 1),
            Math.max(left + 1, left + width + right - 1),
          ];
          const area = height * width * channels;
          const x = positive(batch * area, seed);
          const count = batch * frameHeight * frameWidth * channels;
          const [frame, scales] = [memory.room(count * (words ? 2 : 1)), memory.room(8 * batch)];
          const shape = [batch, height, width, channels, top, left, frameHeight, frameWidth];
          memory.kernel("quantiseFrame")(memory.put(x), ...shape, most, Number(words), frame, scales, 2);
          const raw = memory.bytes(frame, count * (words ? 2 : 1));
          const got = words ? new Int16Array(raw.buffer) : raw;
          for (let b = 0; b < batch; b++) {
            const { integers, scale } = quantiseRow(x.subarray(b * area, (b + 1) * area), most);
            expect(Array.from(memory.floats(scales + 8 * b, 2))).toEqual([scale, scale]);
            for (let r = 0; r < frameHeight; r++) {
              for (let q = 0; q < frameWidth; q++) {
                const inside = r >= top && r < top + height && q >= left && q < left + width;
                const from = ((r - top) * width + q - left) * channels;
                const wanted = inside ? integers.slice(from, from + channels) : new Array(channels).fill(0);
                const at = ((b * frameHeight + r) * frameWidth + q) * channels;
                expect(Array.from(got.subarray(at, at + channels))).toEqual(wanted);
              }
            }
          }
          expect(memory.intact).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test("quantiseFrame and winogradInt8", () => {
    const few = fc.integer({ min: 1, max: 4 });
    const args = [few, few, few, sixteens, sixteens, flag, flag, fc.integer({ min: 1, max: 20 }), seed] as const;
    fc.assert(
      fc.property(...args, (batch, down, across, k, n, relu, pool, block, seed) => {
        const memory = new KernelMemory(level);
        const [height, width, tiles] = [2 * down, 2 * across, down * across];
        const x = positive(batch * height * width * k, seed);
        const [u, bias] = [noise(16 * k * n, seed + 1), noise(n, seed + 2)];
        const entryAt = (position: number) => (row: number, column: number) =>
          u[(position * k + row) * n + column] as number;
        const { weights, scales, top } = quantiseWinograd(k, n, entryAt);
        const frameBytes = 2 * batch * (height + 2) * (width + 2) * k;
        const [frame, frameScales] = [memory.room(frameBytes), memory.room(4 * batch * tiles)];
        const shape = [batch, height, width, k, 1, 1, height + 2, width + 2];
        memory.kernel("quantiseFrame")(memory.put(x), ...shape, top, 1, frame, frameScales, tiles);
        const count = (batch * height * width * n) / (pool ? 4 : 1);
        const y = memory.room(4 * count);
        memory.kernel("winogradInt8")(
          frame,
          frameScales,
          memory.put(weights),
          memory.put(scales),
          memory.put(bias),
          y,
          batch,
          height,
          width,
          k,
          n,
          Number(relu),
          Number(pool),
          memory.put(new Float32Array(n)),
          memory.put(Uint32Array.from({ length: block }, (_, t) => t * 16 * (2 * k + 64))),
          memory.room(block * 16 * (2 * k + 64)),
          memory.room(block * 16 * (4 * n + 64)),
          block,
        );
        const framed = new Int16Array(memory.bytes(frame, frameBytes).buffer);
        const rowScales = memory.floats(frameScales, batch * tiles);
        const sizes = { batch, height, width, k, n };
        const full = twinWinograd(framed, rowScales, weights, scales, bias, sizes, relu);
        const halves = { kernel: [2, 2], strides: [2, 2], before: [0, 0], out: [down, across] } as const;
        const wanted = pool ? Float32Array.from(maxPool(full, { batch, height, width, channels: n }, halves)) : full;
        expect(memory.floats(y, count)).toEqual(wanted);
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test("the largest sums that seven and eight bits make do not saturate", () => {
    const memory = new KernelMemory(level);
    const k = 64;
    const weights = new Int8Array(k * 16).map((_, i) => (Math.floor(i / 4) % 2 === 0 ? 127 : -127));
    const x = memory.put(new Int8Array(k).fill(127));
    const [ones, zeros] = [memory.put(new Float32Array(16).fill(1)), memory.put(new Float32Array(16))];
    const y = memory.room(4 * 16);
    const table = memory.put(new Uint32Array(1));
    memory.kernel("denseInt8")(x, table, 1, memory.put(weights), 16, k, y, ones, zeros, ones, 0, 0);
    const wanted = Array.from({ length: 16 }, (_, n) => (n % 2 === 0 ? 1 : -1) * 127 * 127 * k);
    expect(Array.from(memory.floats(y, 16))).toEqual(wanted);
  });
});

test("sixteen-bit sums cannot leave 32 bits, whatever the activations are", () => {
  fc.assert(
    fc.property(sixteens, seed, flag, (k, seed, same) => {
      const b = same ? new Float32Array(k * 16).fill(0.3) : noise(k * 16, seed);
      const { weights, top } = quantiseWords({ k, n: 16, entry: (row, column) => b[row * 16 + column] as number });
      const values = unpacked(weights, k, 16, true);
      for (let column = 0; column < 16; column++) {
        let sum = 0;
        for (let row = 0; row < k; row++) sum += Math.abs(values[row * 16 + column] as number);
        expect(sum * top).toBeLessThan(2 ** 31);
      }
    }),
    RUNS,
  );
});
