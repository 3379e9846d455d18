import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { averagePrecision, Embeddings, fitAll, rocAuc, tooFew } from "../../src/heads/index.ts";
import { kernelModule } from "../support/runtime.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";

interface Golden {
  readonly classes: readonly string[];
  readonly C: Readonly<Record<string, Readonly<Record<string, GoldenClass>>>>;
}
interface GoldenClass {
  readonly objective: number;
  readonly bias: number;
  readonly grouped_cv_roc_auc: number | null;
  readonly grouped_cv_average_precision: number;
}

const FOLDS = 5;

describe.skipIf(!sharedExists)("scikit-learn's optima on real windows (answers/golden.json)", () => {
  const arrays = sharedExists ? readNpz(sharedPath("answers/yamnet_windows.npz")) : new Map();
  const golden: Golden = sharedExists
    ? (JSON.parse(readFileSync(sharedPath("answers/golden.json"), "utf8")) as Golden)
    : { classes: [], C: {} };
  const data = (name: string) => arrays.get(name)?.data ?? new Float64Array(0);
  const [y, fold, recording] = [data("y"), data("fold"), data("recording")];
  const rows = fold.length;
  const names = golden.classes;
  const labels = names.map((_, k) => Uint8Array.from({ length: rows }, (_, i) => y[i * names.length + k] as number));

  test.each(["0.01", "1.0"])("C = %s: objectives, and logits out of fold", (name) => {
    const C = Number(name);
    const embeddings = Embeddings.of(kernelModule, data("X") as Float32Array, 1024);
    const expected = golden.C[name] ?? {};
    for (const [k, one] of fitAll(
      embeddings,
      labels.map((of) => ({ labels: of, C })),
    ).entries()) {
      const { objective, bias } = expected[names[k] as string] as GoldenClass;
      expect(one.converged).toBe(true);
      expect(Math.abs(one.objective / objective - 1)).toBeLessThan(1e-6);
      expect(Math.abs(one.bias - bias)).toBeLessThan(1e-3);
    }
    const outOfFold = labels.map(() => new Float64Array(rows).fill(Number.NaN));
    const problems = labels.flatMap((of, k) =>
      Array.from({ length: FOLDS }, (_, f) => ({
        k,
        f,
        problem: { labels: of, C, weights: Float64Array.from(fold, (own: number) => (own === f ? 0 : 1)) },
      })).filter(({ problem }) => of.some((label, i) => label === 1 && problem.weights[i] === 1)),
    );
    const fits = fitAll(
      embeddings,
      problems.map(({ problem }) => problem),
    );
    embeddings.columnProducts(
      fits.map(({ weights }) => weights),
      (first, count, products) => {
        for (let i = 0; i < count; i++)
          for (const [column, { k, f }] of problems.entries())
            if (fold[first + i] === f)
              (outOfFold[k] as Float64Array)[first + i] =
                (products[i * problems.length + column] as number) + (fits[column]?.bias ?? Number.NaN);
      },
    );
    const wanted = data(`cv_logits_C${name}`);
    for (const [k, logits] of outOfFold.entries()) {
      for (const [i, logit] of logits.entries()) {
        const theirs = wanted[i * names.length + k] as number;
        if (Number.isNaN(theirs)) expect(logit).toBeNaN();
        else expect(Math.abs(logit - theirs)).toBeLessThan(1e-3);
      }
      const there = [...logits.keys()].filter((i) => !Number.isNaN(logits[i]));
      const [truth, scores] = [there.map((i) => labels[k]?.[i] ?? 0), there.map((i) => logits[i] as number)];
      const { grouped_cv_roc_auc: auc, grouped_cv_average_precision: precision } = expected[
        names[k] as string
      ] as GoldenClass;
      if (auc === null) expect(rocAuc(truth, scores)).toBeNaN();
      else {
        expect(Math.abs(rocAuc(truth, scores) - auc)).toBeLessThan(1e-4);
        expect(Math.abs(averagePrecision(truth, scores) - precision)).toBeLessThan(1e-4);
      }
    }
  });

  test("ships and sperm whales, of two recordings and one, are too few to judge", () => {
    const groups = Array.from(recording, String);
    expect(names.map((_, k) => tooFew(groups, labels[k] as Uint8Array))).toEqual([
      undefined,
      undefined,
      "too few recordings to judge: positives come from 2, and 3 are the least",
      "too few recordings to judge: positives come from 1, and 3 are the least",
    ]);
  });
});
