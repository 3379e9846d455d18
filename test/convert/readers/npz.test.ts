import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { readNpz as read } from "../../../src/convert/readers/npz.ts";
import { readNpz as readAgain, sharedExists, sharedPath } from "../../support/shared.ts";
import { npy } from "./npy-writer.ts";
import { refusal } from "./support.ts";

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const doubles = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
const members = {
  "pca_means.npy": npy("<f4", false, "3,", floats(1, 2, 3)),
  "columns.npy": npy("<f8", true, "2, 3", doubles(1, 4, 2, 5, 3, 6)),
  "one.npy": npy("<f8", false, "", doubles(7)),
  "notes.txt": Buffer.from("no array"),
};

test.each([
  ["stored", 0],
  ["deflated", 9],
] as const)("arrays of a %s zip, row by row", (_, level) => {
  const arrays = read(zipSync(members, { level }), "test.npz");
  expect([...arrays.keys()]).toEqual(["pca_means", "columns", "one"]);
  expect(arrays.get("pca_means")).toEqual({ shape: [3], values: Float32Array.of(1, 2, 3) });
  expect(arrays.get("columns")).toEqual({ shape: [2, 3], values: Float64Array.of(1, 2, 3, 4, 5, 6) });
  expect(arrays.get("one")).toEqual({ shape: [], values: Float64Array.of(7) });
});

test("no flipped bit and no truncation gives other numbers or another error", async () => {
  const whole = zipSync(members, { level: 9 });
  const expected = read(whole, "test.npz");
  const check = async (damaged: Uint8Array) => {
    try {
      // Names have no checksum; a wrong one is an array that is not found.
      const arrays = read(damaged, "test.npz");
      for (const [name, array] of expected) if (arrays.has(name)) expect(arrays.get(name)).toEqual(array);
    } catch (error) {
      expect(error).toHaveProperty("code", "weights_invalid");
    }
  };
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const damaged = Uint8Array.from(whole);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    await check(damaged);
  }
  for (let length = 0; length < whole.length; length++) await check(whole.subarray(0, length));
});

test.each([
  ["no zip", Buffer.from("hello"), /^test\.npz, byte 5: this is no zip file/],
  [
    "no array",
    zipSync({ "a.npy": Buffer.from("hello, hello, hello") }),
    /^test\.npz:a\.npy, byte 0: this is no \.npy array/,
  ],
  [
    "integers",
    zipSync({ "a.npy": npy("<i8", false, "1,", doubles(1)) }),
    /the array has type <i8; <f4 and <f8 are known/,
  ],
  [
    "too few numbers",
    zipSync({ "a.npy": npy("<f8", false, "2,", doubles(1)) }),
    /the array has 8 bytes; \[2\] takes 16/,
  ],
])("%s is refused", async (_, bytes, message) => {
  expect((await refusal(() => read(bytes, "test.npz"))).message).toMatch(message);
});

describe.skipIf(!sharedExists)("an archive that NumPy wrote", () => {
  test("golden/thin8.npz reads the same by another reader", () => {
    const path = sharedPath("golden/thin8.npz");
    const arrays = read(readFileSync(path), "thin8.npz");
    const again = readAgain(path);
    expect(arrays.size).toBe(8);
    for (const [name, { shape, values }] of arrays) {
      expect(again.get(name)?.shape).toEqual(shape);
      expect(values).toEqual(again.get(name)?.data);
    }
  });
});
