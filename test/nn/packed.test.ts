import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { PackedModel } from "../../src/convert/pack/pack-model.ts";
import { packModel } from "../../src/convert/pack/pack-model.ts";
import { sizeOf } from "../../src/engines/index.ts";
import { kernelsEngine, VARIANTS } from "../../src/nn/index.ts";
import { hasRelaxedSimd } from "../../src/nn/module.ts";
import { encodeHeader, type Step } from "../../src/nn/packed-format.ts";
import { pieces } from "./support/bytes.ts";
import { noise, split } from "./support/kernel-memory.ts";
import { builtSession, contractOf, modules, named, parts, seededOnnx } from "./support/models.ts";

const engine = kernelsEngine(modules);

let onnx: Uint8Array;
let model: PackedModel;
let bytes: Uint8Array;
beforeAll(async () => {
  onnx = await seededOnnx("yamnet", 8);
  model = await packModel(onnx, "int8", modules);
  bytes = Buffer.concat(model.parts);
});

const loadBytes = async (from: Uint8Array, chunks = pieces(from, [])) =>
  named(await engine.load({ length: from.length, chunks }, contractOf(model)));

describe("a packed model", () => {
  test("is the same bytes each time", async () => {
    expect(Buffer.concat((await packModel(onnx, "int8", modules)).parts).equals(bytes)).toBe(true);
    expect(model.length).toBe(bytes.length);
  });

  test("loads however its bytes are cut", async () => {
    const input = noise(96 * 64, 1);
    const wanted = (await loadBytes(bytes)).run(split(input, 1));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 30 }), async (cuts) => {
        expect((await loadBytes(bytes, pieces(bytes, cuts))).run(split(input, 1))).toEqual(wanted);
      }),
      { numRuns: 20 },
    );
    expect(
      (
        await loadBytes(
          bytes.subarray(0),
          pieces(
            bytes,
            Array.from({ length: 2000 }, (_, i) => i),
          ),
        )
      ).run(split(input, 1)),
    ).toEqual(wanted);
  });

  test.each([0, 5, 12, 100, 5000, -1])("that ends at byte %i is refused", async (end) => {
    await expect(loadBytes(bytes.subarray(0, end))).rejects.toMatchObject({ code: "model_damaged" });
  });

  test("that goes on is refused", async () => {
    const longer = Buffer.concat([bytes, new Uint8Array(1)]);
    await expect(loadBytes(longer)).rejects.toMatchObject({
      code: "model_damaged",
      message: `The packed model goes on after its end at byte ${bytes.length}.`,
    });
  });

  test("that is something else is refused", async () => {
    await expect(loadBytes(onnx)).rejects.toMatchObject({ code: "model_damaged", byteOffset: 0 });
  });

  test.each([
    ["the fields of another version", { relu: 0, alpha: 1 }, "with alpha, unlike"],
    ["a field too few", { relu: undefined }, "without relu, unlike"],
  ])("that calls a kernel with %s is refused", async (_, change, message) => {
    const [first, ...rest] = model.header.steps;
    const steps = [{ ...first, call: { ...first?.call, ...change } }, ...rest] as Step[];
    const changed = Buffer.concat([encodeHeader({ ...model.header, steps }), ...model.parts.slice(1)]);
    await expect(loadBytes(changed)).rejects.toMatchObject({
      code: "model_damaged",
      message: expect.stringContaining(`The packed model calls ${first?.kernel} ${message}`),
      hint: "Pack it again.",
    });
  });

  test("that asks for a kernel that is not there is refused", async () => {
    const [first, ...rest] = model.header.steps;
    const steps = [{ ...first, kernel: "toString" } as Step, ...rest];
    const changed = Buffer.concat([encodeHeader({ ...model.header, steps }), ...model.parts.slice(1)]);
    await expect(loadBytes(changed)).rejects.toMatchObject({
      code: "model_damaged",
      message: "The packed model asks for a kernel toString, which this version has not.",
      hint: "Pack it again.",
    });
  });

  test("of the format before is refused", async () => {
    const header = encodeHeader({ ...model.header, version: 1 });
    await expect(loadBytes(Buffer.concat([header, ...model.parts.slice(1)]))).rejects.toMatchObject({
      code: "model_damaged",
      message: "The packed model has format 1; this version reads 2.",
      hint: "Pack it again.",
    });
  });

  test("of another shape is refused", async () => {
    const { input } = contractOf(model);
    const shape = { input, outputs: [{ name: "embedding", shape: [7] }] };
    await expect(engine.load({ length: model.length, chunks: parts(model) }, shape)).rejects.toMatchObject({
      code: "model_damaged",
    });
  });

  test.each(VARIANTS)("%s whose numbers differ from its self-check is refused", async (variant) => {
    const other = await packModel(onnx, variant, modules);
    const damaged = Buffer.concat(other.parts);
    const outputs = 4 * contractOf(other).outputs.reduce((sum, output) => sum + sizeOf(output), 0);
    // One of the expected embedding's numbers, to something finite: another exponent.
    damaged[damaged.length - outputs + 4 * 9 + 3] = 0x45;
    const failure = expect(loadBytes(damaged)).rejects;
    await failure.toMatchObject({
      code: "engine_failed",
      message: expect.stringContaining("The self-check of yamnet"),
    });
  });

  test("whose weights are damaged is refused by the self-check", async () => {
    const damaged = Buffer.from(bytes);
    const start = bytes.length - model.header.check - model.header.constants;
    damaged.fill(0x11, start, start + 4000);
    await expect(loadBytes(damaged)).rejects.toMatchObject({ code: "engine_failed" });
  });

  test("needs no relaxed SIMD, and says which it uses", async () => {
    expect(hasRelaxedSimd()).toBe(true);
    expect(engine.name).toMatch(/^orca-kernels \S+ relaxed$/);
    const plain = kernelsEngine({ simd: modules.simd });
    expect(plain.name).toMatch(/ simd$/);
    const input = noise(3 * 96 * 64, 2);
    const session = await plain.load({ length: model.length, chunks: parts(model) }, contractOf(model));
    expect(named(session).run(split(input, 3))).toEqual((await loadBytes(bytes)).run(split(input, 3)));
  });
});

