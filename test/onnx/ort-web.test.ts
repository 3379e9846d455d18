import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ortNode from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildModel } from "../../src/convert/build-model.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { type Engine, type NetContract, sizeOf } from "../../src/engines/index.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { folderSource } from "../../src/models/folder-source.node.ts";
import { ModelStore } from "../../src/models/index.ts";
import { ortWebEngine } from "../../src/onnx/index.ts";
import { named } from "../nn/support/models.ts";
import { largestDifference, largestValue } from "../support/compare.ts";
import { cut } from "../support/cuts.ts";
import { MODEL_NAMES, MODELS, type ModelName } from "../support/models.ts";
import { noise } from "../support/signals.ts";
import { thinWeights } from "../support/thin-models.ts";

/** The three nets at an eighth of their width: every operator of the full ones, in a second. */
let folder: string;
let engine: Engine;
let store: ModelStore;
beforeAll(async () => {
  const path = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  engine = ortWebEngine(new WebAssembly.Module(readFileSync(path)));
  folder = await mkdtemp(join(tmpdir(), "orca-embeddings-nets-"));
  for (const name of MODEL_NAMES) await buildModel(catalogued(name), thinWeights(name), SEEDED, folder);
  store = new ModelStore(folderSource(folder), engine);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** YAMNet's at an eighth of its width. */
const CONTRACT: NetContract = {
  input: { name: "window", shape: [96, 64] },
  outputs: [
    { name: "embedding", shape: [128] },
    { name: "scores", shape: [521] },
  ],
};

/** `count` windows of noise. */
function windowsOf(name: ModelName, count: number, seed = 1): Float32Array[] {
  const size = sizeOf(MODELS[name].input);
  return cut(noise(count * size, 1, seed), [size]);
}

describe("onnxruntime-web", () => {
  test.each(MODEL_NAMES)("%s: the numbers of onnxruntime-node", async (name) => {
    const session = named((await store.load(name, "fp32")).session);
    const windows = windowsOf(name, 2);
    const ours = session.run(windows);
    const node = await ortNode.InferenceSession.create(join(folder, `${name}-fp32.onnx`), { intraOpNumThreads: 1 });
    const input = Float32Array.from(windows.flatMap((window) => Array.from(window)));
    const theirs = await node.run({ window: new ortNode.Tensor("float32", input, [2, input.length / 128, 64]) });
    for (const key of ["embedding", "scores"] as const) {
      expect(ours[key]?.length).toBe(theirs[key]?.size);
      if (ours[key] === undefined) continue;
      const truth = theirs[key]?.data as Float32Array;
      // 1.1e-6 for the full nets: two runtimes with other orders of summation.
      expect(largestDifference(ours[key], truth)).toBeLessThanOrEqual(5e-6 * largestValue(truth));
    }
    await node.release();
  });

  test.each(MODEL_NAMES)("%s: any batch gives each window's own numbers", async (name) => {
    const session = named((await store.load(name, "fp32")).session);
    const windows = windowsOf(name, 9);
    const single = windows.map((window) => session.run([window]));
    let largest = 0;
    // Larger and smaller in turn: buffers are kept and grow.
    for (const batch of [2, 8, 3, 9, 1]) {
      const together = session.run(windows.slice(0, batch));
      for (const key of ["embedding", "scores"] as const) {
        const alone = single.slice(0, batch).flatMap((output) => Array.from(output[key] ?? []));
        const difference = largestDifference(together[key] ?? [], alone) / (largestValue(alone) || 1);
        largest = Math.max(largest, difference);
      }
    }
    console.log(`thin ${name}: batches differ from single windows by ${largest.toExponential(1)} of the largest value`);
    // VGGish's dense layers sum in another order for several windows; that is why it is run window by window.
    expect(largest).toBeLessThanOrEqual(name === "vggish" ? 5e-6 : 1e-6);
  });

  test("results belong to the caller: the next run does not change them", async () => {
    const session = named((await store.load("yamnet", "fp32")).session);
    const first = session.run(windowsOf("yamnet", 1, 1));
    const kept = first.embedding.slice();
    session.run(windowsOf("yamnet", 1, 2));
    expect(first.embedding).toEqual(kept);
    expect(session.memory).toBeGreaterThan(0);
  });

  test("a small net runs in batches; the large ones window by window, where batches would gain nothing", async () => {
    expect((await store.load("yamnet", "fp32")).session.batch).toBe(8);
    // 16 MiB and more: VGGish and Humpback at full width. The same net, and bytes that are not looked at.
    const bytes = new Uint8Array(16 << 20);
    bytes.set(await readFile(join(folder, "yamnet-fp32.ort.000")));
    const chunks = (async function* () {
      yield bytes;
    })();
    const large = await engine.load({ length: bytes.length, chunks }, CONTRACT);
    expect(large.batch).toBe(1);
  });
});

describe("damaged models are refused with a code", () => {
  async function* one(bytes: Uint8Array) {
    yield bytes;
  }
  const load = (bytes: Uint8Array, length = bytes.length) => engine.load({ length, chunks: one(bytes) }, CONTRACT);
  const good = () => readFile(join(folder, "yamnet-fp32.ort.000"));

  test("fewer bytes than announced, and more", async () => {
    const bytes = new Uint8Array(await good());
    await expect(load(bytes, bytes.length + 1)).rejects.toMatchObject({ code: "model_damaged" });
    await expect(load(bytes, bytes.length - 1)).rejects.toMatchObject({ code: "model_damaged" });
  });

  test("zeros, noise and the second half of a model", async () => {
    const bytes = new Uint8Array(await good());
    const half = bytes.slice(bytes.length >> 1);
    for (const bad of [new Uint8Array(5000), new Uint8Array(noise(2000).buffer), half]) {
      await expect(load(bad)).rejects.toMatchObject({
        code: "engine_failed",
        message: expect.stringContaining("onnxruntime-web could not make a session: "),
      });
    }
  });

  test("a failure of the source is passed on as it is", async () => {
    const chunks = (async function* () {
      yield new Uint8Array(10);
      throw new Error("the network is gone");
    })();
    await expect(engine.load({ length: 100, chunks }, CONTRACT)).rejects.toThrow("the network is gone");
  });
});
