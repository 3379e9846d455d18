import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64, floatsOf, jsonNumbers, nestedNumbers, numbersOf } from "../../src/records/numbers.ts";

/** Any finite float32, with its subnormal and largest ones. */
const float32s = fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 64 });

const bitsOf = (values: ArrayLike<number>) => new Uint32Array(Float32Array.from(values).buffer);
/** JSON has no -0. */
const plainZero = (values: Float32Array) => values.map((value) => value + 0);

describe("numbers", () => {
  test("nine digits read back as the same float32", () => {
    fc.assert(
      fc.property(float32s, (values) => {
        const read = JSON.parse(JSON.stringify(jsonNumbers(values))) as number[];
        expect(bitsOf(read)).toEqual(bitsOf(plainZero(values)));
      }),
      { numRuns: 2000 },
    );
  });

  test("every power of two, and its neighbours", () => {
    const values: number[] = [];
    for (let exponent = -149; exponent < 128; exponent++) {
      const bits = new Uint32Array(Float32Array.of(2 ** exponent).buffer)[0] as number;
      values.push(...new Float32Array(Uint32Array.of(bits - 1, bits, bits + 1).buffer));
    }
    const read = JSON.parse(JSON.stringify(jsonNumbers(Float32Array.from(values)))) as number[];
    expect(bitsOf(read)).toEqual(bitsOf(values));
  });

  test("base64 is of the little-endian bytes, of a view's own part only", () => {
    expect(base64(Float32Array.of(1, -2))).toBe("AACAPwAAAMA=");
    expect(base64(Float32Array.of(9, 1, -2, 9).subarray(1, 3))).toBe("AACAPwAAAMA=");
    expect(base64(new Float32Array(0))).toBe("");
    fc.assert(
      fc.property(float32s, (values) => {
        const own = Float32Array.from(values);
        expect(new Uint8Array(Buffer.from(base64(own), "base64"))).toEqual(new Uint8Array(own.buffer));
      }),
    );
    // Longer than the pieces in which it is made.
    const long = Float32Array.from({ length: 6144 }, (_, at) => at / 7);
    expect(Buffer.from(base64(long), "base64").equals(Buffer.from(long.buffer))).toBe(true);
  });
});

describe("lists in lists", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  const sized = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

  test("of any shape read back as the same numbers, and not in another shape", () => {
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true })), (shape, stream) => {
        const values = Float32Array.from({ length: sized(shape) }, () => stream.next().value as number);
        const lists = JSON.parse(JSON.stringify(nestedNumbers(values, shape)));
        expect(bitsOf(numbersOf(lists, shape) ?? [])).toEqual(bitsOf(plainZero(values)));
        expect(numbersOf(lists, [...shape, 2])).toBeUndefined();
        expect(
          numbersOf(lists, shape.length === 0 ? [2] : [(shape[0] as number) + 1, ...shape.slice(1)]),
        ).toBeUndefined();
      }),
    );
  });

  test("other things than numbers are none", () => {
    for (const one of ["1", null, true, [], {}, undefined]) expect(numbersOf([1, one], [2])).toBeUndefined();
    for (const none of [null, 1, {}, "12", undefined]) expect(numbersOf(none, [2])).toBeUndefined();
  });
});

test("base64 of another length, and what is none, is told", () => {
  expect(floatsOf("AACAPwAAAMA=", 2)).toEqual(Float32Array.of(1, -2));
  expect(floatsOf("AACAPwAAAMA=", 3)).toBeUndefined();
  expect(floatsOf("AACAPwAAAMA", 2)).toBeUndefined();
  expect(floatsOf("AACAPwAAAMAA", 2)).toBeUndefined();
  expect(floatsOf("AACAPwA$AMA=", 2)).toBeUndefined();
  expect(floatsOf("AACAPwAA    ", 2)).toBeUndefined();
  expect(floatsOf("", 0)).toEqual(new Float32Array(0));
});
