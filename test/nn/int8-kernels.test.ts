import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantiseBytes, quantiseWords, suitsWinograd } from "../../src/convert/pack/quantised.ts";
import { KernelMemory, LEVELS, noise } from "./support/kernel-memory.ts";
import { type MapWindow, mapFields, windows } from "./support/map-windows.ts";
import { quantiseRow, type Window } from "./support/twins.ts";

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

/** A 1x1 kernel over every pixel. */
function onePixel(down: number, across: number): Window {
  return { kernel: [1, 1], strides: [1, 1], before: [0, 0], out: [down, across] };
}

/** What of the padded map the kernel reaches. */
function frameOf({ kernel, strides, out }: Window): [height: number, width: number] {
  return [(out[0] - 1) * strides[0] + kernel[0], (out[1] - 1) * strides[1] + kernel[1]];
}

/** A map of one window in its frame, zeros around it; what is past the frame is left out. */
function framed(map: ArrayLike<number>, window: MapWindow, channels: number): number[] {
  const { shape, before } = window;
  const [height, width] = frameOf(window);
  return Array.from({ length: height * width * channels }, (_, i) => {
    const r = Math.floor(i / (width * channels)) - before[0];
    const q = (Math.floor(i / channels) % width) - before[1];
    const inside = r >= 0 && r < shape.height && q >= 0 && q < shape.width;
    return inside ? (map[(r * shape.width + q) * channels + (i % channels)] as number) : 0;
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
          memory.call("quantiseRows", {
            ...mapFields({ batch: 1, height: 1, width: m, channels: k }, onePixel(1, m), n),
            x: memory.put(x),
            y: quantised,
            largest: top,
            words: Number(words),
            scales: rowScales,
          });
          const expected = Array.from({ length: m }, (_, i) => quantiseRow(x.subarray(i * k, (i + 1) * k), top));
          const raw = memory.bytes(quantised, m * bytes);
          expect(Array.from(words ? new Int16Array(raw.buffer) : raw)).toEqual(
            expected.flatMap(({ integers }) => integers),
          );
          expect(Array.from(memory.floats(rowScales, m))).toEqual(expected.map(({ scale }) => scale));

          const values = unpacked(weights, k, n, words);
          const y = memory.put(from);
          const product = {
            x: quantised,
            weights: memory.put(weights),
            bias: memory.put(bias),
            y,
            rows: m,
            n,
            relu: Number(relu),
            segments: 1,
            length: bytes,
            skip: 0,
            table: memory.put(Uint32Array.from({ length: m }, (_, i) => i * bytes)),
            scales: memory.put(scales),
            rowScales,
            block,
            words: Number(words),
          };
          const scaled = { values, scales, n };
          // The residual lies where the result goes.
          memory.call("gemmInt8", { ...product, residual: residual ? y : 0 });
          expect(memory.floats(y, m * n)).toEqual(
            twinProduct(expected, scaled, bias, residual ? from : undefined, relu),
          );
          if (!words) {
            const wanted = twinProduct(expected, scaled, bias, undefined, relu);
            memory.call("denseInt8", { ...product, residual: 0 });
            expect(memory.floats(y, m * n)).toEqual(wanted);
            memory.call("denseInt8", { ...product, residual: 0, rows: 1 });
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
        const out = [Math.ceil(height / 2), Math.ceil(width / 2)] as const;
        memory.call("quantiseRows", {
          ...mapFields({ batch, height, width, channels }, { ...onePixel(...out), strides: [2, 2] }, 16),
          x: memory.put(x),
          y: to,
          largest: 127,
          words: 0,
          scales,
        });
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

  const batches = fc.integer({ min: 1, max: 3 });

  test("quantiseFrame", () => {
    fc.assert(
      fc.property(windows(), batches, seed, (window, batch, seed) => {
        const memory = new KernelMemory(level);
        const channels = 16;
        const largest = 127;
        const { height, width } = window.shape;
        const area = height * width * channels;
        const x = positive(batch * area, seed);
        const frame = frameOf(window);
        const pixels = window.out[0] * window.out[1];
        const count = frame[0] * frame[1] * channels;
        const [y, scales] = [memory.room(batch * count), memory.room(4 * batch * pixels)];
        const fields = mapFields({ batch, height, width, channels }, window, 16);
        memory.call("quantiseFrame", { ...fields, x: memory.put(x), y, largest, scales });
        for (let b = 0; b < batch; b++) {
          const { integers, scale } = quantiseRow(x.subarray(b * area, (b + 1) * area), largest);
          const scaled = Array.from(memory.floats(scales + 4 * b * pixels, pixels));
          expect(scaled).toEqual(new Array(pixels).fill(scale));
          const wanted = framed(integers, window, channels);
          expect(Array.from(memory.bytes(y + b * count, count))).toEqual(wanted);
        }
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test("quantiseWindow", () => {
    fc.assert(
      fc.property(windows(), batches, seed, (window, batch, seed) => {
        const memory = new KernelMemory(level);
        const largest = 4095;
        const { height, width } = window.shape;
        const area = height * width;
        const x = noise(batch * area, seed);
        if (batch > 1) x.fill(0, 0, area); // a window of silence
        const frame = frameOf(window);
        const pixels = window.out[0] * window.out[1];
        const numbers = Math.ceil((frame[0] * frame[1] + 8) / 16) * 16;
        const places = { y: memory.room(2 * batch * numbers), scales: memory.room(4 * batch * pixels) };
        memory.call("quantiseWindow", {
          ...mapFields({ batch, height, width, channels: 1 }, window, 16),
          ...places,
          x: memory.put(x),
          largest,
          frame: memory.room(4 * numbers),
          numbers,
        });
        const got = new Int16Array(memory.bytes(places.y, 2 * batch * numbers).buffer);
        for (let b = 0; b < batch; b++) {
          const values = framed(x.subarray(b * area, (b + 1) * area), window, 1);
          const { integers, scale } = quantiseRow(Float32Array.from(values, Math.abs), largest);
          const signed = integers.map((value, i) => ((values[i] as number) < 0 && value > 0 ? -value : value));
          expect(Array.from(got.subarray(b * numbers, b * numbers + signed.length))).toEqual(signed);
          expect(got.subarray(b * numbers + signed.length, (b + 1) * numbers).some((value) => value !== 0)).toBe(false);
          const scaled = Array.from(memory.floats(places.scales + 4 * b * pixels, pixels));
          expect(scaled).toEqual(new Array(pixels).fill(scale));
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
        const kernel = [size, size] as const;
        const window = { kernel, strides: [1, 1], before: [0, 0], out: [down, across] } as const;
        const fields = mapFields({ batch, height, width, channels }, window, n);
        memory.call("quantiseFrame", { ...fields, x: memory.put(x), y: frame, largest: top, scales: rowScales });
        const starts = Uint32Array.from({ length: m }, (_, row) => {
          const [image, pixel] = [Math.floor(row / (down * across)), row % (down * across)];
          return ((image * height + Math.floor(pixel / across)) * width + (pixel % across)) * channels;
        });
        const y = memory.room(4 * m * n);
        const length = size * channels;
        memory.call("gemmInt8", {
          x: frame,
          weights: memory.put(weights),
          bias: memory.put(bias),
          residual: 0,
          y,
          rows: m,
          n,
          relu: 1,
          segments: size,
          length,
          skip: (width - size) * channels,
          table: memory.put(starts),
          scales: memory.put(scales),
          rowScales,
          block,
          words: 0,
        });
        const integersOf = memory.bytes(frame, x.length);
        const rowScale = memory.floats(rowScales, m);
        const rows = Array.from(starts, (start, row) => {
          const integers = Array.from({ length: size }, (_, i) => {
            const from = start + i * width * channels;
            return Array.from(integersOf.subarray(from, from + length));
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

  describe("conv3x3Int8 gives what gemmInt8 gives,", () => {
    interface Conv {
      readonly batch: number;
      readonly height: number;
      readonly width: number;
      readonly channels: number;
      readonly n: number;
      /** Of the framed maps, and in gemmInt8's layout. */
      readonly bytes: Int8Array;
      readonly weights: Int8Array;
    }

    /** Both kernels' results, with a residual that lies where the result goes. */
    function both({ batch, height, width, channels, n, bytes, weights }: Conv, block: number, seed: number) {
      const memory = new KernelMemory(level);
      const rows = batch * height * width;
      const row = (width + 2) * channels;
      const starts = Uint32Array.from({ length: rows }, (_, at) => {
        const [window, pixel] = [Math.floor(at / (height * width)), at % (height * width)];
        return (window * (height + 2) + Math.floor(pixel / width)) * row + (pixel % width) * channels;
      });
      const y = memory.room(4 * rows * n);
      const residual = noise(rows * n, seed);
      const place = 2 * channels + 64;
      const call = {
        x: memory.put(bytes),
        weights: memory.put(weights),
        bias: memory.put(noise(n, seed + 1)),
        residual: y,
        y,
        rows,
        n,
        relu: seed & 1,
        segments: 3,
        length: 3 * channels,
        skip: row - 3 * channels,
        table: memory.put(starts),
        scales: memory.put(noise(n, seed + 2)),
        // One a window.
        rowScales: memory.put(Float32Array.from({ length: rows }, (_, at) => 1 + Math.floor(at / (height * width)))),
        block,
        words: 0,
      };
      const winograd = {
        height,
        width,
        channels,
        tiles: block,
        transformed: memory.room(block * 36 * place),
        panel: memory.room(36 * (16 * channels + 64)),
        products: memory.room(block * 36 * 32),
      };
      memory.putAt(y, residual);
      memory.call("gemmInt8", call);
      const direct = memory.floats(y, rows * n);
      memory.putAt(y, residual);
      memory.call("conv3x3Int8", { ...call, ...winograd });
      expect(memory.intact).toBe(true);
      return [memory.floats(y, rows * n), direct] as const;
    }

    const side = fc.integer({ min: 1, max: 13 });
    const tiles = fc.integer({ min: 1, max: 30 });
    const few = fc.constantFrom(16, 32, 48);

    test.each([
      ["of any bytes", (value: number) => Math.round(127 * value)],
      ["of the largest and smallest", (value: number) => (value < 0 ? -127 : 127)],
    ])("%s", (_, byte) => {
      fc.assert(
        fc.property(batches, side, side, few, few, tiles, seed, (batch, height, width, channels, n, block, seed) => {
          const bytes = noise(batch * (height + 2) * (width + 2) * channels, seed + 3);
          const [got, wanted] = both(
            {
              ...{ batch, height, width, channels, n },
              bytes: Int8Array.from(bytes, (value) => Math.max(0, byte(value))),
              weights: Int8Array.from(noise(9 * channels * n, seed + 4), byte),
            },
            block,
            seed,
          );
          expect(got).toEqual(wanted);
        }),
        RUNS,
      );
    });

    test("with the largest sums that the packer leaves to it", () => {
      const [channels, n, most] = [240, 16, 2080];
      const k = 9 * channels;
      const weights = new Int8Array(k * n);
      const set = (count: number) => {
        for (let at = 0; at < weights.length; at++) {
          const row = 4 * Math.floor((at % (8 * k)) / 32) + (at & 3);
          weights[at] = row < count ? ((at >> 2) & 1 ? -127 : 127) : 0;
        }
        return suitsWinograd({ weights, top: 127, scales: new Float32Array(n) }, k);
      };
      expect([set(most + 1), set(most)]).toEqual([false, true]);
      const bytes = new Int8Array(6 * 10 * channels).fill(127);
      const [got, wanted] = both({ batch: 1, height: 4, width: 8, channels, n, bytes, weights }, 2, 1);
      expect(got).toEqual(wanted);
    });
  });

  test("the largest sums that seven and eight bits make do not saturate", () => {
    const memory = new KernelMemory(level);
    const k = 64;
    const weights = new Int8Array(k * 16).map((_, i) => (Math.floor(i / 4) % 2 === 0 ? 127 : -127));
    const [ones, zeros] = [memory.put(new Float32Array(16).fill(1)), memory.put(new Float32Array(16))];
    const y = memory.room(4 * 16);
    memory.call("denseInt8", {
      x: memory.put(new Int8Array(k).fill(127)),
      weights: memory.put(weights),
      bias: zeros,
      residual: 0,
      y,
      rows: 1,
      n: 16,
      relu: 0,
      segments: 1,
      length: k,
      skip: 0,
      table: memory.put(new Uint32Array(1)),
      scales: ones,
      rowScales: ones,
      block: 1,
      words: 0,
    });
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
