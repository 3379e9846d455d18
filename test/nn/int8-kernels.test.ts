import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantiseBytes, quantiseWords } from "../../src/convert/pack/quantised.ts";
import { KernelMemory, LEVELS, noise } from "./support/kernel-memory.ts";
import { quantiseRow } from "./support/twins.ts";

const RUNS = { numRuns: 25 };
const sixteens = fc.integer({ min: 1, max: 9 }).map((n) => 16 * n);
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
          memory.kernel("quantiseRows")(memory.put(x), 1, 1, m, k, 1, 1, top, Number(words), quantised, rowScales);
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
          if (!words) {
            const wanted = twinProduct(expected, scaled, bias, undefined, relu);
            memory.kernel("denseInt8")(quantised, table, m, w, n, k, y, s, d, rowScales, Number(relu));
            expect(memory.floats(y, m * n)).toEqual(wanted);
            memory.kernel("denseInt8")(quantised, table, 1, w, n, k, y, s, d, rowScales, Number(relu));
            expect(memory.floats(y, n)).toEqual(wanted.slice(0, n));
          }
          expect(memory.intact).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test("quantiseRows of every second pixel of every second row", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), size, size, seed, (batch, height, width, seed) => {
        const memory = new KernelMemory(level);
        const channels = 16;
        const x = positive(batch * height * width * channels, seed);
        const pixels = Array.from({ length: batch * height * width }, (_, i) => i).filter(
          (i) => (Math.floor(i / width) % height) % 2 === 0 && (i % width) % 2 === 0,
        );
        const [to, scales] = [memory.room(pixels.length * channels), memory.room(4 * pixels.length)];
        const shape = [batch, height, width, channels, 2, 2];
        memory.kernel("quantiseRows")(memory.put(x), ...shape, 127, 0, to, scales);
        const wanted = pixels.map((i) => quantiseRow(x.subarray(i * channels, (i + 1) * channels), 127));
        expect(Array.from(memory.bytes(to, pixels.length * channels))).toEqual(
          wanted.flatMap(({ integers }) => integers),
        );
        expect(Array.from(memory.floats(scales, pixels.length))).toEqual(wanted.map(({ scale }) => scale));
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test("quantiseFrame", () => {
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
          const most = 127;
          // A frame may also be smaller than the map: strides may leave its last rows unread.
          const [frameHeight, frameWidth] = [
            Math.max(top + 1, top + height + below - 1),
            Math.max(left + 1, left + width + right - 1),
          ];
          const area = height * width * channels;
          const x = positive(batch * area, seed);
          const count = batch * frameHeight * frameWidth * channels;
          const [frame, scales] = [memory.room(count), memory.room(8 * batch)];
          const shape = [batch, height, width, channels, top, left, frameHeight, frameWidth];
          memory.kernel("quantiseFrame")(memory.put(x), ...shape, most, frame, scales, 2);
          const got = memory.bytes(frame, count);
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

  test("quantiseWindow", () => {
    const size = fc.integer({ min: 1, max: 9 });
    const edge = fc.nat(3);
    const args = [fc.integer({ min: 1, max: 3 }), size, size, edge, edge, fc.nat(5), fc.nat(5), seed] as const;
    fc.assert(
      fc.property(...args, (batch, height, width, top, left, below, right, seed) => {
        const memory = new KernelMemory(level);
        const most = 4095;
        const [frameHeight, frameWidth] = [
          Math.max(top + 1, top + height + below - 2),
          Math.max(left + 1, left + width + right - 2),
        ];
        const numbers = Math.ceil((frameHeight * frameWidth + 8) / 16) * 16;
        const x = noise(batch * height * width, seed);
        if (batch > 1) x.fill(0, 0, height * width); // a window of silence
        const [scratch, to, scales] = [
          memory.room(4 * numbers),
          memory.room(2 * batch * numbers),
          memory.room(8 * batch),
        ];
        const places = [scratch, frameHeight, frameWidth, numbers, most, to, scales, 2];
        memory.kernel("quantiseWindow")(memory.put(x), batch, height, width, top, left, ...places);
        const got = new Int16Array(memory.bytes(to, 2 * batch * numbers).buffer);
        for (let b = 0; b < batch; b++) {
          const frame = new Float32Array(numbers);
          for (let r = top; r < Math.min(frameHeight, top + height); r++) {
            for (let q = left; q < Math.min(frameWidth, left + width); q++) {
              frame[r * frameWidth + q] = x[(b * height + r - top) * width + q - left] as number;
            }
          }
          const { integers, scale } = quantiseRow(frame.map(Math.abs), most);
          const signed = integers.map((value, i) => ((frame[i] as number) < 0 && value > 0 ? -value : value));
          expect(Array.from(got.subarray(b * numbers, (b + 1) * numbers))).toEqual(signed);
          expect(Array.from(memory.floats(scales + 8 * b, 2))).toEqual([scale, scale]);
        }
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test("gemmInt8 of a convolution: rows in segments, from a frame", () => {
    const small = fc.integer({ min: 1, max: 4 });
    const args = [small, small, small, fc.constantFrom(1, 3), sixteens, fc.integer({ min: 1, max: 30 }), seed] as const;
    fc.assert(
      fc.property(...args, (batch, down, across, size, n, block, seed) => {
        const memory = new KernelMemory(level);
        const channels = 16;
        const k = size * size * channels;
        const m = batch * down * across;
        const [height, width] = [down + size - 1, across + size - 1];
        const x = positive(batch * height * width * channels, seed);
        const [b, bias] = [noise(k * n, seed + 1), noise(n, seed + 2)];
        const entry = (row: number, column: number) => b[row * n + column] as number;
        const { weights, scales, top } = quantiseBytes({ k, n, entry });
        const [frame, rowScales] = [memory.room(x.length), memory.room(4 * m)];
        const shape = [batch, height, width, channels, 0, 0, height, width];
        memory.kernel("quantiseFrame")(memory.put(x), ...shape, top, frame, rowScales, down * across);
        const starts = Uint32Array.from({ length: m }, (_, row) => {
          const [image, pixel] = [Math.floor(row / (down * across)), row % (down * across)];
          return ((image * height + Math.floor(pixel / across)) * width + (pixel % across)) * channels;
        });
        const [table, w, s, d] = [starts, weights, scales, bias].map((values) => memory.put(values)) as number[];
        const y = memory.room(4 * m * n);
        const length = size * channels;
        const skip = (width - size) * channels;
        const places = [y, 4 * n, s, d, rowScales, 0, 1, block, 0] as number[];
        memory.kernel("gemmInt8")(frame, table as number, m, w as number, n, size, length, skip, ...places);
        const framed = memory.bytes(frame, x.length);
        const rowScale = memory.floats(rowScales, m);
        const rows = Array.from(starts, (start, row) => {
          const integers = Array.from({ length: size }, (_, i) => {
            const from = start + i * width * channels;
            return Array.from(framed.subarray(from, from + length));
          });
          return { integers: integers.flat(), scale: rowScale[row] as number };
        });
        const scaled = { values: unpacked(weights, k, n, false), scales, n };
        expect(memory.floats(y, m * n)).toEqual(twinProduct(rows, scaled, bias, undefined, true));
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
    memory.kernel("denseInt8")(x, table, 1, memory.put(weights), 16, k, y, ones, zeros, ones, 0);
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
