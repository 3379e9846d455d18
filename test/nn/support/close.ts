import { expect } from "vitest";
import { largestDifference, largestValue } from "../../support/compare.ts";

/** Rounding of float32 sums of up to a few thousand products, against float64. */
const TOLERANCE = 2e-6;

/** Whether float32 results are a twin's, but for `tolerance` of the largest value, or of 1. */
export function close(got: Float32Array, wanted: Float64Array, tolerance = TOLERANCE): void {
  expect(largestDifference(got, wanted)).toBeLessThanOrEqual(tolerance * Math.max(1, largestValue(wanted)));
}
