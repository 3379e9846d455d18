import { extract } from "../../extract.ts";
import type { Check, CheckInput } from "../catalogued-model.ts";
import { projected } from "../principal-components.ts";
import { sine } from "../test-tones.ts";
import { description } from "./description.ts";

const RANGE = description.principalComponents ?? { lowest: 0, highest: 0 };

/** tensorflow/models research/audioset/vggish/vggish_smoke_test.py, since 2023: 3 s of 1 kHz, relative tolerance 0.1. */
const SMOKE = { mean: 0.000657, deviation: 0.343, pcaMean: 126.0, pcaDeviation: 89.3, tolerance: 0.1 };

export async function checks({ runtime, form }: CheckInput): Promise<Check[]> {
  const { embeddings } = await extract(sine(1000, description.input.rate), description.id, {
    runtime,
    ...form,
  }).result();
  const { mean, deviation } = moments(embeddings);
  const first = [
    near("1 kHz sine: mean of the embedding", SMOKE.mean, mean),
    near("1 kHz sine: standard deviation", SMOKE.deviation, deviation),
  ];
  const [pcaMean, pcaDeviation] = ["1 kHz sine, after PCA: mean", "1 kHz sine, after PCA: standard deviation"] as const;
  const { entry, readComponents } = await runtime.store.load(description.id, form.variant, form.engine);
  if (entry.components === undefined) {
    const got = "no PCA here: models convert vggish --pca FILE";
    return [
      ...first,
      { check: pcaMean, expected: within(SMOKE.pcaMean), got, passed: undefined },
      { check: pcaDeviation, expected: within(SMOKE.pcaDeviation), got, passed: undefined },
    ];
  }
  const components = await readComponents();
  const size = components.means.length;
  const rows = Array.from({ length: embeddings.length / size }, (_, row) =>
    Array.from(projected(embeddings.subarray(row * size, (row + 1) * size), components, RANGE)),
  );
  const post = moments(rows.flat());
  return [...first, near(pcaMean, SMOKE.pcaMean, post.mean), near(pcaDeviation, SMOKE.pcaDeviation, post.deviation)];
}

function moments(values: ArrayLike<number>): { mean: number; deviation: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const square = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  return { mean, deviation: Math.sqrt(square) };
}

const within = (value: number) => `${value} within ${100 * SMOKE.tolerance} %`;

function near(check: string, expected: number, got: number): Check {
  const passed = Math.abs(got - expected) <= SMOKE.tolerance * Math.abs(expected);
  return { check, expected: within(expected), got: String(Number(got.toPrecision(4))), passed };
}
