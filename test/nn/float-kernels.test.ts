import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConvLayer, Tensor } from "../../src/convert/pack/layers.ts";
import { panels, strassenWeights, winogradWeights } from "../../src/convert/pack/weights.ts";
import { largestDifference, largestValue } from "../support/compare.ts";
import { KernelMemory, LEVELS, noise } from "./support/kernel-memory.ts";
import * as twin from "./support/twins.ts";

/** Rounding of float32 sums of up to a few thousand products, against float64. */
const TOLERANCE = 2e-6;
/** F(4x4,3x3)'s transforms have entries up to 8 and lose about two bits. */
const WINOGRAD_TOLERANCE = 1e-5;
const RUNS = { numRuns: 25 };

const small = fc.integer({ min: 1, max: 12 });
const eights = fc.integer({ min: 1, max: 5 }).map((n) => 8 * n);
const flag = fc.boolean();
const seed = fc.integer();

function close(got: Float32Array, wanted: Float64Array, tolerance = TOLERANCE): void {
  expect(largestDifference(got, wanted)).toBeLessThanOrEqual(tolerance * Math.max(1, largestValue(wanted)));
}

describe.each(LEVELS)("kernels of the %s module equal their scalar twins:", (level) => {
  test.each(["gemm", "gemmStrict"])("%s", (name) => {
    const k = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 120, max: 300 })).map((n) => 4 * n);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 23 }), eights, k, flag, flag, seed, (m, n, k, residual, relu, seed) => {
        const memory = new KernelMemory(level);
        const [a, b, bias, from] = [m * k, k * n, n, m * n].map((count, i) => noise(count, seed + i)) as [
          Float32Array,
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        const packed = panels(k, n, 8, (row, column) => b[row * n + column] as number);
        // The residual lies where the result goes: the kernel must read before it writes, over blocks of K as well.
        const y = memory.put(from);
        const places = [memory.put(a), 4 * k, memory.put(packed), y, 4 * n, m, n, k, memory.put(bias)];
        memory.kernel(name)(...places, residual ? y : 0, Number(relu));
        close(memory.floats(y, m * n), twin.product(a, b, m, n, k, bias, residual ? from : undefined, relu), 4e-6);
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test("strassen, and a window's numbers do not depend on its company", () => {
    const few = fc.integer({ min: 1, max: 9 });
    const sixteens = fc.integer({ min: 1, max: 18 }).map((n) => 16 * n);
    const args = [fc.integer({ min: 1, max: 3 }), few, sixteens, sixteens, flag, flag, seed] as const;
    fc.assert(
      fc.property(...args, (batch, half, n, k, residual, relu, seed) => {
        const memory = new KernelMemory(level);
        const rows = 2 * half;
        const m = batch * rows;
        const [a, b, bias] = [noise(m * k, seed), noise(k * n, seed + 1), noise(n, seed + 2)];
        const from = noise(m * n, seed + 3);
        const weights = memory.put(strassenWeights({ k, n, entry: (row, column) => b[row * n + column] as number }));
        const [x, biases, y, alone] = [memory.put(a), memory.put(bias), memory.put(from), memory.room(4 * rows * n)];
        const shape = [rows, n, k, Number(relu)];
        const last = (batch - 1) * rows;
        const lastX = x + 4 * last * k;
        const lastFrom = residual ? memory.put(from.slice(last * n)) : 0;
        memory.kernel("strassen")(lastX, weights, biases, lastFrom, alone, 1, ...shape);
        memory.kernel("strassen")(x, weights, biases, residual ? y : 0, y, batch, ...shape);
        const got = memory.floats(y, m * n);
        // Sums of quarters are twice as large as what is asked for, and their errors with them.
        close(got, twin.product(a, b, m, n, k, bias, residual ? from : undefined, relu), 8e-6);
        expect(got.slice(last * n)).toEqual(memory.floats(alone, rows * n));
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test("dense, and a row's numbers do not depend on its company", () => {
    const sixteens = fc.integer({ min: 1, max: 12 }).map((n) => 16 * n);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 19 }), sixteens, sixteens, flag, seed, (rows, n, k, relu, seed) => {
        const memory = new KernelMemory(level);
        const [x, b, bias] = [noise(rows * k, seed), noise(k * n, seed + 1), noise(n, seed + 2)];
        const weights = memory.put(panels(k, n, 4, (row, column) => b[row * n + column] as number));
        const [xs, biases, scratch] = [memory.put(x), memory.put(bias), memory.room(32 * k)];
        const [all, alone] = [memory.room(4 * rows * n), memory.room(4 * n)];
        memory.kernel("dense")(xs, weights, biases, all, rows, n, k, Number(relu), scratch);
        const got = memory.floats(all, rows * n);
        close(got, twin.product(x, b, rows, n, k, bias, undefined, relu));
        memory.kernel("dense")(xs, weights, biases, alone, 1, n, k, Number(relu), scratch);
        expect(got.slice(0, n)).toEqual(memory.floats(alone, n));
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test.each([2, 4] as const)("winograd F(%i)", (size) => {
    const few = fc.integer({ min: 1, max: 4 });
    const sixteens = fc.constantFrom(16, 32, 48);
    const args = [few, few, few, sixteens, sixteens, flag, flag, fc.integer({ min: 1, max: 30 }), seed] as const;
    fc.assert(
      fc.property(...args, (batch, down, across, k, n, relu, pool, block, seed) => {
        const memory = new KernelMemory(level);
        const [height, width] = [down * size, across * size];
        const shape = { batch, height, width, channels: k };
        const [x, w, bias] = [noise(batch * height * width * k, seed), noise(9 * k * n, seed + 1), noise(n, seed + 2)];
        // [tap][k][n] to [n][k][tap]
        const weights = Float32Array.from({ length: 9 * k * n }, (_, i) => {
          const [o, c, tap] = [Math.floor(i / (9 * k)), Math.floor(i / 9) % k, i % 9];
          return w[(tap * k + c) * n + o] as number;
        });
        const tensor = (channels: number): Tensor => ({ id: 0, height, width, channels, nonNegative: false });
        const layer = { weights, input: tensor(k), output: tensor(n) } as ConvLayer;
        const positions = (size + 2) ** 2;
        const outPixels = batch * height * width * (pool ? 1 / 4 : 1);
        const y = memory.room(4 * outPixels * n);
        memory.kernel("winograd")(
          size,
          memory.put(x),
          memory.put(winogradWeights(layer, size)),
          memory.put(bias),
          y,
          batch,
          height,
          width,
          k,
          n,
          Number(relu),
          Number(pool),
          memory.put(new Float32Array(Math.max(k, n))),
          memory.room(4 * block * positions * (k + 16)),
          memory.room(4 * block * positions * (n + 16)),
          block,
        );
        const same = { kernel: [3, 3], strides: [1, 1], before: [1, 1], out: [height, width] } as const;
        const full = twin.conv(x, shape, w, bias, n, same, relu);
        const halves = { kernel: [2, 2], strides: [2, 2], before: [0, 0], out: [height / 2, width / 2] } as const;
        const wanted = pool ? twin.maxPool(full, { ...shape, channels: n }, halves) : full;
        close(memory.floats(y, outPixels * n), wanted, WINOGRAD_TOLERANCE);
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test.each(["stem", "stemStrict"])("%s", (name) => {
    fc.assert(
      fc.property(
        windows(),
        small,
        fc.integer({ min: 1, max: 3 }),
        eights,
        flag,
        seed,
        (window, _, batch, n, relu, seed) => {
          const memory = new KernelMemory(level);
          const shape = { ...window.shape, batch, channels: 1 };
          const { kernel, strides, before, out } = window;
          const taps = kernel[0] * kernel[1];
          const x = noise(batch * shape.height * shape.width, seed);
          const [w, bias] = [noise(taps * n, seed + 1), noise(n, seed + 2)];
          const frame = [(out[0] - 1) * strides[0] + kernel[0], (out[1] - 1) * strides[1] + kernel[1]] as const;
          const y = memory.room(4 * batch * out[0] * out[1] * n);
          memory.kernel(name)(
            memory.put(x),
            batch,
            shape.height,
            shape.width,
            ...before,
            memory.room(4 * frame[0] * frame[1] + 64),
            ...frame,
            memory.put(w),
            memory.put(bias),
            ...kernel,
            ...strides,
            ...out,
            n,
            Number(relu),
            y,
          );
          close(memory.floats(y, batch * out[0] * out[1] * n), twin.conv(x, shape, w, bias, n, window, relu));
          expect(memory.intact).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test.each([0, 1])("convAny, strict %i", (strict) => {
    fc.assert(
      fc.property(
        windows(),
        fc.integer({ min: 1, max: 3 }),
        eights,
        eights,
        flag,
        flag,
        seed,
        (window, batch, k, n, residual, relu, seed) => {
          const memory = new KernelMemory(level);
          const shape = { ...window.shape, batch, channels: k };
          const { kernel, strides, before, out } = window;
          const rows = kernel[0] * kernel[1] * k;
          const x = noise(batch * shape.height * shape.width * k, seed);
          const [w, bias] = [noise(rows * n, seed + 1), noise(n, seed + 2)];
          const pixels = batch * out[0] * out[1];
          const from = residual ? noise(pixels * n, seed + 3) : new Float32Array(pixels * n);
          const y = memory.put(from);
          const packed = panels(rows, n, 8, (row, column) => w[row * n + column] as number);
          const places = [memory.put(x), memory.put(packed), memory.put(bias), residual ? y : 0, y];
          const geometry = [batch, shape.height, shape.width, k, ...kernel, ...strides, ...before, ...out];
          memory.kernel("convAny")(...places, ...geometry, n, Number(relu), strict, memory.room(4 * 20 * rows), 20);
          const plain = twin.conv(x, shape, w, bias, n, window, false);
          const wanted = plain.map((value, i) => {
            const sum = value + (from[i] as number);
            return relu ? Math.max(0, sum) : sum;
          });
          close(memory.floats(y, pixels * n), wanted);
          expect(memory.intact).toBe(true);
        },
      ),
      RUNS,
    );
  });

  const same3x3 = (height: number, width: number): twin.Window => ({
    kernel: [3, 3],
    strides: [1, 1],
    before: [1, 1],
    out: [height, width],
  });
  const half3x3 = (height: number, width: number): twin.Window => ({
    kernel: [3, 3],
    strides: [2, 2],
    before: [0, 0],
    out: [height / 2, width / 2],
  });

  test.each([
    ["depthwise3x3", 1, same3x3],
    ["depthwise3x3Strict", 1, same3x3],
    ["depthwise3x3Half", 2, half3x3],
    ["depthwise3x3HalfStrict", 2, half3x3],
  ] as const)("%s", (name, step, windowOf) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        small,
        small,
        eights,
        flag,
        seed,
        (batch, down, across, channels, relu, seed) => {
          const memory = new KernelMemory(level);
          const shape = { batch, height: down * step, width: across * step, channels };
          const window = windowOf(shape.height, shape.width);
          const x = noise(batch * shape.height * shape.width * channels, seed);
          const [w, bias] = [noise(9 * channels, seed + 1), noise(channels, seed + 2)];
          const count = batch * window.out[0] * window.out[1] * channels;
          const y = memory.room(4 * count);
          const zeros = memory.put(new Float32Array(shape.width * channels));
          const places = [memory.put(x), memory.put(w), memory.put(bias), y];
          memory.kernel(name)(...places, batch, shape.height, shape.width, channels, Number(relu), zeros);
          close(memory.floats(y, count), twin.depthwise(x, shape, w, bias, window, relu));
          expect(memory.intact).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test("depthwiseAny and maxPoolAny", () => {
    fc.assert(
      fc.property(
        windows(),
        fc.integer({ min: 1, max: 3 }),
        eights,
        flag,
        seed,
        (window, batch, channels, relu, seed) => {
          const memory = new KernelMemory(level);
          const shape = { ...window.shape, batch, channels };
          const { kernel, strides, before, out } = window;
          const x = noise(batch * shape.height * shape.width * channels, seed);
          const [w, bias] = [noise(kernel[0] * kernel[1] * channels, seed + 1), noise(channels, seed + 2)];
          const count = batch * out[0] * out[1] * channels;
          const [y, pooled, xs] = [memory.room(4 * count), memory.room(4 * count), memory.put(x)];
          const geometry = [batch, shape.height, shape.width, channels, ...kernel, ...strides, ...before, ...out];
          memory.kernel("depthwiseAny")(xs, memory.put(w), memory.put(bias), y, ...geometry, Number(relu));
          close(memory.floats(y, count), twin.depthwise(x, shape, w, bias, window, relu));
          memory.kernel("maxPoolAny")(xs, pooled, ...geometry);
          expect(Float64Array.from(memory.floats(pooled, count))).toEqual(twin.maxPool(x, shape, window));
          expect(memory.intact).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test("maxPool2x2 and maxPool3x3Half", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), small, small, eights, seed, (batch, down, across, channels, seed) => {
        const memory = new KernelMemory(level);
        const shape = { batch, height: 2 * down, width: 2 * across, channels };
        const x = noise(batch * shape.height * shape.width * channels, seed);
        const count = (batch * shape.height * shape.width * channels) / 4;
        const [two, three, xs] = [memory.room(4 * count), memory.room(4 * count), memory.put(x)];
        memory.kernel("maxPool2x2")(xs, two, batch * shape.height, shape.width, channels);
        memory.kernel("maxPool3x3Half")(xs, three, batch, shape.height, shape.width, channels);
        const three3 = half3x3(shape.height, shape.width);
        expect(Float64Array.from(memory.floats(three, count))).toEqual(twin.maxPool(x, shape, three3));
        const two2 = { ...three3, kernel: [2, 2] } as const;
        expect(Float64Array.from(memory.floats(two, count))).toEqual(twin.maxPool(x, shape, two2));
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });

  test("mean, add, affine, sigmoid and spread", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), small, eights, flag, seed, (batch, pixels, channels, relu, seed) => {
        const memory = new KernelMemory(level);
        const count = batch * pixels * channels;
        const [a, b] = [noise(count, seed), noise(count, seed + 1)];
        const [scale, shift] = [noise(channels, seed + 2), noise(channels, seed + 3)];
        const [as, bs, y] = [memory.put(a), memory.put(b), memory.room(4 * count)];
        const raised = (value: number) => (relu ? Math.max(0, value) : value);
        memory.kernel("add")(as, bs, y, count, Number(relu));
        close(
          memory.floats(y, count),
          Float64Array.from(a, (value, i) => raised(value + (b[i] as number))),
        );
        memory.kernel("affine")(as, y, batch * pixels, channels, memory.put(scale), memory.put(shift), Number(relu));
        const scaled = Float64Array.from(a, (value, i) =>
          raised(value * (scale[i % channels] as number) + (shift[i % channels] as number)),
        );
        close(memory.floats(y, count), scaled);
        memory.kernel("sigmoid")(as, y, batch * pixels, channels, channels - 1);
        const sigmoid = Float64Array.from(a, (value, i) =>
          i % channels === channels - 1 ? 0 : 1 / (1 + Math.exp(-value)),
        );
        close(memory.floats(y, count), sigmoid, 1e-7);
        memory.kernel("mean")(as, y, batch, pixels, channels);
        const mean = Float64Array.from({ length: batch * channels }, (_, i) => {
          let sum = 0;
          for (let p = 0; p < pixels; p++) {
            sum += a[(Math.floor(i / channels) * pixels + p) * channels + (i % channels)] as number;
          }
          return sum / pixels;
        });
        close(memory.floats(y, batch * channels), mean);
        memory.kernel("spread")(as, y, batch * pixels, channels);
        const spread = Float64Array.from({ length: count }, (_, i) =>
          i % channels === 0 ? (a[i / channels] as number) : 0,
        );
        expect(Float64Array.from(memory.floats(y, count))).toEqual(spread);
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });
});

/** A map and a window over it with padding before and, by the output's size, after. */
function windows(): fc.Arbitrary<twin.Window & { shape: { height: number; width: number } }> {
  const axis = fc
    .record({
      size: fc.integer({ min: 1, max: 13 }),
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 3 }),
      before: fc.nat(4),
      after: fc.nat(4),
    })
    .filter(({ size, kernel, before, after }) => before < kernel && after < kernel && size + before + after >= kernel)
    .map((axis) => ({
      ...axis,
      out: Math.floor((axis.size + axis.before + axis.after - axis.kernel) / axis.stride) + 1,
    }))
    // Every window has a tap inside.
    .filter(({ size, stride, before, out }) => (out - 1) * stride - before < size);
  return fc.tuple(axis, axis).map(([down, across]) => ({
    shape: { height: down.size, width: across.size },
    kernel: [down.kernel, across.kernel],
    strides: [down.stride, across.stride],
    before: [down.before, across.before],
    out: [down.out, across.out],
  }));
}
