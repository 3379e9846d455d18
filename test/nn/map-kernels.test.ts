import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { panels } from "../../src/convert/pack/weights.ts";
import { close } from "./support/close.ts";
import { KernelMemory, LEVELS, noise } from "./support/kernel-memory.ts";
import { mapFields, windows } from "./support/map-windows.ts";
import * as twin from "./support/twins.ts";

const RUNS = { numRuns: 25 };
const small = fc.integer({ min: 1, max: 12 });
const eights = fc.integer({ min: 1, max: 5 }).map((n) => 8 * n);
const flag = fc.boolean();
const seed = fc.integer();

describe.each(LEVELS)("kernels of the %s module over maps equal their scalar twins:", (level) => {
  test.each(["stem", "stemStrict"] as const)("%s", (name) => {
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
          const { kernel, strides, out } = window;
          const taps = kernel[0] * kernel[1];
          const x = noise(batch * shape.height * shape.width, seed);
          const [w, bias] = [noise(taps * n, seed + 1), noise(n, seed + 2)];
          const frame = [(out[0] - 1) * strides[0] + kernel[0], (out[1] - 1) * strides[1] + kernel[1]] as const;
          const y = memory.room(4 * batch * out[0] * out[1] * n);
          memory.call(name, {
            ...mapFields(shape, window, n),
            x: memory.put(x),
            y,
            weights: memory.put(w),
            bias: memory.put(bias),
            relu: Number(relu),
            frame: memory.room(4 * frame[0] * frame[1] + 64),
          });
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
          const { kernel, out } = window;
          const rows = kernel[0] * kernel[1] * k;
          const x = noise(batch * shape.height * shape.width * k, seed);
          const [w, bias] = [noise(rows * n, seed + 1), noise(n, seed + 2)];
          const pixels = batch * out[0] * out[1];
          const from = residual ? noise(pixels * n, seed + 3) : new Float32Array(pixels * n);
          const y = memory.put(from);
          const packed = panels(rows, n, 8, (row, column) => w[row * n + column] as number);
          memory.call("convAny", {
            ...mapFields(shape, window, n),
            x: memory.put(x),
            y,
            weights: memory.put(packed),
            bias: memory.put(bias),
            relu: Number(relu),
            residual: residual ? y : 0,
            strict,
            gathered: memory.room(4 * 20 * rows),
            block: 20,
          });
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
          memory.call(name, {
            ...mapFields(shape, window, channels),
            x: memory.put(x),
            y,
            weights: memory.put(w),
            bias: memory.put(bias),
            relu: Number(relu),
            zeros: memory.put(new Float32Array(shape.width * channels)),
          });
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
          const { kernel, out } = window;
          const x = noise(batch * shape.height * shape.width * channels, seed);
          const [w, bias] = [noise(kernel[0] * kernel[1] * channels, seed + 1), noise(channels, seed + 2)];
          const count = batch * out[0] * out[1] * channels;
          const [y, pooled] = [memory.room(4 * count), memory.room(4 * count)];
          const map = { ...mapFields(shape, window, channels), x: memory.put(x) };
          const weights = memory.put(w);
          memory.call("depthwiseAny", { ...map, y, weights, bias: memory.put(bias), relu: Number(relu) });
          close(memory.floats(y, count), twin.depthwise(x, shape, w, bias, window, relu));
          memory.call("maxPoolAny", { ...map, y: pooled });
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
        const three3 = half3x3(shape.height, shape.width);
        const two2 = { ...three3, kernel: [2, 2] } as const;
        memory.call("maxPool2x2", { ...mapFields(shape, two2, channels), x: xs, y: two });
        memory.call("maxPool3x3Half", { ...mapFields(shape, three3, channels), x: xs, y: three });
        expect(Float64Array.from(memory.floats(three, count))).toEqual(twin.maxPool(x, shape, three3));
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
        const y = memory.room(4 * count);
        const rows = { x: memory.put(a), y, rows: batch * pixels, channels };
        const raised = (value: number) => (relu ? Math.max(0, value) : value);
        memory.call("add", { ...rows, other: memory.put(b), relu: Number(relu) });
        close(
          memory.floats(y, count),
          Float64Array.from(a, (value, i) => raised(value + (b[i] as number))),
        );
        memory.call("affine", { ...rows, scale: memory.put(scale), shift: memory.put(shift), relu: Number(relu) });
        const scaled = Float64Array.from(a, (value, i) =>
          raised(value * (scale[i % channels] as number) + (shift[i % channels] as number)),
        );
        close(memory.floats(y, count), scaled);
        memory.call("sigmoid", { ...rows, used: channels - 1 });
        const sigmoid = Float64Array.from(a, (value, i) =>
          i % channels === channels - 1 ? 0 : 1 / (1 + Math.exp(-value)),
        );
        close(memory.floats(y, count), sigmoid, 1e-7);
        memory.call("mean", { ...rows, batch });
        const mean = Float64Array.from({ length: batch * channels }, (_, i) => {
          let sum = 0;
          for (let p = 0; p < pixels; p++) {
            sum += a[(Math.floor(i / channels) * pixels + p) * channels + (i % channels)] as number;
          }
          return sum / pixels;
        });
        close(memory.floats(y, batch * channels), mean);
        memory.call("spread", rows);
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
