import { describe, expect, test } from "vitest";
import { cosine, largestDifference, largestValue } from "../support/compare.ts";
import { LONG } from "../support/long.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";
import { split } from "./support/kernel-memory.ts";
import {
  builtSession,
  modules,
  type NamedSession,
  NET_NAMES,
  type NetName,
  seededOnnx,
  sessionFor,
} from "./support/models.ts";
import { goldens } from "./support/windows.ts";

const plainSimd = { simd: modules.simd };

/**
 * The worst clip's largest error, of the largest value, and the cosine of every window.
 * @param most  windows of each clip that are looked at
 */
function compareAll(
  session: NamedSession,
  net: NetName,
  most = Infinity,
): { error: number; scores: number; cosines: number[] } {
  const cosines: number[] = [];
  let [error, scores] = [0, 0];
  for (const { windows, count: all, embedding: every, scores: everyScore } of goldens(net)) {
    const count = Math.min(all, most);
    const first = <Numbers extends Float32Array>(numbers: Numbers) =>
      numbers.subarray(0, (numbers.length / all) * count);
    const [embedding, trueScores] = [first(every), everyScore && first(everyScore)];
    const got = session.run(split(first(windows), count));
    error = Math.max(error, largestDifference(got.embedding, embedding) / largestValue(embedding));
    if (trueScores) scores = Math.max(scores, largestDifference(got.scores ?? [], trueScores));
    const size = embedding.length / count;
    for (let i = 0; i < count; i++) {
      const row = (values: Float32Array) => values.subarray(i * size, (i + 1) * size);
      cosines.push(cosine(row(got.embedding), row(embedding)));
    }
  }
  return { error, scores, cosines: cosines.sort((a, b) => a - b) };
}

describe.skipIf(!sharedExists).each(NET_NAMES)("%s against TensorFlow's numbers for real recordings", (net) => {
  test.each([
    ["relaxed", modules, LONG ? Infinity : 4],
    // The same program but for fused sums: a few windows of each clip tell.
    ["plain", plainSimd, 2],
  ] as const)("fp32 with %s SIMD", async (level, with_, most) => {
    const { error, scores, cosines } = compareAll(await builtSession(net, "fp32", with_), net, most);
    console.log(
      `${net} fp32 ${level}: ${cosines.length} windows, largest error ${error.toExponential(1)} of the largest`,
    );
    expect(cosines.length).toBeGreaterThan(most > 2 ? 15 : 5);
    expect(error).toBeLessThanOrEqual(1e-5);
    expect(scores).toBeLessThanOrEqual(1e-5);
  });

  test("int8", async () => {
    const { cosines } = compareAll(await builtSession(net, "int8"), net, LONG ? Infinity : 4);
    const [median, worst] = [cosines[cosines.length >> 1] as number, cosines[0] as number];
    console.log(
      `${net} int8: ${cosines.length} windows, cosine median ${median.toFixed(5)}, worst ${worst.toFixed(5)}`,
    );
    expect(median).toBeGreaterThanOrEqual(0.999);
    expect(worst).toBeGreaterThanOrEqual(0.996);
  });
});

describe.skipIf(!sharedExists).each(NET_NAMES)("%s at an eighth of its width", (net) => {
  test("fp32 against TensorFlow's numbers", async () => {
    const thin = readNpz(sharedPath("golden/thin8.npz"));
    const windows = thin.get(net === "humpback" ? "humpback_windows" : `${net}_patches`);
    const embedding = thin.get(`${net}_embedding`)?.data ?? [];
    const session = await sessionFor(await seededOnnx(net, 8), "fp32");
    const got = session.run(split(Float32Array.from(windows?.data ?? []), windows?.shape[0] ?? 0));
    expect(largestDifference(got.embedding, embedding)).toBeLessThanOrEqual(1e-5 * largestValue(embedding));
    const scores = thin.get(`${net}_scores`)?.data;
    if (scores) expect(largestDifference(got.scores ?? [], scores)).toBeLessThanOrEqual(1e-5);
  });
});
