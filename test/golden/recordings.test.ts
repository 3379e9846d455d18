import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { DetectingDecoder } from "../../src/audio/index.ts";
import { extract } from "../../src/extract.ts";
import { Resampler } from "../../src/kernels/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { cosine } from "../support/compare.ts";
import { LONG } from "../support/long.ts";
import { MODEL_NAMES, MODELS } from "../support/models.ts";
import { codecModules, collect, newKernels } from "../support/runtime.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";
import { referenceFolder } from "../support/test-models.ts";

/** Recordings in WAV for which there are TensorFlow outputs: 10 to 64 kHz, 16 to 32 bits, mono and stereo. */
const CLIPS = [
  "humpback_google_sample_10k",
  "humpback_watkins_16k",
  "miaow_16k",
  "orca_calls_20k_s32",
  "orca_jpod_stereo_44k1",
  "orca_srkw_S01_44k1",
  "speech_whistling2",
  "spermwhale_clicks_64k_24bit",
];
const KEYS = { yamnet: "yamnet_embedding", vggish: "vggish_embedding_seeded", humpback: "humpback_embedding_seeded" };

describe.skipIf(!sharedExists)(
  "real recordings, own decoder and resampler, against ffmpeg, soxr VHQ and TensorFlow",
  () => {
    let runtime: Runtime;
    beforeAll(async () => {
      runtime = await nodeRuntime(referenceFolder);
    });

    // Decoder and resampler are the same before every net: the ordinary run takes the small one.
    const models = LONG ? MODEL_NAMES : (["yamnet"] as const);
    test.each(CLIPS.flatMap((clip) => models.map((model) => [clip, model] as const)))("%s: %s", async (clip, model) => {
      const golden = readNpz(sharedPath(`golden/${clip}.npz`));
      const expected = golden.get(KEYS[model]);
      const truth = expected?.data ?? new Float32Array(0);
      const [rows = 0, width = 1] = expected?.shape ?? [];
      const wave = golden.get(model === "humpback" ? "wave_10k" : "wave_16k")?.data.length ?? 0;
      // The references were resampled whole and then cut to 10 s; a cut before would ring in the last window.
      const { rate } = MODELS[model].input;
      const file = readFileSync(sharedPath(`audio/${clip}.wav`));
      const whole = resampled(file, rate);
      const audio = whole.length > wave + 1 ? { samples: whole.subarray(0, wave), rate } : file;
      const { embeddings, starts } = await extract(audio, model, { runtime }).result();
      expect(starts.length).toBe(rows);
      const worst = Math.min(
        1,
        ...Array.from(starts, (_, row) => {
          const part = (values: Float32Array | Float64Array) => values.subarray(row * width, (row + 1) * width);
          return cosine(part(embeddings), part(truth));
        }),
      );
      console.log(`${clip} ${model}: ${rows} windows, worst cosine ${worst.toFixed(7)}`);
      expect(worst).toBeGreaterThanOrEqual(0.9999);
    });
  },
);

/** The file's mean of channels at `rate`, by this project's decoder and resampler. */
function resampled(file: Uint8Array, rate: number): Float32Array {
  const kernels = newKernels();
  const decoder = new DetectingDecoder(kernels, codecModules, { channel: "mean" });
  const samples = collect(decoder, [file]);
  const from = decoder.info?.rate ?? 0;
  return from === rate ? samples : collect(new Resampler(newKernels(), from, rate), [samples]);
}
