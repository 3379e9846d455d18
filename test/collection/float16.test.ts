import { describe, expect, test } from "vitest";
import { fromFloat16, LARGEST_FLOAT16, toFloat16 } from "../../src/collection/float16.ts";

describe("float16", () => {
  test("every half becomes a float32 and the same half again", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, at) => at).filter((half) => (half & 0x7c00) !== 0x7c00);
    expect(toFloat16(fromFloat16(halves))).toEqual(halves);
  });

  test("what lies between two halves goes to the nearer one, and from the middle to the even one", () => {
    const halves = Uint16Array.from({ length: 0x7bff }, (_, at) => at);
    const values = fromFloat16(halves);
    const between = (share: number) => {
      const floats = values.subarray(0, -1).map((value, at) => value + ((values[at + 1] as number) - value) * share);
      return toFloat16(floats);
    };
    const low = halves.subarray(0, -1);
    expect(between(0.49)).toEqual(low);
    expect(between(0.51)).toEqual(low.map((half) => half + 1));
    expect(between(0.5)).toEqual(low.map((half) => half + (half & 1)));
  });

  test("what is too large is clipped", () => {
    const given = Float32Array.of(65504, 65519, 65520, 1e9, -1e9, 1e-9, -1e-9);
    expect([...fromFloat16(toFloat16(given))]).toEqual([
      LARGEST_FLOAT16,
      LARGEST_FLOAT16,
      LARGEST_FLOAT16,
      LARGEST_FLOAT16,
      -LARGEST_FLOAT16,
      0,
      -0,
    ]);
  });
});