describe("a session", () => {
  test("takes no other number of values", async () => {
    const session = await loadBytes(bytes);
    expect(() => session.run(split(new Float32Array(100), 1))).toThrow(
      "Window 0 has 100 numbers; 96 frames x 64 bands were expected.",
    );
  });

  test("refuses what is not finite, and says where", async () => {
    const session = await loadBytes(bytes);
    const input = noise(2 * 96 * 64, 3);
    input[96 * 64 + 64 * 5 + 7] = Number.NaN;
    expect(() => session.run(split(input, 2))).toThrow("The input is NaN at frame 5, band 7 of window 1.");
    expect(session.run(split(noise(96 * 64, 3), 1)).embedding.every(Number.isFinite)).toBe(true);
  });

  test("gives nothing for no windows, and results that later runs do not change", async () => {
    const session = await loadBytes(bytes);
    expect(session.run(split(new Float32Array(0), 0)).embedding).toHaveLength(0);
    const first = session.run(split(noise(96 * 64, 4), 1)).embedding;
    const copy = first.slice();
    session.run(split(noise(20 * 96 * 64, 5), 20));
    expect(first).toEqual(copy);
  });

  test("does not grow over 2,000 windows", async () => {
    const session = await loadBytes(bytes);
    const input = noise(8 * 96 * 64, 6);
    const wanted = session.run(split(input, 8));
    const { memory } = session;
    for (let windows = 0; windows < 2000; windows += 8) session.run(split(input, 8));
    expect(session.memory).toBe(memory);
    expect(session.run(split(input, 8))).toEqual(wanted);
  });

  test.each([
    ["yamnet", "fp32", 20],
    ["yamnet", "int8", 8],
    ["humpback", "int8", 45],
    ["vggish", "int8", 110],
  ] as const)("of %s %s at batch 8 stays below %i MB", async (net, variant, megabytes) => {
    const session = await builtSession(net, variant);
    session.run(split(new Float32Array(8 * sizeOf(session.contract.input)), 8));
    expect(session.memory).toBeLessThan(megabytes * 1e6);
  });
});

describe("the same integers everywhere", () => {
  test.each([
    ["yamnet", "ede4067b"],
    ["vggish", "5e2314b8"],
    ["humpback", "2015d842"],
  ] as const)("%s int8 gives the stored bits for a stored window", async (net, bits) => {
    const packed = await packModel(await seededOnnx(net, 8), "int8", modules);
    const { window } = packed.header;
    for (const level of [modules, { simd: modules.simd }]) {
      const bytes = { length: packed.length, chunks: parts(packed) };
      const session = named(await kernelsEngine(level).load(bytes, contractOf(packed)));
      const { embedding } = session.run(split(noise(window[0] * window[1], 7), 1));
      // FNV-1a of the floats' bits: x64 with and without VNNI and ARM64 must agree.
      let hash = 0x811c9dc5;
      for (const word of new Uint32Array(embedding.buffer)) hash = Math.imul(hash ^ word, 0x01000193);
      expect((hash >>> 0).toString(16)).toBe(bits);
    }
  });
});
