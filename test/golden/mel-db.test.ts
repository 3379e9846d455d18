import { describe, expect, test } from "vitest";
import type { MelDbOptions } from "../../src/kernels/index.ts";
import { largestDifference } from "../support/compare.ts";
import { ORCAHELLO, perWindow, SLANEY } from "../support/front-ends.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";

/** Frames that are missing of OrcaHello's 4 s are 0 dB. */
const FOUR_SECONDS: MelDbOptions = { ...ORCAHELLO, fixedFrames: { count: 312, missing: 0 } };

describe.skipIf(!sharedExists)("mel-dB against NumPy in float64", () => {
  const references = sharedExists ? readNpz(sharedPath("models/frontends.npz")) : new Map();
  const clips = [...references.keys()].flatMap((name) => /^(.*)__wave_20k$/.exec(name)?.[1] ?? []);

  test.each(clips)("%s", (clip) => {
    const wave20 = Float32Array.from(references.get(`${clip}__wave_20k`)?.data ?? []);
    const wave16 = Float32Array.from(readNpz(sharedPath(`golden/${clip}.npz`)).get("wave_16k")?.data ?? []);
    const cases = [
      ["orcahello_2s", ORCAHELLO, wave20, 40_000],
      ["orcahello_4s", FOUR_SECONDS, wave20, 80_000],
      ["mel_db_slaney", SLANEY, wave16.subarray(0, 48_000), 48_000],
    ] as const;
    for (const [name, options, wave, samples] of cases) {
      const { data, shape } = references.get(`${clip}__${name}`) ?? { data: [], shape: [] };
      const frontEnd = perWindow(options, { samples });
      expect([frontEnd.shape.frames, frontEnd.shape.bands]).toEqual(shape);
      const difference = largestDifference(frontEnd.transform(wave), data);
      console.log(`${clip} ${name}: within ${difference.toExponential(1)} dB of NumPy`);
      // NumPy's numbers are rounded to float32, as ours are: below 128 dB two neighbours are 7.6e-6 apart.
      expect(difference).toBeLessThanOrEqual(8e-6);
    }
  });

  test("both clips are there", () => {
    expect(clips).toHaveLength(2);
  });
});
