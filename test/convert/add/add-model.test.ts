import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDescriptionFile } from "../../../src/convert/add/described.ts";
import type { Graph } from "../../../src/convert/graph.ts";
import { extract } from "../../../src/extract.ts";
import type { ModelDescriptionInput } from "../../../src/models/index.ts";
import { readSignature } from "../../../src/onnx/file/signature.ts";
import type { WindowRecord } from "../../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../../src/runtime.node.ts";
import { orcaEmbed } from "../../support/command-line.ts";
import { largestDifference, largestValue } from "../../support/compare.ts";
import { some } from "../../support/long.ts";
import { addNet, BASIC_PITCH } from "../../support/own-models.ts";
import { FIXED_FRAMES, onnxOf, TWO_EMBEDDINGS, WAVEFORM } from "../../support/own-nets.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { noise } from "../../support/signals.ts";

let folder = "";
let runtime: Runtime;
const OWN = { waveform: WAVEFORM, fixed: FIXED_FRAMES, two: TWO_EMBEDDINGS } as const;
const onnx = new Map<string, Uint8Array<ArrayBuffer>>();

async function add(id: string, own: { graph: Graph; description: object }, labels?: string[]) {
  onnx.set(id, await onnxOf(own.graph));
  return addNet(id, own, folder, labels);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-own-"));
  for (const [id, own] of Object.entries(OWN))
    await add(id, own, id === "waveform" ? ["orca", "ship", "rain"] : undefined);
  runtime = await nodeRuntime(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What onnxruntime-node makes of one window. */
async function reference(id: string, input: Float32Array, shape: readonly number[]) {
  const session = await ort.InferenceSession.create(onnx.get(id) as Uint8Array, { logSeverityLevel: 3 });
  const { 0: name = "" } = session.inputNames;
  const out = await session.run({ [name]: new ort.Tensor("float32", input, [1, ...shape]) });
  await session.release();
  return (output: string) => out[output]?.data as Float32Array;
}

async function windowsOf(id: string, samples: Float32Array, rate: number, outputs: string[] = []) {
  const windows: WindowRecord[] = [];
  const options = { scores: true, spectrogram: true, outputs };
  for await (const record of extract({ samples, rate }, id, { runtime, ...options })) {
    if (record.type === "window") windows.push(record);
  }
  return windows;
}

const near = (ours: ArrayLike<number> | undefined, theirs: Float32Array) =>
  expect(largestDifference(ours ?? [], theirs)).toBeLessThanOrEqual(1e-5 * Math.max(1, largestValue(theirs)));

describe("models of one's own against onnxruntime-node", () => {
  test("a waveform net: windows scaled one by one, scores through their line and sigmoid, classes by name", async () => {
    const samples = noise(11_000, 0.3).map((value) => value + 0.1);
    const windows = await windowsOf("waveform", samples, 8000);
    // pad-audio: 4000 samples every 2000, until 11,000 are covered.
    expect(windows.map(({ start, end, padded }) => [start, end, padded])).toEqual([
      [0, 0.5, undefined],
      [0.25, 0.75, undefined],
      [0.5, 1, undefined],
      [0.75, 1.25, undefined],
      [1, 1.5, 0.125],
    ]);
    for (const { index, embedding, scores, spectrogram } of windows) {
      expect(spectrogram).toBeUndefined();
      const window = new Float32Array(4000);
      window.set(samples.subarray(index * 2000, index * 2000 + 4000));
      const mean = window.reduce((sum, value) => sum + value, 0) / 4000;
      const peak = window.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
      const got = await reference(
        "waveform",
        window.map((value) => ((value - mean) * 0.25) / peak),
        [4000],
      );
      near(embedding, got("embedding"));
      near(
        scores,
        got("logits").map((value) => 1 / (1 + Math.exp(0.5 - 2 * value))),
      );
    }
    expect((await runtime.store.classes("waveform"))?.map(({ name }) => name)).toEqual(["orca", "ship", "rain"]);
  });

  test("a net of fixed frames, bands first, one window at a time", async () => {
    const windows = await windowsOf("fixed", noise(20_000, 0.2), 16_000);
    expect(windows).toHaveLength(2);
    for (const { embedding, spectrogram = new Float32Array(0) } of windows) {
      expect(spectrogram).toHaveLength(40 * 32);
      // 8000 samples give 1 + 8000 / 256 frames; those that are missing are loud.
      expect(new Set(spectrogram.subarray(32 * 32))).toEqual(new Set([0]));
      const turned = Float32Array.from(
        spectrogram,
        (_, at) => spectrogram[(at % 40) * 32 + Math.floor(at / 40)] as number,
      );
      near(embedding, (await reference("fixed", turned, [1, 32, 40]))("features"));
    }
  });

  test("a net with two embeddings: the further one by its name, and pooled", async () => {
    const windows = await windowsOf("two", noise(16_000, 0.2), 16_000, ["frames", "loudest"]);
    expect(windows.length).toBeGreaterThan(2);
    for (const { embedding, outputs, spectrogram = new Float32Array(0) } of windows) {
      const got = await reference("two", spectrogram, [48, 16]);
      near(embedding, got("whole"));
      near(outputs?.frames, got("frames"));
      const columns = Array.from({ length: 6 }, (_, at) => got("frames").filter((_, i) => i % 6 === at));
      near(outputs?.loudest, Float32Array.from(columns, largestValue));
    }
    await expect(windowsOf("two", noise(8000), 16_000, ["other"])).rejects.toMatchObject({
      code: "bad_option",
      field: "include",
    });
  });

  test.skipIf(!sharedExists)("a net that others made: its outputs as onnxruntime gave them", async () => {
    const path = join(folder, "basic-pitch.json");
    await writeFile(path, JSON.stringify(BASIC_PITCH));
    const common = ["--models", folder];
    const file = sharedPath("models/basic_pitch_nmp.onnx");
    const added = await orcaEmbed(["models", "add", file, "--as", "basic_pitch", "--describe", path, ...common]);
    expect([added.status, added.stderr]).toEqual([0, ""]);
    expect(added.stdout).toContain("basic_pitch: onnxruntime-web runs it; the kernels do not: ");
    for (const clip of some(["humpback_watkins_16k", "orca_jpod_stereo_44k1"], 1)) {
      const args = ["models", "verify", "basic_pitch", "--against", sharedPath(`models/${clip}.npz`), ...common];
      const { status, stdout } = await orcaEmbed(args);
      console.log(stdout);
      expect(status).toBe(0);
      expect(stdout.match(/passed/g)).toHaveLength(3);
    }
  });
});

describe("what is described wrong is named, all of it, and nothing is written", () => {
  const refused = async (change: (description: ModelDescriptionInput) => object, graph = WAVEFORM.graph) => {
    const before = await readdir(folder);
    const whole = structuredClone(WAVEFORM.description) as ModelDescriptionInput;
    const error = await add("wrong", { graph, description: change(whole) }).then(
      () => undefined,
      (thrown: unknown) => thrown as { code: string; message: string; hint?: string },
    );
    expect(await readdir(folder)).toEqual(before);
    return error;
  };

  test("names and shapes that the graph has not", async () => {
    const error = await refused((description) => ({
      ...description,
      outputs: [
        { ...description.outputs[0], tensor: "embeddings" },
        { ...description.outputs[1], tensor: "scores" },
      ],
    }));
    expect(error).toMatchObject({ code: "description_invalid" });
    expect(error?.message).toContain("There is no output embeddings. There is no output scores.");
    expect(error?.hint).toContain("embedding [batch, 12], logits [batch, 3]");
    const sizes = await refused((description) => ({
      ...description,
      input: { ...description.input, window: 5000, shape: [5000] },
      outputs: [{ ...description.outputs[0], shape: [13] }],
    }));
    expect(sizes?.message).toContain("Input inputs is inputs [batch, 4000] in the graph and [batch, 5000] here.");
    expect(sizes?.message).toContain("Output embedding is embedding [batch, 12] in the graph and [batch, 13] here.");
  });

  test.each([
    [
      "a hop that leaves audio out",
      { input: { ...WAVEFORM.description.input, hop: 4001 } },
      /input\.hop: 4001 samples/,
    ],
    ["no embedding", { outputs: [WAVEFORM.description.outputs[1]] }, /outputs: none has the role embedding/],
    ["another rate", { frontEnd: { kind: "none", rate: 16_000 } }, /frontEnd\.rate: 16000 Hz is not the rate/],
    ["an option that is none", { frontend: "none" }, /nothing is known of "frontend"/],
    ["a front end that is none", { frontEnd: { kind: "mfcc", rate: 8000 } }, /frontEnd\.kind/],
  ] as const)("%s", async (_, change, message) => {
    const error = await refused((description) => ({ ...description, ...change }));
    expect(error).toMatchObject({ code: "description_invalid", message: expect.stringMatching(message) });
  });

  test("weights that are no numbers, bytes that are no graph, and an operator that nobody has", async () => {
    const broken = structuredClone({ ...WAVEFORM.graph, initializers: [] }) as Graph;
    const initializers = WAVEFORM.graph.initializers.map((initializer) =>
      initializer.name === "classes"
        ? { ...initializer, read: async () => new Float32Array(36).fill(1).with(7, Number.NaN) }
        : initializer,
    );
    expect(await refused((same) => same, { ...broken, initializers })).toMatchObject({
      code: "weights_invalid",
      message: "The weight classes has the value NaN at element 7.",
    });
    expect(() => readSignature(Uint8Array.of(1, 2, 3))).toThrow("These bytes are not an ONNX file.");
    const nodes = WAVEFORM.graph.nodes.map((each) => (each.op === "Relu" ? { ...each, op: "Whistle" } : each));
    expect(await refused((same) => same, { ...WAVEFORM.graph, nodes })).toMatchObject({
      code: "engine_failed",
      message: expect.stringContaining("Whistle"),
    });
  });

  test("labels of another number", async () => {
    await expect(add("labelled", WAVEFORM, ["orca"])).rejects.toMatchObject({
      code: "description_invalid",
      message: "1 labels are given; labelled has 3 scores.",
    });
  });

  test("a description that is not JSON", () => {
    expect(() => parseDescriptionFile("{", "own.json")).toThrow("own.json is not JSON");
  });
});
