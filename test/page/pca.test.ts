import { expect, test } from "vitest";
import curveFit from "../../page/analysis/curve-fit.ts";
import { type Axes, principalAxes, project } from "../../page/analysis/pca.ts";
import { noise } from "../support/recordings.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";

/**
 * Shares of the first two components of rows of length 1, by numpy.linalg.svd in float64:
 * u = e / norm(e); s = svd(u - u.mean(0))[1] ** 2; s / s.sum().
 */
const BY_SVD = [
  ["answers/yamnet_windows.npz", "X", [0.14320122, 0.09490063]],
  ["golden/orca_jpod_stereo_44k1.npz", "yamnet_embedding", [0.22626783, 0.16243381]],
  ["golden/orca_jpod_stereo_44k1.npz", "yamnet_embedding_seeded", [0.30265954, 0.11445169]],
  ["golden/orca_jpod_stereo_44k1.npz", "vggish_embedding_seeded", [0.33747136, 0.22095739]],
  ["golden/orca_jpod_stereo_44k1.npz", "humpback_embedding_seeded", [0.79488606, 0.20511394]],
] as const;

test.skipIf(!sharedExists)("of real windows: the shares of an SVD, one model after the other", () => {
  let like: Axes | undefined;
  for (const [file, name, shares] of BY_SVD) {
    const array = readNpz(sharedPath(file)).get(name);
    const [, size = 0] = array?.shape ?? [];
    const rows = { size, parts: [array?.data as Float32Array] };
    // What the plane showed before, of whatever model, changes nothing.
    for (const axes of [principalAxes(rows), principalAxes(rows, like)]) {
      for (const at of [0, 1] as const) expect(Math.abs(axes.explained[at] - shares[at])).toBeLessThan(1e-5);
      // The picture has the variance that is said of it.
      const positions = project(rows, axes);
      let [x, y, total] = [0, 0, 0];
      for (let at = 0; at < positions.length; at += 2) {
        x += (positions[at] as number) ** 2;
        y += (positions[at + 1] as number) ** 2;
      }
      total = x / axes.explained[0];
      expect(y / total).toBeCloseTo(shares[1], 4);
      like = axes;
    }
  }
});

test("two known directions; of a loud window the direction counts, and rows of zeros do no harm", () => {
  const [size, count] = [64, 301];
  const random = noise(count * 3, 5);
  const rows = Float32Array.from({ length: count * size }, (_, at) => {
    const [row, dimension] = [Math.floor(at / size), at % size];
    if (row === count - 1) return 0;
    const loud = row === 7 ? 1000 : 1;
    const first = 0.4 * (random[row] as number) * (dimension % 2 === 0 ? 1 : -1);
    const second = 0.2 * (random[count + row] as number) * (dimension < size / 2 ? 1 : -1);
    return loud * (1 + first + second);
  });
  const parts = [rows.subarray(0, 100 * size), rows.subarray(100 * size)];
  const axes = principalAxes({ size, parts });
  const positions = project({ size, parts }, axes);
  for (const [axis, from] of [
    [0, 0],
    [1, count],
  ] as const) {
    const signed = Array.from({ length: count - 1 }, (_, row) => [
      positions[2 * row + axis] as number,
      random[from + row] as number,
    ]);
    const of = (a: number, b: number) =>
      signed.reduce((sum, pair) => sum + (pair[a] as number) * (pair[b] as number), 0) / signed.length;
    const mean = (a: number) => signed.reduce((sum, pair) => sum + (pair[a] as number), 0) / signed.length;
    const covariance = of(0, 1) - mean(0) * mean(1);
    const correlation = covariance / Math.sqrt((of(0, 0) - mean(0) ** 2) * (of(1, 1) - mean(1) ** 2));
    expect(Math.abs(correlation)).toBeGreaterThan(0.97);
  }
  // Found again from where it was, the picture does not flip.
  const again = project({ size, parts }, principalAxes({ size, parts }, axes));
  for (const [at, value] of again.entries()) expect(value).toBeCloseTo(positions[at] as number, 4);
});

test("of one window, and of windows that are all alike, there is no variance to share", () => {
  for (const count of [1, 5]) {
    const rows = { size: 3, parts: [new Float32Array(3 * count).fill(2)] };
    const axes = principalAxes(rows);
    expect(axes.explained.every((share) => share >= 0 && share <= 1)).toBe(true);
    expect([...project(rows, axes)].every((value) => Math.abs(value) < 1e-6)).toBe(true);
  }
});

test("UMAP's curve: the a and b that umap-learn has for its default spread 1 and min_dist 0.1", () => {
  const x = Array.from({ length: 300 }, (_, i) => (3 * i) / 300);
  const y = x.map((value) => (value < 0.1 ? 1 : Math.exp(0.1 - value)));
  const curve =
    ([a = 0, b = 0]: number[]) =>
    (value: number) =>
      1 / (1 + a * value ** (2 * b));
  const { parameterValues } = curveFit({ x, y }, curve, { initialValues: [0.5, 0.5] });
  expect(parameterValues.map((value) => value.toFixed(3))).toEqual(["1.577", "0.895"]);
});
