import { describe, expect, test } from "vitest";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import { openV1Checkpoint, recordKey } from "../../../src/convert/readers/v1-checkpoint.ts";
import { seededTensor } from "../../../src/convert/seeded.ts";
import { type Tensor, writeV1 } from "./checkpoint-writers.ts";
import { packSnappy } from "./snappy-writer.ts";
import { refusal, sameBytes } from "./support.ts";
import { field, type TableOptions, writeTable } from "./table-writer.ts";

const tensor = (name: string, shape: number[]): Tensor => ({ name, shape, values: seededTensor(name, shape) });
const TENSORS = [
  tensor("net/weights", [3, 3, 2, 5]),
  tensor("net/biases", [5]),
  tensor("step", []),
  tensor("z", [7, 11]),
];

const open = (pieces: readonly Uint8Array[]) => openV1Checkpoint(memoryFile("test.ckpt", Buffer.concat(pieces)));

test("a record's key is the one that TensorFlow writes", () => {
  // From fixtures/vggish_model_thin8.ckpt: vggish/fc2/weights, rank 2.
  const expected = Buffer.concat([
    Buffer.from("\0vggish/fc2/weights\0", "latin1"),
    Buffer.of(1, 1, 2, 0x80, 0x7f, 0x80, 0x7f),
  ]);
  expect(Buffer.compare(recordKey("vggish/fc2/weights", 2), expected)).toBe(0);
  expect([...recordKey("a", 0)]).toEqual([0, 97, 0, 1, 0]);
});

test.each<[string, TableOptions]>([
  ["in one block", {}],
  ["in blocks of one record", { blockSize: 1 }],
  ["in snappy blocks", { compress: packSnappy, blockSize: 100 }],
])("tensors come back bit by bit, %s", async (_, options) => {
  const store = await open(writeV1(TENSORS, options));
  expect(store.tensors.map(({ key, shape }) => ({ key, shape }))).toEqual(
    TENSORS.map(({ name, shape }) => ({ key: name, shape })),
  );
  for (const { key, read } of store.tensors) {
    const expected = TENSORS.find(({ name }) => name === key)?.values as Float32Array;
    expect(sameBytes((await read()).values, expected)).toBe(true);
  }
});

test("a tensor larger than a small block is read past its head, and knows its place", async () => {
  const large = tensor("large", [1500, 1000]);
  const bytes = Buffer.concat(writeV1([large]));
  const store = await openV1Checkpoint(memoryFile("test.ckpt", bytes));
  const { values, place } = (await store.tensors[0]?.read()) ?? { values: new Float32Array(0), place: undefined };
  expect(sameBytes(values, large.values)).toBe(true);
  expect(bytes.readFloatLE(place?.byteOffset ?? 0)).toBe(large.values[0]);
});

describe("what is wrong is refused with the tensor and the byte", () => {
  test("a flipped bit in the numbers", async () => {
    const bytes = Buffer.concat(writeV1(TENSORS, { blockSize: 1 }));
    const at = bytes.indexOf(Buffer.from((TENSORS[0] as Tensor).values.buffer));
    bytes[at + 40] = (bytes[at + 40] as number) ^ 4;
    const store = await open([bytes]);
    const error = await refusal(() => store.tensors[0]?.read());
    expect(error.message).toMatch(/^test\.ckpt, byte \d+: the block of \d+ bytes from here on does not match/);
    expect(error.byteOffset).toBeLessThan(at);
    expect(
      sameBytes((await store.tensors[3]?.read())?.values ?? new Float32Array(0), (TENSORS[3] as Tensor).values),
    ).toBe(true);
  });

  test("numbers that are fewer than the shape needs", async () => {
    const pieces = writeV1([{ name: "a", shape: [4], values: Float32Array.of(1, 2, 3) }]);
    const store = await open(pieces);
    const error = await refusal(() => store.tensors[0]?.read());
    expect(error.message).toMatch(/tensor a has 12 bytes; \[4\] float32 takes 16\./);
  });

  test("a shape that no memory holds", async () => {
    const shape = Buffer.concat([field(2, field(1, 2 ** 24)), field(2, field(1, 2 ** 24))]);
    const meta = field(1, Buffer.concat([field(1, "a"), field(2, shape), field(3, 1), field(4, "")]));
    const record = field(2, Buffer.concat([field(1, "a"), field(3, field(5, Buffer.alloc(8)))]));
    const store = await open(writeTable([["", field(1, meta)] as const, [recordKey("a", 2), record] as const]));
    expect((await refusal(() => store.tensors[0]?.read())).message).toMatch(
      /tensor a has 8 bytes; \[16777216, 16777216\]/,
    );
  });

  test("a record that is missing", async () => {
    const meta = field(
      1,
      Buffer.concat([field(1, "gone"), field(2, field(2, field(1, 2))), field(3, 1), field(4, field(1, ""))]),
    );
    const store = await open(writeTable([["", field(1, meta)] as const]));
    expect((await refusal(() => store.tensors[0]?.read())).message).toMatch(
      /tensor gone is listed, but its numbers are missing/,
    );
  });

  test("a tensor that is stored in parts", async () => {
    const part = field(4, field(1, Buffer.concat([field(1, 0), field(2, 1)])));
    const meta = field(1, Buffer.concat([field(1, "half"), field(2, field(2, field(1, 2))), field(3, 1), part]));
    const store = await open(writeTable([["", field(1, meta)] as const]));
    expect((await refusal(() => store.tensors[0]?.read())).message).toMatch(/tensor half is stored in parts/);
  });

  test("a table that is no checkpoint", async () => {
    expect((await refusal(() => open(writeTable([["key", Buffer.of(1)] as const])))).message).toMatch(
      /it is not a checkpoint/,
    );
    expect((await refusal(() => open(writeTable([["", Buffer.of(0xff)] as const])))).message).toMatch(
      /no SavedTensorSlices message/,
    );
  });
});
