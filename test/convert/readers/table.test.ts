import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import { Table } from "../../../src/convert/readers/table.ts";
import { packSnappy } from "./snappy-writer.ts";
import { refusal } from "./support.ts";
import { type TableOptions, writeTable } from "./table-writer.ts";

const open = (pieces: readonly Uint8Array[]) => Table.open(memoryFile("test.table", Buffer.concat(pieces)));

async function readAll(table: Table): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for await (const { key, value } of table.entries()) {
    all.push([Buffer.from(key).toString("hex"), Buffer.from(await value.read(0, value.size)).toString("hex")]);
  }
  return all;
}

const sortedEntries = fc
  .uniqueArray(fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 60 })), {
    maxLength: 40,
    selector: ([key]) => Buffer.from(key).toString("hex"),
  })
  .map((entries) => entries.sort(([a], [b]) => Buffer.compare(a, b)));
const options = fc.record({
  blockSize: fc.constantFrom(1, 50, 400, 1 << 18),
  restartInterval: fc.constantFrom(1, 2, 16),
  compress: fc.constantFrom(undefined, packSnappy),
}) as fc.Arbitrary<TableOptions>;

test("entries come back in order and can be found, however they were cut into blocks, raw and snappy", async () => {
  const property = fc.asyncProperty(sortedEntries, options, async (entries, how) => {
    const table = await open(writeTable(entries, how));
    expect(await readAll(table)).toEqual(
      entries.map((entry) => entry.map((bytes) => Buffer.from(bytes).toString("hex"))),
    );
    for (const [key, bytes] of entries) {
      const value = (await table.find(key))?.value;
      expect(Buffer.compare((await value?.read(0, value.size)) ?? new Uint8Array(1), bytes)).toBe(0);
    }
    expect(await table.find(new Uint8Array(13).fill(255))).toBeUndefined();
  });
  await fc.assert(property, { seed: 5 });
});

test("a raw block of more than 4 MB is not held, and gives the same", async () => {
  const large = Uint8Array.from({ length: 6_000_000 }, (_, i) => (i * i) >> 7);
  const table = await open(
    writeTable([
      ["a", large],
      ["b", Uint8Array.of(1, 2)],
    ]),
  );
  const value = (await table.find(new TextEncoder().encode("a")))?.value;
  expect(value?.size).toBe(6_000_000);
  expect(Buffer.compare((await value?.read(0, 6_000_000)) ?? large.subarray(1), large)).toBe(0);
  expect([...((await (await table.find(new TextEncoder().encode("b")))?.value.read(0, 2)) ?? [])]).toEqual([1, 2]);
});

test("every single flipped bit is seen, but in the footer's padding", async () => {
  for (const compress of [undefined, packSnappy]) {
    const how = compress === undefined ? {} : { compress };
    const whole = Buffer.concat(
      writeTable(
        [
          ["key 1", Buffer.from("one")],
          ["key 2", Buffer.from("two")],
        ],
        how,
      ),
    );
    const expected = await readAll(await Table.open(memoryFile("x", whole)));
    const unseen: number[] = [];
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const damaged = Uint8Array.from(whole);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        expect(await readAll(await Table.open(memoryFile("x", damaged)))).toEqual(expected);
        unseen.push(bit >> 3);
      } catch (error) {
        expect(error).toHaveProperty("code", "weights_invalid");
      }
    }
    const footer = whole.length - 48;
    // The last bit of the index's size says whether more follows, and what follows is padding: the size stays the same.
    expect(unseen.filter((byte) => byte < footer + 4 || byte >= footer + 40)).toEqual([footer + 3]);
  }
});

describe("damage is refused with the byte", () => {
  const pieces = () =>
    writeTable(
      [
        ["a", Buffer.alloc(300, 1)],
        ["b", Buffer.alloc(300, 2)],
      ],
      { blockSize: 200 },
    );
  const bytes = () => Buffer.concat(pieces());
  const damage = (change: (whole: Buffer) => Uint8Array) => refusal(async () => readAll(await open([change(bytes())])));

  test("a block whose contents changed", async () => {
    const error = await damage((whole) => {
      whole[400] = 9;
      return whole;
    });
    expect(error.message).toBe(
      "test.table, byte 318: the block of 313 bytes from here on does not match its checksum.",
    );
    expect(error.byteOffset).toBe(318);
    expect(error.hint).toMatch(/Fetch the file again/);
  });

  test("a file that is cut short", async () => {
    const error = await damage((whole) => whole.subarray(0, -1));
    expect(error.message).toMatch(/^test\.table, byte \d+: the file does not end as a table does\.$/);
  });

  test("a file of a few bytes", async () => {
    expect((await damage((whole) => whole.subarray(0, 20))).byteOffset).toBe(12);
    expect((await damage(() => new Uint8Array(0))).byteOffset).toBe(0);
  });

  test("a footer that points outside", async () => {
    const error = await damage((whole) => {
      whole.fill(255, whole.length - 48, whole.length - 44);
      return whole;
    });
    expect(error.message).toMatch(/outside the table|too large/);
  });

  test("a block compressed by something else", async () => {
    // Written so, with a right checksum.
    const error = await refusal(async () => {
      const { crc32c, masked } = await import("../../../src/convert/readers/crc32c.ts");
      const whole = bytes();
      whole[313] = 2;
      whole.writeUInt32LE(masked(crc32c(whole.subarray(0, 314))), 314);
      return readAll(await open([whole]));
    });
    expect(error.message).toMatch(/byte 313: the block is compressed by method 2; 0 \(none\) and 1 \(snappy\)/);
  });

  test("keys out of order", async () => {
    const error = await refusal(async () =>
      readAll(
        await open(
          writeTable([
            ["b", Buffer.of(1)],
            ["a", Buffer.of(2)],
          ]),
        ),
      ),
    );
    expect(error.message).toMatch(/the keys are not in order/);
  });
});
