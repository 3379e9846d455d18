import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unpackSnappy } from "../../../src/convert/readers/snappy.ts";
import { packSnappy } from "./snappy-writer.ts";
import { refusal } from "./support.ts";

const unpack = (...bytes: number[]) => unpackSnappy(Uint8Array.from(bytes), "test.table", 1000);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("literals and the three kinds of copies", () => {
  expect(text(unpack(3, 2 << 2, 97, 98, 99))).toBe("abc");
  // A copy of one byte's distance: 7 bytes from 3 back, which repeats what it writes.
  expect(text(unpack(10, 2 << 2, 97, 98, 99, 1 | (3 << 2), 3))).toBe("abcabcabca");
  expect(text(unpack(6, 2 << 2, 97, 98, 99, 2 | (2 << 2), 3, 0))).toBe("abcabc");
  expect(text(unpack(6, 2 << 2, 97, 98, 99, 3 | (2 << 2), 3, 0, 0, 0))).toBe("abcabc");
});

test("a literal with its length in one byte after the tag", () => {
  const bytes = new Uint8Array(61).fill(120);
  expect(unpack(61, 60 << 2, 60, ...bytes)).toEqual(bytes);
});

test("whatever is packed comes out again", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.constantFrom(1, 2, 3), { maxLength: 3000 }).map((values) => Uint8Array.from(values)),
    fc
      .tuple(fc.uint8Array({ minLength: 4, maxLength: 40 }), fc.nat(80_000))
      .map(([part, gap]) => Buffer.concat([part, Buffer.alloc(gap, 7), part])),
  );
  fc.assert(
    fc.property(bytes, (value) => Buffer.compare(unpackSnappy(packSnappy(value), "x", 0), value) === 0),
    { seed: 3 },
  );
});

describe("what reaches outside the block is refused, with the byte", () => {
  test.each([
    ["a literal longer than the block says", [2, 2 << 2, 97, 98, 99], /byte 1005: a literal ends behind/],
    ["a literal that is cut off", [3, 2 << 2, 97], /byte 1002: 3 bytes are wanted, 1 are left/],
    ["a copy from before the start", [6, 2 << 2, 97, 98, 99, 2 | (2 << 2), 4, 0], /a copy of 3 bytes from 4 back/],
    ["a copy from nowhere", [6, 2 << 2, 97, 98, 99, 2 | (2 << 2), 0, 0], /from 0 back/],
    ["a copy longer than the block says", [5, 2 << 2, 97, 98, 99, 2 | (2 << 2), 3, 0], /outside the block/],
    ["a block that ends early", [5, 2 << 2, 97, 98, 99], /ends after 3 of its 5 bytes/],
    ["a length of 2 GB", [0xff, 0xff, 0xff, 0xff, 7, 0], /says that it unpacks to 2147483647/],
    ["nothing at all", [], /byte 1000: a number is cut off/],
  ])("%s", async (_, bytes, message) => {
    const error = await refusal(() => unpack(...bytes));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("weights_invalid");
  });
});
