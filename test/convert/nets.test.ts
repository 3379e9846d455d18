import { createHash } from "node:crypto";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { writeOnnx } from "../../src/convert/onnx-writer.ts";
import { seededTensor } from "../../src/convert/seeded.ts";
import { elementCount, type Weights } from "../../src/convert/weights.ts";
import { joinBytes } from "../../src/join.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { embeddingSize, scoreCount } from "../../src/models/index.ts";
import { yamnetGraph } from "../../src/models/yamnet/net.ts";
import { GraphProto, ModelProto } from "../../src/onnx/file/proto.ts";
import { largestDifference, largestValue } from "../support/compare.ts";
import { MODEL_NAMES, MODELS, type ModelName } from "../support/models.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";
import { noise } from "../support/signals.ts";
import { changedWeights, thinWeights } from "../support/thin-models.ts";

async function onnxOf(name: ModelName, weights: Weights): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeOnnx(catalogued(name).graph(weights))) chunks.push(chunk.slice());
  return joinBytes(chunks);
}

async function run(onnx: Uint8Array, window: Float32Array, shape: readonly number[]) {
  const session = await ort.InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const out = await session.run({ window: new ort.Tensor("float32", window, shape) });
  const { inputNames, outputNames } = session;
  await session.release();
  return { out, inputNames, outputNames };
}

