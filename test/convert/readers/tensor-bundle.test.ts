import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import { type BundleEntry, readBundleIndex } from "../../../src/convert/readers/tensor-bundle.ts";
import { shapeText } from "../../../src/convert/weights.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { type BundleOptions, type BundleTensor, writeBundle } from "./checkpoint-writers.ts";
import { packSnappy } from "./snappy-writer.ts";
import { type Files, refusal, sameBytes, storeOf } from "./support.ts";
import { field, writeTable } from "./table-writer.ts";

const values = (...numbers: number[]) => Float32Array.from(numbers);
const TENSORS: BundleTensor[] = [
  { name: "a/kernel", shape: [2, 3], values: values(1, 2, 3, 4, 5, 6) },
  { name: "b/bias", shape: [2], values: values(-1, 0.5), shard: 1 },
  { name: "c/scalar", shape: [], values: values(7), shard: 2 },
  { name: "d/empty", shape: [0, 4], values: values(), shard: 1 },
];

const shardOf3 = (number: number) => `variables.data-0000${number}-of-00003`;
const bundle = (tensors = TENSORS, options: BundleOptions = {}) => writeBundle(tensors, { shards: 3, ...options });

/** Reads everything, as a conversion does. */
async function readAll(files: Files): Promise<Map<string, Float32Array>> {
  const store = await storeOf(files);
  const all = new Map<string, Float32Array>();
  for (const { key, read } of store.tensors) all.set(key, (await read()).values);
  return all;
}

test("tensors come out of three shards, from raw and from snappy blocks", async () => {
  for (const options of [{}, { compress: packSnappy }, { blockSize: 1 }]) {
    const all = await readAll(bundle(TENSORS, options));
    expect([...all.keys()]).toEqual(TENSORS.map(({ name }) => name));
    for (const tensor of TENSORS) expect(sameBytes(all.get(tensor.name) as Float32Array, tensor.values)).toBe(true);
  }
});

test("names come from the bundle's object graph, which is a string", async () => {
  const names = { "a/kernel": "people/call/it", "b/bias": "bias:0" };
  const store = await storeOf(bundle(TENSORS, { names }));
  expect(store.tensors.map(({ names: given }) => given)).toEqual([["people/call/it"], ["bias"], [], []]);
  expect(store.others).toEqual([]);
});

test("what is no float32 is named, and not read", async () => {
  const counter = { name: "save_counter", shape: [], values: values(0, 0), dtype: 9 };
  const { tensors, others } = await storeOf(bundle([counter]));
  expect(tensors).toEqual([]);
  expect(others).toEqual([
    { key: "save_counter", type: "DataType 9", declared: { file: "variables.index", byteOffset: 20 } },
  ]);
});

describe("damage is refused with the tensor, the file and the byte", () => {
  const damaged = async (change: (files: Record<string, Buffer>) => void) => {
    const files = bundle(TENSORS, { names: { "a/kernel": "a" } });
    change(files);
    return refusal(() => readAll(files));
  };

  test("a flipped bit in a tensor", async () => {
    const error = await damaged((files) => {
      files[shardOf3(0)]?.writeUInt8(1, 0);
    });
    expect(error.message).toBe(
      "variables.data-00000-of-00003, byte 0: the 24 bytes of a/kernel from here on do not match their checksum.",
    );
    expect(error).toMatchObject({ code: "weights_invalid", byteOffset: 0, hint: expect.stringContaining("again") });
  });

  test("a shard that is cut short", async () => {
    const error = await damaged((files) => {
      files[shardOf3(1)] = (files[shardOf3(1)] as Buffer).subarray(0, 7);
    });
    expect(error.message).toBe(
      "variables.data-00001-of-00003, byte 7: the file ends here, but b/bias is at bytes 0 to 8.",
    );
  });

  test("every byte of the object graph", async () => {
    const size = bundle(TENSORS, { names: { "a/kernel": "a" } })[shardOf3(0)]?.length ?? 0;
    for (let at = 24; at < size; at++) {
      const error = await damaged((files) => {
        const shard = files[shardOf3(0)] as Buffer;
        shard[at] = (shard[at] as number) ^ 0x10;
      });
      expect(error.message).toMatch(/^variables\.data-00000-of-00003, byte \d+: /);
    }
  });

  test.each([
    ["big-endian tensors", () => bundle(TENSORS, { endianness: 1 }), /the tensors are big-endian/],
    [
      "no shards",
      () => ({ ...bundle(), "variables.index": writeBundle([], { shards: 0 })["variables.index"] }),
      /0 shards/,
    ],
    [
      "a size that is not the shape's",
      () => bundle([{ name: "a", shape: [5], values: values(1, 2) }]),
      /variables\.index, byte 9: a has 8 bytes; \[5\] float32 takes 20\./,
    ],
  ])("%s", async (_, files, message) => {
    expect((await refusal(() => readAll(files() as Files))).message).toMatch(message);
  });

  test("an entry in a shard that the header does not have", async () => {
    const entry = Buffer.concat([field(1, 1), field(3, 2), field(5, 4)]);
    const index = Buffer.concat(writeTable([["", field(1, 1)] as const, ["a", entry] as const]));
    const error = await refusal(() => readAll({ "variables.index": index }));
    expect(error.message).toBe("variables.index, byte 9: a is said to be in shard 2 of 1.");
  });
});

describe.skipIf(!sharedExists)("indexes of the published modules, as they were saved again by others", () => {
  test.each([
    ["yamnet_resaved", 110, "_yamnet/layer_with_weights-54/kernel"],
    ["humpback_resaved", 219, "variables/216"],
  ])("%s has the entries of its listing", async (name, count, last) => {
    const file = memoryFile(`${name}.variables.index`, readFileSync(sharedPath(`spec/data/${name}.variables.index`)));
    const { shards, entries } = await readBundleIndex(file);
    expect(shards).toBe(1);
    expect(entries.get(`${last}/.ATTRIBUTES/VARIABLE_VALUE`)).toBeDefined();
    const listing = readFileSync(sharedPath(`spec/data/${name}_variables_index.txt`), "utf8")
      .trim()
      .split("\n");
    const types: Record<number, string> = { 1: "float", 7: "string" };
    const line = ({ key, dtype, shape, offset, size }: BundleEntry) =>
      `${key} ${types[dtype]} ${shapeText(shape)} ${offset} ${size}`;
    expect([...entries.values()].map(line)).toEqual(listing.filter((text) => /^\S+ (float|string) \[/.test(text)));
    expect(entries.size).toBe(count + 1);
  });
});
