import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { seededTensor } from "../../src/convert/seeded.ts";
import { largestDifference } from "../support/compare.ts";
import { framesOf } from "../support/frames.ts";
import { LONG } from "../support/long.ts";
import { referenceLogMel, referencePcen } from "../support/reference-front-ends.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";

const clips = sharedExists
  ? readdirSync(sharedPath("golden")).filter((name) => name.endsWith(".npz") && name !== "thin8.npz")
  : [];

/** Zero samples at the end up to a whole number of windows, as YAMNet's pad_waveform does. */
function padded(wave: ArrayLike<number>): Float32Array {
  const hops = Math.ceil(Math.max(0, wave.length - 15600) / 7680);
  const out = new Float32Array(15600 + 7680 * hops);
  out.set(Float32Array.from(wave));
  return out;
}

/** The truth is a direct sum in float64: of the first seconds, and in the long run of all. */
const start = (wave: Float32Array) => (LONG ? wave : wave.subarray(0, 48_000));

const pcenWeights = {
  alpha: Array.from(seededTensor("pcen/alpha", [64])),
  delta: Array.from(seededTensor("pcen/delta", [64])),
  root: Array.from(seededTensor("pcen/root", [64])),
};

describe.skipIf(!sharedExists)("front ends against TensorFlow and against the float64 truth", () => {
  test.each(clips)("%s", (clip) => {
    const golden = readNpz(sharedPath(`golden/${clip}`));
    const get = (name: string) => golden.get(name)?.data ?? new Float32Array(0);
    const wave16 = Float32Array.from(get("wave_16k"));
    const wave10 = Float32Array.from(get("wave_10k"));
    const cases = [
      [
        "yamnet log-mel",
        framesOf("yamnet", padded(wave16)),
        get("yamnet_log_mel"),
        referenceLogMel(start(padded(wave16)), 0.001),
        3e-3,
      ],
      ["vggish log-mel", framesOf("vggish", wave16), get("vggish_log_mel"), referenceLogMel(start(wave16), 0.01), 3e-3],
      [
        "humpback PCEN",
        framesOf("humpback", wave10),
        get("humpback_pcen_seeded"),
        referencePcen(start(wave10), pcenWeights),
        1e-3,
      ],
    ] as const;
    for (const [name, ours, tensorflow, truth, tolerance] of cases) {
      const toTensorflow = largestDifference(ours, tensorflow);
      const toTruth = largestDifference(ours.subarray(0, truth.length), truth);
      const tensorflowToTruth = largestDifference(tensorflow.subarray(0, truth.length), truth);
      console.log(
        `${clip} ${name}: ours to TensorFlow ${toTensorflow.toExponential(1)}, ours to truth ${toTruth.toExponential(1)}, ` +
          `TensorFlow to truth ${tensorflowToTruth.toExponential(1)}`,
      );
      expect(toTensorflow).toBeLessThanOrEqual(tolerance);
      expect(toTruth).toBeLessThanOrEqual(tensorflowToTruth);
      // Float64 inside: what is left is the rounding of results below 16 to float32.
      expect(toTruth).toBeLessThanOrEqual(1e-6);
    }
  });
});
