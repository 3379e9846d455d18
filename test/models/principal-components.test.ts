import { describe, expect, test } from "vitest";
import { type PrincipalComponents, packComponents, projected, unpackComponents } from "../../src/models/index.ts";
import { noise } from "../support/signals.ts";
import { SEEDED_PCA } from "../support/vggish-pca.ts";

/** Row i gives x[i] - means[i]. */
function identity(means = new Float64Array(128)): PrincipalComponents {
  return { eigenVectors: Float64Array.from({ length: 128 * 128 }, (_, i) => (i % 129 === 0 ? 1 : 0)), means };
}

/** An embedding that begins with `values`. */
function embedding(...values: number[]): Float32Array {
  const out = new Float32Array(128);
  out.set(values);
  return out;
}

const RANGE = { lowest: -2, highest: 2 };
const first = (out: Float32Array, count: number) => Array.from(out.subarray(0, count));

/**
 * vggish_postprocess.py in whole numbers: y of `SEEDED_PCA` (multiples of 2^-12) for an x in multiples of 2^-8, times
 * 2^24; numbers stay below 2^53.
 */
function twin(x: Float32Array): number[] {
  return Array.from({ length: 128 }, (_, row) => {
    let y = 0n;
    for (let i = 127; i >= 0; i--) {
      const e = BigInt((SEEDED_PCA.eigenVectors[128 * row + i] as number) * 2 ** 12);
      y += e * BigInt((x[i] as number) * 2 ** 12 - (SEEDED_PCA.means[i] as number) * 2 ** 12);
    }
    const two = 2n * 2n ** 24n;
    const clipped = y < -two ? -two : y > two ? two : y;
    // (y + 2) * 255 / 4, of which BigInt's division drops the fraction.
    return Number(((clipped + two) * 255n) / (4n * 2n ** 24n));
  });
}

describe("VGGish's post-processing", () => {
  test("equals the published formula in whole-number arithmetic", () => {
    const seen = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      const x = noise(128, 2, seed).map((value) => Math.round(value * 256) / 256);
      const out = projected(x, SEEDED_PCA, RANGE);
      expect(Array.from(out)).toEqual(twin(x));
      for (const value of out) seen.add(value);
    }
    // Both ends are clipped, and most of what is between comes out as well.
    expect([Math.min(...seen), Math.max(...seen)]).toEqual([0, 255]);
    expect(seen.size).toBeGreaterThan(200);
  });

  test("clips to [-2, 2]", () => {
    const out = projected(embedding(-2, -2.001, -1e30, 2, 2.001, 1e30), identity(), RANGE);
    expect(first(out, 6)).toEqual([0, 0, 0, 255, 255, 255]);
  });

  test("truncates, and does not round", () => {
    // A step is 4 / 255 = 0.015686…: 0 is 127.5, 1.9999 is 254.99.
    const step = 4 / 255;
    const out = projected(embedding(0, 1.9999, -2 + 0.99 * step, -2 + 1.01 * step), identity(), RANGE);
    expect(first(out, 4)).toEqual([127, 254, 0, 1]);
  });

  test("takes the means off before the matrix, a row an output", () => {
    const eigenVectors = new Float64Array(128 * 128);
    eigenVectors[1] = 3; // output 0 of input 1
    const means = new Float64Array(128);
    means[1] = 0.5;
    expect(first(projected(embedding(9, 0.75), { eigenVectors, means }, RANGE), 2)).toEqual(
      [(0.75 + 2) * 63.75, 127].map(Math.floor),
    );
  });

  test("leaves the embedding as it was", () => {
    const x = embedding(1, 2, 3);
    projected(x, SEEDED_PCA, RANGE);
    expect(x).toEqual(embedding(1, 2, 3));
  });
});

describe("the stored parameters", () => {
  test("are the means and the matrix, bit for bit", () => {
    const bytes = packComponents(SEEDED_PCA);
    expect(bytes.length).toBe(8 * 129 * 128);
    // At an address that is no multiple of 8, too.
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(unpackComponents(shifted.subarray(1), 128)).toEqual(SEEDED_PCA);
  });

  test("of another length are refused", () => {
    expect(() => unpackComponents(new Uint8Array(132_095), 128)).toThrow(
      "The principal components are 132095 bytes; for 128 numbers they take 132096.",
    );
  });
});
