import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConvLayer, Tensor } from "../../src/convert/pack/layers.ts";
import { panels, strassenWeights, winogradWeights } from "../../src/convert/pack/weights.ts";
import { close } from "./support/close.ts";
import { KernelMemory, LEVELS, noise } from "./support/kernel-memory.ts";
import { mapFields } from "./support/map-windows.ts";
import * as twin from "./support/twins.ts";

/** F(4x4,3x3)'s transforms have entries up to 8 and lose about two bits. */
const WINOGRAD_TOLERANCE = 1e-5;
const RUNS = { numRuns: 25 };

const eights = fc.integer({ min: 1, max: 5 }).map((n) => 8 * n);
const flag = fc.boolean();
const seed = fc.integer();

describe.each(LEVELS)("products of the %s module equal their scalar twins:", (level) => {
  test.each(["gemm", "gemmStrict"] as const)("%s", (name) => {
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
        memory.call(name, {
          x: memory.put(a),
          weights: memory.put(packed),
          bias: memory.put(bias),
          residual: residual ? y : 0,
          y,
          rows: m,
          n,
          relu: Number(relu),
          k,
          xStep: 4 * k,
          yStep: 4 * n,
        });
        // Partial sums of k products of noise reach sqrt(k) / 3, and each is rounded: about 1e-8 k in all, five times that here.
        const tolerance = 4e-6 + 5e-8 * k;
        close(memory.floats(y, m * n), twin.product(a, b, m, n, k, bias, residual ? from : undefined, relu), tolerance);
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
        const [y, alone] = [memory.put(from), memory.room(4 * rows * n)];
        const product = { weights, bias: memory.put(bias), n, relu: Number(relu), k };
        const last = (batch - 1) * rows;
        const [x, lastFrom] = [memory.put(a), memory.put(from.slice(last * n))];
        const one = { x: x + 4 * last * k, residual: residual ? lastFrom : 0, y: alone, rows, batch: 1 };
        memory.call("strassen", { ...product, ...one });
        memory.call("strassen", { ...product, x, residual: residual ? y : 0, y, rows: m, batch });
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
        const places = { x: memory.put(x), weights, bias: memory.put(bias), packed: memory.room(32 * k) };
        const [all, alone] = [memory.room(4 * rows * n), memory.room(4 * n)];
        const layer = { ...places, n, k, relu: Number(relu) };
        memory.call("dense", { ...layer, y: all, rows });
        const got = memory.floats(all, rows * n);
        close(got, twin.product(x, b, rows, n, k, bias, undefined, relu));
        memory.call("dense", { ...layer, y: alone, rows: 1 });
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
        const same = { kernel: [3, 3], strides: [1, 1], before: [1, 1], out: [height, width] } as const;
        const full = twin.conv(x, shape, w, bias, n, same, relu);
        const halves = { kernel: [2, 2], strides: [2, 2], before: [0, 0], out: [height / 2, width / 2] } as const;
        memory.call("winograd", {
          ...mapFields(shape, { ...same, out: pool ? halves.out : same.out }, n),
          x: memory.put(x),
          y,
          weights: memory.put(winogradWeights(layer, size)),
          bias: memory.put(bias),
          relu: Number(relu),
          size,
          pool: Number(pool),
          zeros: memory.put(new Float32Array(Math.max(k, n))),
          transformed: memory.room(4 * block * positions * (k + 16)),
          products: memory.room(4 * block * positions * (n + 16)),
          block,
        });
        const wanted = pool ? twin.maxPool(full, { ...shape, channels: n }, halves) : full;
        close(memory.floats(y, outPixels * n), wanted, WINOGRAD_TOLERANCE);
        expect(memory.intact).toBe(true);
      }),
      RUNS,
    );
  });
});
