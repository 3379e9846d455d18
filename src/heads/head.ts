import * as z from "zod";
import { checked, faultText } from "../checked.ts";
import { OrcaError } from "../errors.ts";
import { MODEL_ID } from "../models/names.ts";
import { Calibration } from "./calibration.ts";
import { EventRule } from "./event-rule.ts";
import { decodeFloats, encodeFloats } from "./floats.ts";

export const HEAD_FORMAT = "orca-head 1";
/** A file with more is none: 521 classes of 2,048 numbers are 6 MB. */
export const MOST_HEAD_BYTES = 64 * 2 ** 20;
/** Heads that may run at once. */
export const MOST_HEADS = 64;

const HEAD_ID = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Probability = z.number().min(0).max(1);
const Floats = z.base64();

const HeadClass = z.strictObject({
  name: z.string().min(1).max(200),
  calibration: Calibration.exactOptional(),
  /** From this probability on it is the class. */
  threshold: Probability.default(0.5),
  /** What the threshold was chosen for, in words. */
  chosen: z.string().exactOptional(),
  /** Hz, for tables with frequencies; the model's range where they are left out. */
  low: z.number().nonnegative().exactOptional(),
  high: z.number().positive().exactOptional(),
});

/** What differs at a site, by class. */
const Site = z.record(
  z.string(),
  z.strictObject({ threshold: Probability.exactOptional(), calibration: Calibration.exactOptional() }),
);

/** A sound that is none of the classes, though it is taken for one: windows that are nearer to it than `nearest` do not count. */
const Noise = z.strictObject({
  name: z.string().min(1).max(200),
  site: z.string().exactOptional(),
  /** Unit vector, base64 of float32. */
  centre: Floats,
  /** Cosine. */
  nearest: z.number().min(-1).max(1),
  marked: z.string().exactOptional(),
});

const HeadFile = z.strictObject({
  format: z.literal(HEAD_FORMAT),
  id: z.string().regex(HEAD_ID, "use letters, digits, dots, dashes and underscores, 64 at most"),
  model: z.strictObject({
    id: z.string().regex(MODEL_ID),
    /** Of the weights, as results' headers have it; a head without one runs on any. */
    sha256: Sha256.exactOptional(),
    variant: z.string().exactOptional(),
    /** Numbers of an embedding. */
    dimensions: z.int().positive().max(65_536),
  }),
  classes: z.array(HeadClass).min(1).max(10_000),
  /** [classes, dimensions], row-major, base64 of little-endian float32. */
  weights: Floats,
  /** [classes] */
  bias: Floats,
  events: EventRule.exactOptional(),
  sites: z.record(z.string(), Site).exactOptional(),
  noise: z.array(Noise).exactOptional(),
  /** How it was trained, and how it was judged: for people, and for `judge`. */
  training: z.record(z.string(), z.unknown()).exactOptional(),
  judged: z.record(z.string(), z.unknown()).exactOptional(),
});
export type HeadFile = z.infer<typeof HeadFile>;
export type HeadClass = HeadFile["classes"][number];

/** A head, ready to run. */
export interface Head extends Omit<HeadFile, "weights" | "bias" | "noise"> {
  /** [classes, dimensions] */
  readonly weights: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
  readonly noise: readonly NoiseCentre[];
}

export interface NoiseCentre {
  readonly name: string;
  readonly site?: string;
  readonly centre: Float32Array<ArrayBuffer>;
  readonly nearest: number;
  readonly marked?: string;
}

/**
 * A head of its JSON; of perch-hoplite's classifier too, whose classes then keep a threshold of 0.5.
 * @param name  what it is called in errors, and where it has no id of its own
 * Throws `head_invalid`: where and what.
 */
export function parseHead(text: string, name: string): Head {
  if (text.length > MOST_HEAD_BYTES) throw tooLarge(name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Python's json writes these.
    const number = /(?<=[:[,]\s*)(?:NaN|-?Infinity)(?=\s*[,}\]])/.exec(text);
    if (number === null) throw invalid(name, "it is no JSON", cause);
    const line = text.slice(0, number.index).split("\n").length;
    throw invalid(name, `line ${line} holds ${number[0]}, and every number of a head must be finite`, cause);
  }
  if (typeof value === "object" && value !== null && "beta" in value) return fromHoplite(value, name);
  const { data, fault } = checked(HeadFile, value);
  if (fault !== undefined) throw invalid(name, faultText(fault));
  const { weights, bias, noise = [], ...rest } = data;
  const { classes, model } = rest;
  checkClasses(
    classes.map((one) => one.name),
    name,
  );
  for (const [at, { low, high, calibration }] of classes.entries()) {
    if (low !== undefined && high !== undefined && low >= high)
      throw invalid(name, `classes.${at}: low is not below high`);
    checkCalibration(calibration, `classes.${at}`, name);
  }
  for (const [site, byClass] of Object.entries(rest.sites ?? {})) {
    for (const [one, { calibration }] of Object.entries(byClass)) {
      if (!classes.some((known) => known.name === one))
        throw invalid(name, `sites.${site} speaks of ${one}, which is none of its classes`);
      checkCalibration(calibration, `sites.${site}.${one}`, name);
    }
  }
  return {
    ...rest,
    weights: floats(weights, classes.length * model.dimensions, "weights", name),
    bias: floats(bias, classes.length, "bias", name),
    noise: noise.map(({ centre, ...one }, at) => ({
      ...one,
      centre: floats(centre, model.dimensions, `noise.${at}.centre`, name),
    })),
  };
}

