import { createReadStream } from "node:fs";
import { counted } from "../../counted.ts";
import { type Audio, type Extraction, extract, type Samples } from "../../extract.ts";
import { MODELS, type ModelName } from "../../models/index.ts";
import { postprocessed, type VggishPca } from "../../models/vggish-pca.ts";
import type { EngineName } from "../../onnx/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { numpyUniform } from "./numpy-uniform.ts";

/** One published check, as it went. */
export interface Check {
  readonly check: string;
  readonly expected: string;
  readonly got: string;
  /** undefined where it could not be run. */
  readonly passed: boolean | undefined;
}

/** What the checks of a model work with. */
export interface CheckInput {
  readonly runtime: Runtime;
  readonly form: { readonly variant: string; readonly engine: EngineName };
  /** VGGish's post-processing, where it is here. */
  readonly pca: VggishPca | undefined;
  /** A recording with humpback song. */
  readonly audio: string | undefined;
}

/** The checks that each model's publisher names (MODELS 1.5, 2.6, 3.1), from samples or a recording to the scores. */
export const CHECKS: Readonly<Record<ModelName, (input: CheckInput) => Promise<Check[]>>> = {
  vggish: vggishChecks,
  yamnet: yamnetChecks,
  humpback: humpbackChecks,
};

const RATE = MODELS.yamnet.rate;
const sine = (hertz: number): Samples => ({
  rate: RATE,
  samples: Float32Array.from({ length: 3 * RATE }, (_, k) => Math.sin((2 * Math.PI * hertz * k) / RATE)),
});

/** tensorflow/models research/audioset/vggish/vggish_smoke_test.py, since 2023: 3 s of 1 kHz, relative tolerance 0.1. */
const SMOKE = { mean: 0.000657, deviation: 0.343, pcaMean: 126.0, pcaDeviation: 89.3, tolerance: 0.1 };

async function vggishChecks({ runtime, form, pca }: CheckInput): Promise<Check[]> {
  const { embeddings } = await extract(sine(1000), "vggish", runtime, form).result();
  const { mean, deviation } = moments(embeddings);
  const checks = [
    near("1 kHz sine: mean of the embedding", SMOKE.mean, mean),
    near("1 kHz sine: standard deviation", SMOKE.deviation, deviation),
  ];
  const [pcaMean, pcaDeviation] = ["1 kHz sine, after PCA: mean", "1 kHz sine, after PCA: standard deviation"] as const;
  if (pca === undefined) {
    const got = "no PCA here: models convert vggish --pca FILE";
    return [
      ...checks,
      { check: pcaMean, expected: within(SMOKE.pcaMean), got, passed: undefined },
      { check: pcaDeviation, expected: within(SMOKE.pcaDeviation), got, passed: undefined },
    ];
  }
  const size = pca.means.length;
  const rows = Array.from({ length: embeddings.length / size }, (_, row) =>
    Array.from(postprocessed(embeddings.subarray(row * size, (row + 1) * size), pca)),
  );
  const post = moments(rows.flat());
  return [...checks, near(pcaMean, SMOKE.pcaMean, post.mean), near(pcaDeviation, SMOKE.pcaDeviation, post.deviation)];
}

/** Classes of yamnet_class_map.csv that the checks name. */
const CLASSES = { silence: [494, "Silence"], sine: [495, "Sine wave"], noise: [514, "White noise"] } as const;
/** tensorflow/models research/audioset/yamnet/yamnet_test.py: among the ten highest mean scores. */
const TOP = 10;

async function yamnetChecks({ runtime, form }: CheckInput): Promise<Check[]> {
  const noise = Float32Array.from(numpyUniform(51773, 3 * RATE));
  const clips = [
    ["3 s of silence", CLASSES.silence, { rate: RATE, samples: new Float32Array(3 * RATE) }],
    ["3 s of white noise", CLASSES.noise, { rate: RATE, samples: noise }],
    ["3 s of a 440 Hz sine", CLASSES.sine, sine(440)],
  ] as const;
  const checks: Check[] = [];
  for (const [check, [index, name], clip] of clips) {
    const scores = meanScores(await extract(clip, "yamnet", runtime, form).result());
    const score = scores[index] as number;
    const rank = 1 + scores.filter((other) => other > score).length;
    checks.push({
      check,
      expected: `class ${index}, ${name}, in the top ${TOP}`,
      got: `number ${rank}, score ${score.toFixed(3)}`,
      passed: rank <= TOP,
    });
  }
  return checks;
}

/**
 * The page of google/humpback_whale/1 gives a recording and no numbers. That some window of a song scores more than even,
 * and more than silence does, is the least that the published model must do.
 */
const LIKELY = 0.5;
const EXAMPLE = "https://storage.googleapis.com/bioacoustics-www1/sounds/Cross_02_060203_071428.d20_7.wav";

async function humpbackChecks({ runtime, form, audio }: CheckInput): Promise<Check[]> {
  const check = "a recording with humpback song: highest score";
  const expected = `at least ${LIKELY}, and more than silence has`;
  if (audio === undefined) {
    return [{ check, expected, got: `no recording: --audio FILE, such as ${EXAMPLE}`, passed: undefined }];
  }
  const scoresOf = async (input: Audio) => {
    // The smoother as in the model's own score().
    const options = { ...form, pcen: "window" } as const;
    return (await extract(input, "humpback", runtime, options).result()).scores ?? new Float32Array(0);
  };
  const highest = (scores: Float32Array) => scores.reduce((most, score) => Math.max(most, score), 0);
  const scores = await scoresOf(createReadStream(audio));
  const { rate } = MODELS.humpback;
  const silence = highest(await scoresOf({ rate, samples: new Float32Array(4 * rate) }));
  const best = highest(scores);
  const got = `${best.toFixed(3)} in ${counted(scores.length, "window")}, silence ${silence.toFixed(3)}`;
  return [{ check, expected, got, passed: best >= LIKELY && best > silence }];
}

function meanScores({ scores = new Float32Array(0), starts }: Extraction): Float64Array {
  const windows = starts.length;
  const classes = scores.length / windows;
  return Float64Array.from({ length: classes }, (_, at) => {
    let sum = 0;
    for (let window = 0; window < windows; window++) sum += scores[window * classes + at] as number;
    return sum / windows;
  });
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
