import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { layOutAssets } from "../../src/cli/workerd/assets.ts";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { extract } from "../../src/extract.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { embedded } from "../support/client.ts";
import { largestDifference, largestValue } from "../support/compare.ts";
import { addBasicPitch, addNet } from "../support/own-models.ts";
import { FIXED_FRAMES, TWO_EMBEDDINGS, WAVEFORM } from "../support/own-nets.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";
import { noise } from "../support/signals.ts";

let folder = "";
let worker: PlainWorker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-own-worker-"));
  const models = join(folder, "models");
  for (const [id, own] of Object.entries({ waveform: WAVEFORM, fixed: FIXED_FRAMES, two: TWO_EMBEDDINGS })) {
    await addNet(id, own, models);
  }
  if (sharedExists) await addBasicPitch(models);
  await layOutAssets(models, join(folder, "assets"));
  worker = await startPlainWorker(join(folder, "assets"));
});
afterAll(async () => {
  await worker?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("models of one's own in workerd", () => {
  test.each([
    ["waveform", ["scores"], 8000],
    ["fixed", [], 16_000],
    ["two", ["frames", "loudest"], 16_000],
  ] as const)("%s gives what it gives in Node", async (id, include, rate) => {
    const wav = wav16(noise(2 * rate, 0.3), rate);
    const query = `model=${id}&encoding=base64${include.length === 0 ? "" : `&include=${include.join()}`}`;
    const { header, windows } = await embedded(worker.url, wav, { query });
    expect(header).toMatchObject({ model: id, engine: expect.stringMatching(/^onnxruntime-web /) });
    const runtime = await nodeRuntime(join(folder, "models"));
    const outputs = include.filter((name) => name !== "scores");
    const near = (ours: ArrayLike<number> = [], theirs: ArrayLike<number> = []) => {
      expect(ours.length).toBe(theirs.length);
      expect(largestDifference(ours, theirs)).toBeLessThanOrEqual(1e-5 * Math.max(1, largestValue(theirs)));
    };
    let count = 0;
    for await (const record of extract(wav, id, { runtime, scores: true, outputs })) {
      if (record.type !== "window") continue;
      const window = windows[count++];
      near(window?.embedding, record.embedding);
      if (id === "waveform") near(window?.scores, record.scores);
      for (const name of outputs) near(window?.outputs?.[name], record.outputs?.[name]);
    }
    expect(count).toBe(windows.length);
    expect(count).toBeGreaterThan(1);
  });

  test.skipIf(!sharedExists).each(["humpback_watkins_16k", "orca_jpod_stereo_44k1"])(
    "Basic Pitch, which others made: outputs as onnxruntime gave them for %s",
    async (clip) => {
      const arrays = readNpz(sharedPath(`models/${clip}.npz`));
      const wave = Float32Array.from(arrays.get("wave_22k")?.data ?? []);
      const query = "model=basic_pitch&pcm=f32le&rate=22050&include=note,onset&encoding=base64";
      const { windows } = await embedded(worker.url, new Uint8Array(wave.buffer), { query, type: "" });
      // In digital silence the net divides by next to nothing: no two runtimes agree there.
      const heard = windows.filter(({ rms }) => rms > 0);
      expect(heard.length).toBeGreaterThan(0);
      for (const { index, embedding, outputs } of heard) {
        const near = (got: Float32Array | undefined, name: string) => {
          const all = Float32Array.from(arrays.get(name)?.data ?? []);
          const size = all.length / windows.length;
          const expected = all.subarray(index * size, (index + 1) * size);
          expect(largestDifference(got ?? [], expected)).toBeLessThanOrEqual(1e-4);
        };
        near(embedding, "contour_mean");
        near(outputs?.note, "StatefulPartitionedCall_1");
        near(outputs?.onset, "StatefulPartitionedCall_2");
      }
    },
  );
});
