import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { writeOnnx } from "../../src/convert/onnx-writer.ts";
import { readFlat } from "../../src/convert/ort/flat-reader.ts";
import type { FlatSchema } from "../../src/convert/ort/flat-schema.ts";
import { writeFlat } from "../../src/convert/ort/flat-writer.ts";
import { optimise } from "../../src/convert/ort/optimise.ts";
import { ORT_SCHEMA } from "../../src/convert/ort/ort-schema.ts";
import { writeOrt } from "../../src/convert/ort/write-ort.ts";
import { sizeOf } from "../../src/engines/index.ts";
import { ortWebEngine } from "../../src/onnx/index.ts";
import { named } from "../nn/support/models.ts";
import { cut } from "../support/cuts.ts";
import { MODEL_NAMES, MODELS, type ModelName, netOf } from "../support/models.ts";
import { noise } from "../support/signals.ts";
import { thinWeights } from "../support/thin-models.ts";

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  return Buffer.concat(parts);
}

const thinNet = (name: ModelName) => netOf(name, 8);
/** What onnxruntime makes of the whole .onnx, weights and all. */
const theirsOf = async (name: ModelName) => optimise(await whole(writeOnnx(thinNet(name))));

const engine = ortWebEngine(
  new WebAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")),
  ),
);

async function run(name: ModelName, bytes: Uint8Array) {
  const input = { name: "window", shape: MODELS[name].input.shape };
  const size = sizeOf(input);
  const outputs = [{ name: "embedding", shape: [name === "humpback" ? 256 : 128] }];
  const chunks = (async function* () {
    yield bytes;
  })();
  const session = await engine.load({ length: bytes.length, chunks }, { input, outputs });
  return named(session).run(cut(noise(2 * size, 1, 7), [size])).embedding;
}

describe("writeOrt", () => {
  test.each(MODEL_NAMES)("%s: every table and number that onnxruntime writes for the whole net", async (name) => {
    const theirs = readFlat(ORT_SCHEMA, await theirsOf(name));
    const ours = await whole(writeOrt(thinNet(name)));
    expect(ours.equals(await whole(writeFlat(ORT_SCHEMA, theirs)))).toBe(true);
  });

  test.each(MODEL_NAMES)("%s: onnxruntime-web gives the same bits from it", async (name) => {
    const ours = await run(name, await whole(writeOrt(thinNet(name))));
    const theirs = await run(name, await theirsOf(name));
    expect(ours.some((value) => value !== 0)).toBe(true);
    expect(Buffer.from(ours.buffer).equals(Buffer.from(theirs.buffer))).toBe(true);
  });

  test("weights lie at multiples of 16 bytes", async () => {
    const ours = await whole(writeOrt(thinNet("vggish")));
    const weights = Buffer.from((await thinWeights("vggish").read("vggish/fc1/fc1_2/weights")).buffer);
    const at = ours.indexOf(weights);
    expect(at).toBeGreaterThan(0);
    expect(at % 16).toBe(0);
  });
});

describe("FlatBuffers", () => {
  const schema: FlatSchema = {
    root: "Root",
    identifier: "TEST",
    tables: {
      Root: {
        byte: { number: 1 },
        long: { number: 8 },
        name: "string",
        leaves: { tables: "Leaf", by: "name" },
        data: "blob",
        words: { numbers: 8, align: 8 },
        names: "strings",
      },
      Leaf: { name: "string", int: { number: 4 } },
    },
  };
  const root = {
    byte: Uint8Array.of(7),
    long: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    name: "Grüße",
    leaves: [{ name: "b", int: Uint8Array.of(1, 0, 0, 0) }, { name: "a" }],
    data: { length: 3, read: async () => Uint8Array.of(9, 8, 7) },
    words: new Uint8Array(16).fill(5),
    names: ["", "x"],
  };

  test("what is written is read again, sorted where order says nothing", async () => {
    const { data, leaves, ...read } = readFlat(schema, await whole(writeFlat(schema, root)));
    const { data: _, leaves: [b, a] = [], ...rest } = root;
    expect(read).toEqual({
      ...rest,
      byte: Buffer.from(rest.byte),
      long: Buffer.from(rest.long),
      words: Buffer.from(rest.words),
    });
    expect(leaves).toEqual([a, { ...b, int: Buffer.from([1, 0, 0, 0]) }]);
    expect(await (data as typeof root.data).read()).toEqual(Buffer.from([9, 8, 7]));
  });

  test("more than 64 KB of tables", async () => {
    const names = Array.from({ length: 9000 }, (_, i) => `name ${i}`);
    expect(readFlat(schema, await whole(writeFlat(schema, { names }))).names).toEqual(names);
  });

  test("a field that the schema does not know, and another format, are refused", async () => {
    const bytes = await whole(writeFlat(schema, root));
    const short = { ...schema, tables: { ...schema.tables, Leaf: { name: "string" } } } as const;
    expect(() => readFlat(short, bytes)).toThrow("table Leaf has a field 1");
    expect(() => readFlat(ORT_SCHEMA, bytes)).toThrow('the buffer is "TEST"');
  });

  test("a blob of another length than it said is refused", async () => {
    const data = { length: 4, read: async () => Uint8Array.of(1) };
    await expect(whole(writeFlat(schema, { data }))).rejects.toThrow("a blob of 4 bytes came with 1");
  });
});
