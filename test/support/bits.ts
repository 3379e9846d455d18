import { expect } from "vitest";

/** Fails unless both hold the same bits; says where they part. */
export function expectSameBits(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const [a, b] = [words(actual), words(expected)];
  const at = a.findIndex((word, index) => word !== b[index]);
  if (at !== -1) expect({ at, value: actual[at] }).toEqual({ at, value: expected[at] });
  expect(at).toBe(-1);
}

function words(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** The distance from `value` to the next float32. */
export function ulp32(value: number): number {
  const size = Math.abs(value);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
}
