import { expect, test } from "vitest";
import { crc32c, crc32cOf, masked, readWithCrc32c } from "../../../src/convert/readers/crc32c.ts";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";

/** The definition, bit by bit. */
function reference(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const counted = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 167 + 13) & 255);

test.each([
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 times 255", new Uint8Array(32).fill(255), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(0), 0],
])("%s, from RFC 3720 B.4", (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("every length and alignment up to 40 bytes gives what the definition gives", () => {
  const bytes = counted(64);
  for (let start = 0; start < 9; start++) {
    for (let length = 0; length <= 40; length++) {
      const part = bytes.subarray(start, start + length);
      expect(crc32c(part)).toBe(reference(part));
    }
  }
});

test("a checksum can be carried on at every cut", () => {
  const bytes = counted(50);
  for (let cut = 0; cut <= 50; cut++) {
    expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(reference(bytes));
  }
});

test("masking rotates by 15 and adds 0xa282ead8, modulo 2^32", () => {
  expect(masked(0)).toBe(0xa282ead8);
  expect(masked(0x00018000)).toBe((3 + 0xa282ead8) >>> 0);
  expect(masked(0xffffffff)).toBe(0xa282ead7);
});

test("parts of files longer than one piece", async () => {
  const bytes = counted(2_500_000);
  const file = memoryFile("counted", bytes);
  const target = new Uint8Array(2_400_000);
  const expected = reference(bytes.subarray(7, 2_400_007));
  expect(await crc32cOf(file, 7, target.length)).toBe(expected);
  expect(await readWithCrc32c(file, target, 7)).toBe(expected);
  expect(Buffer.compare(target, bytes.subarray(7, 2_400_007))).toBe(0);
});