export function tooLarge(name: string): OrcaError {
  return new OrcaError("head_invalid", `${name} is larger than ${MOST_HEAD_BYTES >> 20} MB: a head is not so large.`);
}

/** Its JSON. */
export function headText(head: Head): string {
  const { weights, bias, noise, ...rest } = head;
  const file: HeadFile = {
    ...rest,
    weights: encodeFloats(weights),
    bias: encodeFloats(bias),
    ...(noise.length === 0
      ? {}
      : { noise: noise.map(({ centre, ...one }) => ({ ...one, centre: encodeFloats(centre) })) }),
  };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}

/** perch-hoplite's classifier (agile/classifier.py): `beta` is [dimensions, classes]. */
const Hoplite = z.object({
  model_config: z.record(z.string(), z.unknown()),
  classes: z.array(z.string().min(1)).min(1),
  beta: Floats,
  beta_bias: Floats,
});

function fromHoplite(value: object, name: string): Head {
  const { data, fault } = checked(Hoplite, value);
  if (fault !== undefined) throw invalid(name, `${faultText(fault)} (of perch-hoplite's classifier)`);
  const { model_config: config, classes, beta, beta_bias } = data;
  checkClasses(classes, name);
  const bytes = decodeFloats(beta);
  const dimensions = (bytes?.length ?? 0) / classes.length;
  if (bytes === undefined || !Number.isInteger(dimensions) || dimensions === 0)
    throw invalid(name, "beta is not [dimensions, classes]");
  const inner = (config.model_config ?? {}) as Record<string, unknown>;
  const id = [inner.model_name, inner.model, config.model_key].find(
    (one): one is string => typeof one === "string" && MODEL_ID.test(one),
  );
  const turned = new Float32Array(bytes.length);
  for (let d = 0; d < dimensions; d++)
    for (let k = 0; k < classes.length; k++) turned[k * dimensions + d] = bytes[d * classes.length + k] as number;
  return {
    format: HEAD_FORMAT,
    id:
      name
        .replace(/^.*[/\\]/, "")
        .replace(/\.json$/, "")
        .replaceAll(/[^a-zA-Z0-9._-]/g, "-")
        .replace(/^[^a-zA-Z0-9]+/, "") || "classifier",
    model: { id: id ?? "unknown", dimensions },
    classes: classes.map((one) => ({ name: one, threshold: 0.5 })),
    weights: floats(encodeFloats(turned), turned.length, "beta", name),
    bias: floats(beta_bias, classes.length, "beta_bias", name),
    noise: [],
    training: { from: "perch-hoplite", model_config: config },
  };
}

/** The same as perch-hoplite writes it: weights and biases, without calibration, thresholds or noise. */
export function hopliteText({ model, classes, weights, bias, training }: Head): string {
  const count = classes.length;
  const beta = new Float32Array(weights.length);
  for (let k = 0; k < count; k++)
    for (let d = 0; d < model.dimensions; d++) beta[d * count + k] = weights[k * model.dimensions + d] as number;
  const config = training?.from === "perch-hoplite" ? training.model_config : undefined;
  return JSON.stringify({
    model_config: config ?? {
      model_key: model.id,
      embedding_dim: model.dimensions,
      model_config: { model_name: model.id },
    },
    classes: classes.map(({ name }) => name),
    beta: encodeFloats(beta),
    beta_bias: encodeFloats(bias),
  });
}

/** Throws `head_invalid` for a class that is named twice. */
export function checkClasses(classes: readonly string[], name: string): void {
  const twice = classes.find((one, at) => classes.indexOf(one) !== at);
  if (twice !== undefined) throw invalid(name, `the class ${JSON.stringify(twice)} is named twice`);
  // Probabilities are told by these names, and what is written there is lost.
  if (classes.includes("__proto__")) throw invalid(name, "no class can be called __proto__");
}

function checkCalibration(calibration: Calibration | undefined, where: string, name: string): void {
  if (calibration?.kind !== "isotonic") return;
  const { logits, probabilities } = calibration;
  const rises = logits.every((logit, at) => at === 0 || logit > (logits[at - 1] as number));
  const grows = probabilities.every((p, at) => at === 0 || p >= (probabilities[at - 1] as number));
  if (logits.length !== probabilities.length || !rises || !grows)
    throw invalid(name, `${where}: its calibration does not rise`);
}

function floats(text: string, count: number, what: string, name: string): Float32Array<ArrayBuffer> {
  const values = decodeFloats(text);
  if (values === undefined || values.length !== count)
    throw invalid(
      name,
      `${what} are ${values === undefined ? "no float32" : `${values.length} numbers`}, and ${count} were expected`,
    );
  if (!values.every(Number.isFinite)) throw invalid(name, `${what} hold a number that is NaN or infinite`);
  return values;
}

function invalid(name: string, what: string, cause?: unknown): OrcaError {
  return new OrcaError("head_invalid", `${name} is no head: ${what}.`, {
    hint: "orca-embed train writes heads; docs/heads.md says what they hold.",
    cause,
  });
}