describe("seeded weights", () => {
  test("the check numbers of the algorithm's description", () => {
    const weights = seededTensor("vggish/conv1/weights", [3, 3, 1, 64]);
    expect(Array.from(weights.subarray(0, 3))).toEqual(
      [0.804212809, -0.642998278, -0.209235489].map((value) => Math.fround(value)),
    );
    expect(Array.from(seededTensor("pcen/alpha", [64]).subarray(0, 3))).toEqual(
      [0.831090152, 0.897542, 0.875850677].map((value) => Math.fround(value)),
    );
  });

  test("the same numbers from the description's formula, in whole-number arithmetic", () => {
    const element = (name: string, i: number) => {
      let h = 0x811c9dc5n;
      for (const byte of new TextEncoder().encode(name)) h = ((h ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n;
      let x = (BigInt(i) * 0x9e3779b1n + h) % 2n ** 32n;
      x ^= x >> 16n;
      x = (x * 0x85ebca6bn) % 2n ** 32n;
      x ^= x >> 13n;
      x = (x * 0xc2b2ae35n) % 2n ** 32n;
      x ^= x >> 16n;
      return Number(x) / 2 ** 31 - 1;
    };
    const scales: readonly (readonly [name: string, shape: number[], value: (u: number) => number])[] = [
      ["dense/kernel", [2048, 1], (u) => u * Math.sqrt(6 / 2048)],
      ["layer2/depthwise_conv/depthwise_kernel", [3, 3, 32, 1], (u) => u * Math.sqrt(6 / 9)],
      ["layer2/depthwise_conv/bn/moving_variance", [32], (u) => 1 + 0.5 * u],
      ["layer2/depthwise_conv/bn/moving_mean", [32], (u) => 0.1 * u],
      ["pcen/delta", [64], (u) => 2 + 0.5 * u],
      ["pcen/root", [64], (u) => 2 + 0.5 * u],
      ["logits/bias", [521], (u) => 0.1 * u],
    ];
    for (const [name, shape, value] of scales) {
      const tensor = seededTensor(name, shape);
      expect(tensor).toHaveLength(elementCount(shape));
      for (const i of [0, 1, 2, tensor.length - 1]) expect(tensor[i]).toBe(Math.fround(value(element(name, i))));
    }
    // Beyond 2^32 / 0x9E3779B1 elements the products wrap; the numbers must not repeat or lose bits there.
    const long = seededTensor("x/kernel", [1, 1 << 20]);
    expect(long[1_000_003]).toBe(Math.fround(element("x/kernel", 1_000_003) * Math.sqrt(6)));
  });

  test("the published sizes: 18 tensors of 72,141,184, 110 of 3,751,369, 217 of 23,530,561 numbers", () => {
    const sizes = MODEL_NAMES.map((name) => {
      const shapes = catalogued(name).shapes();
      return [name, shapes.size, [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0)];
    });
    expect(sizes).toEqual([
      ["vggish", 18, 72_141_184],
      ["yamnet", 110, 3_751_369],
      // The checkpoint's 219 tensors and 23,538,753 numbers less two [64, 64] matrices of the smoother.
      ["humpback", 217, 23_538_753 - 2 * 64 * 64],
    ]);
  });
});

describe.skipIf(!sharedExists)("nets at an eighth of the width, against TensorFlow", () => {
  const cases: readonly (readonly [ModelName, input: string, outputs: Readonly<Record<string, string>>])[] = [
    ["vggish", "vggish_patches", { embedding: "vggish_embedding" }],
    ["yamnet", "yamnet_patches", { embedding: "yamnet_embedding", scores: "yamnet_scores" }],
    ["humpback", "humpback_windows", { embedding: "humpback_embedding" }],
  ];
  test.each(cases)("%s", async (name, input, outputs) => {
    const golden = readNpz(sharedPath("golden/thin8.npz"));
    const windows = golden.get(input);
    const { out } = await run(
      await onnxOf(name, thinWeights(name)),
      Float32Array.from(windows?.data ?? []),
      windows?.shape ?? [],
    );
    for (const [key, reference] of Object.entries(outputs)) {
      const [ours, theirs] = [out[key], golden.get(reference)];
      expect(ours?.dims).toEqual(theirs?.shape);
      const truth = theirs?.data ?? [];
      const error = largestDifference(ours?.data as Float32Array, truth) / largestValue(truth);
      console.log(`thin ${name} ${key}: largest error ${error.toExponential(1)} of the largest value`);
      // Two float32 runtimes with other orders of summation, and batch norm folded on our side.
      expect(error).toBeLessThanOrEqual(1e-5);
    }
  });
});

describe("ONNX files", () => {
  test.each(MODEL_NAMES)("%s: loads in onnxruntime, takes any batch, names its inputs and outputs", async (name) => {
    const description = MODELS[name];
    const scores = scoreCount(description);
    const onnx = await onnxOf(name, thinWeights(name));
    for (const batch of [1, 3]) {
      const shape = [batch, ...description.input.shape];
      const { out, inputNames, outputNames } = await run(onnx, noise(elementCount(shape)), shape);
      expect(inputNames).toEqual(["window"]);
      expect(outputNames).toEqual(scores > 0 ? ["embedding", "scores"] : ["embedding"]);
      expect(out.embedding?.dims).toEqual([batch, name === "vggish" ? 128 : embeddingSize(description) / 8]);
      if (scores > 0) expect(out.scores?.dims).toEqual([batch, scores]);
    }
  });

  test.each(MODEL_NAMES)("%s: the same weights give the same bytes", async (name) => {
    const digest = async () =>
      createHash("sha256")
        .update(await onnxOf(name, thinWeights(name)))
        .digest("hex");
    expect(await digest()).toBe(await digest());
  });

  test("what is written can be read back as ONNX, every number of it in its place", async () => {
    const weights = thinWeights("vggish");
    const model = ModelProto.toObject(ModelProto.decode(await onnxOf("vggish", weights)), { longs: Number });
    expect(model).toMatchObject({ irVersion: 8, producerName: "orca-embeddings", opsetImport: [{ version: 17 }] });
    const graph = GraphProto.toObject(GraphProto.fromObject(model.graph), { longs: Number });
    const tensor = graph.initializer.find(({ name }: { name: string }) => name === "vggish/fc2/weights");
    expect(tensor).toMatchObject({ dims: [512, 128], dataType: 1 });
    expect(new Float32Array(Uint8Array.from(tensor.rawData).buffer)).toEqual(await weights.read("vggish/fc2/weights"));
  });
});

describe("batch norm", () => {
  test("is folded in float64: w / sqrt(variance + 1e-4), beta - mean / sqrt(variance + 1e-4)", async () => {
    const weights = thinWeights("yamnet");
    const graph = yamnetGraph(weights);
    const tensor = async (name: string) =>
      (await graph.initializers.find((initializer) => initializer.name === name)?.read()) as Float32Array;
    const [kernel, variance, mean, beta] = (await Promise.all(
      ["kernel", "bn/moving_variance", "bn/moving_mean", "bn/beta"].map((leaf) => weights.read(`layer1/conv/${leaf}`)),
    )) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const folded = await tensor("layer1/conv/kernel");
    const bias = await tensor("layer1/conv/bn/folded_bias");
    for (let out = 0; out < 4; out++) {
      const scale = 1 / Math.sqrt((variance[out] as number) + 1e-4);
      // [3, 3, 1, 4] to [4, 1, 3, 3].
      for (let pixel = 0; pixel < 9; pixel++) {
        expect(folded[out * 9 + pixel]).toBe(Math.fround((kernel[pixel * 4 + out] as number) * scale));
      }
      expect(bias[out]).toBe(Math.fround((beta[out] as number) - (mean[out] as number) * scale));
    }
  });
});

describe("weights that do not fit are named", () => {
  const cases: readonly (readonly [ModelName, tensor: string, shape: number[]])[] = [
    ["vggish", "vggish/conv3/conv3_1/weights", [3, 3, 16, 33]],
    ["yamnet", "layer5/depthwise_conv/depthwise_kernel", [3, 3, 16, 2]],
    ["humpback", "group_1/block_2/main_path/conv/bn/beta", [17]],
  ];
  const attempt = (name: ModelName, weights: Weights) => () => catalogued(name).graph(weights);

  test.each(cases)("%s without %s", (name, tensor) => {
    expect(attempt(name, changedWeights(thinWeights(name), tensor))).toThrow(
      expect.objectContaining({ code: "weights_invalid", message: expect.stringContaining(tensor) }),
    );
  });

  test.each(cases)("%s with %s of another shape", (name, tensor, shape) => {
    const other = attempt(name, changedWeights(thinWeights(name), tensor, shape));
    // A wider layer is taken for what it is; then the next tensor does not fit, and is the one named.
    expect(other).toThrow(expect.objectContaining({ code: "weights_invalid" }));
    expect(other).toThrow(/has shape \[[\d, ]+\]; \[.*\] was expected/);
  });

  test("a tensor of another rank", () => {
    expect(attempt("vggish", changedWeights(thinWeights("vggish"), "vggish/fc2/biases", [128, 1]))).toThrow(
      "Tensor vggish/fc2/biases has shape [128, 1]; [128] was expected.",
    );
  });

  test("a tensor that the net does not have", () => {
    expect(attempt("yamnet", changedWeights(thinWeights("yamnet"), "layer15/conv/kernel", [1, 1, 8, 8]))).toThrow(
      expect.objectContaining({
        code: "weights_invalid",
        message: expect.stringContaining("layer15/conv/kernel"),
        hint: expect.stringContaining("another model"),
      }),
    );
  });

  test.each([
    ["vggish", "vggish/fc2/biases", Number.NaN],
    ["yamnet", "layer14/pointwise_conv/bn/beta", Number.POSITIVE_INFINITY],
    ["humpback", "dense/kernel", Number.NEGATIVE_INFINITY],
  ] as const)("%s: a value of %s that is not finite", async (name, tensor, value) => {
    const weights = thinWeights(name);
    const values = await weights.read(tensor);
    values[3] = value;
    await expect(onnxOf(name, changedWeights(weights, tensor, weights.shape(tensor), values))).rejects.toMatchObject({
      code: "weights_invalid",
      message: `Tensor ${tensor} has a non-finite value at element 3.`,
    });
  });

  test("a negative variance", async () => {
    const tensor = "group/block_widen/main_path/conv/bn/moving_variance";
    const weights = thinWeights("humpback");
    const values = await weights.read(tensor);
    values[5] = -0.25;
    await expect(
      onnxOf("humpback", changedWeights(weights, tensor, weights.shape(tensor), values)),
    ).rejects.toMatchObject({
      code: "weights_invalid",
      message: `Tensor ${tensor} has the negative variance -0.25 at element 5.`,
    });
  });
});
