import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { extract } from "../../src/extract.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { cosine, largestDifference, largestValue } from "../support/compare.ts";
import { some } from "../support/long.ts";
import type { ModelName } from "../support/models.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";
import { referenceFolder } from "../support/test-models.ts";

const clips = sharedExists
  ? readdirSync(sharedPath("golden")).filter((name) => name.endsWith(".npz") && name !== "thin8.npz")
  : [];

describe.skipIf(!sharedExists)("embeddings against TensorFlow", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await nodeRuntime(referenceFolder);
  });

  const cases: readonly (readonly [
    ModelName,
    wave: string,
    rate: number,
    embedding: string,
    scores: string | undefined,
  ])[] = [
    ["yamnet", "wave_16k", 16000, "yamnet_embedding", "yamnet_scores"],
    ["vggish", "wave_16k", 16000, "vggish_embedding_seeded", undefined],
    ["humpback", "wave_10k", 10000, "humpback_embedding_seeded", "humpback_score_seeded"],
  ];

  // The ordinary run takes the small net over all of them, the large ones over four.
  const large = some(clips, 4);
  const tried = clips.flatMap((clip) =>
    cases.filter(([model]) => model === "yamnet" || large.includes(clip)).map((row) => [clip, ...row] as const),
  );
  test.each(tried)("%s: %s", async (clip, model, wave, rate, key, scoresKey) => {
    const golden = readNpz(sharedPath(`golden/${clip}`));
    const expected = golden.get(key);
    const samples = Float32Array.from(golden.get(wave)?.data ?? []);
    const { embeddings, scores, starts } = await extract({ samples, rate }, model, { runtime }).result();
    expect(starts.length).toBe(expected?.shape[0]);
    const truth = expected?.data ?? new Float32Array(0);
    const width = expected?.shape[1] ?? 1;
    const cosines = Array.from(starts, (_, row) =>
      cosine(embeddings.subarray(row * width, (row + 1) * width), truth.subarray(row * width, (row + 1) * width)),
    );
    const worst = Math.min(1, ...cosines);
    const error = largestDifference(embeddings, truth) / (largestValue(truth) || 1);
    console.log(
      `${clip} ${model}: ${starts.length} windows, worst cosine ${worst.toFixed(9)}, largest error ${error.toExponential(1)} of the largest value`,
    );
    // Both sides compute in float32, in different orders, from log-mel up to 2.7e-3 apart in near-empty bands.
    expect(worst).toBeGreaterThanOrEqual(0.999999);
    expect(error).toBeLessThanOrEqual(1e-4);
    if (scoresKey !== undefined)
      expect(largestDifference(scores ?? [], golden.get(scoresKey)?.data ?? [])).toBeLessThanOrEqual(1e-4);
  });
});
