import * as z from "zod";
import { checked } from "../checked.ts";
import { OrcaError } from "../errors.ts";
import { describeFrontEnd } from "../kernels/index.ts";
import { FrontEnd } from "./front-end-schema.ts";
import { MODEL_ID, OUTPUT_NAME } from "./names.ts";

const Samples = z.int().positive();

/** A tensor's shape for one window, without the batch. */
const Shape = z.array(z.int().positive()).min(1);

/**
 * What happens at the end of the audio:
 * - `drop`: what does not fill a window is left out (VGGish);
 * - `pad-audio`: zero samples are appended until the last window is full; even no audio gives one window (YAMNet);
 * - `pad-frames`: zero frames are appended until the last window is full (Humpback, as orca-embeddings does).
 */
const EndRule = z.enum(["drop", "pad-audio", "pad-frames"]);

const Input = z.strictObject({
  /** Sample rate, Hz. */
  rate: z.number().positive(),
  /** Samples of audio that a window stands for, and from one window to the next. */
  window: Samples,
  hop: Samples,
  /** Samples that a window takes, where its last frame reaches beyond what it stands for; `window` where it is left out. */
  taken: Samples.exactOptional(),
  end: EndRule,
  /** What is done to each window's samples first: less their mean, then scaled so that the largest is `peak`. */
  scaling: z
    .strictObject({ removeMean: z.boolean().default(false), peak: z.number().positive().exactOptional() })
    .exactOptional(),
  /** The channel that is taken where the user says nothing: their mean, or one of them, counted from 0. */
  channel: z.union([z.literal("mean"), z.int().nonnegative()]).default("mean"),
  /** The net's input. */
  tensor: z.string().min(1),
  shape: Shape,
  /** 1 where the graph takes one window at a time. */
  batch: z.literal(1).exactOptional(),
  /** Which of the two stands first in the shape of a spectrogram. */
  layout: z.enum(["frames-bands", "bands-frames"]).default("frames-bands"),
});

const Output = z.strictObject({
  name: z.string().regex(OUTPUT_NAME),
  /** Of the net; two outputs may be made of one tensor. */
  tensor: z.string().min(1),
  shape: Shape,
  /** `embedding` and `scores`: one of each at most, a row of numbers; anything else comes where it is asked for by name. */
  role: z.enum(["embedding", "scores", "other"]),
  /** What is made of the first axis, where the tensor has a row a frame. */
  pooling: z.enum(["none", "mean", "max"]).default("none"),
  /** What is done to the numbers: first the line `slope x + intercept`, then the activation. */
  slope: z.number().default(1),
  intercept: z.number().default(0),
  activation: z.enum(["none", "sigmoid", "softmax"]).default("none"),
});

export const ModelDescription = z.strictObject({
  id: z.string().regex(MODEL_ID, "use lower-case letters, digits, dots, dashes and underscores, 64 at most"),
  title: z.string().min(1),
  input: Input,
  frontEnd: FrontEnd,
  outputs: z.array(Output).min(1),
  /** Embeddings may be projected on principal axes and written in 8 bits; the axes come with the weights. */
  principalComponents: z.strictObject({ lowest: z.number(), highest: z.number() }).optional(),
  licence: z.strictObject({
    /** SPDX identifier, or in words. */
    name: z.string().min(1),
    /** Whether the weights may be passed on, in a sentence. */
    redistribution: z.string().min(1),
  }),
});

/** A model as data: everything that runs works from these numbers and names. */
export type ModelDescription = z.infer<typeof ModelDescription>;
/** As people write it: what has a default may be left out. */
export type ModelDescriptionInput = z.input<typeof ModelDescription>;
export type OutputDescription = ModelDescription["outputs"][number];
export type EndRule = z.infer<typeof EndRule>;

/**
 * A description from what was read as JSON, or written as code. Throws `description_invalid` with the field and what was
 * wrong; `where` says whose it is, like a file's name.
 */
export function describeModel(value: unknown, where: string): ModelDescription {
  const { data, fault } = checked(ModelDescription, value);
  if (fault !== undefined) throw invalid(where, fault.field || "the whole", fault.reason);
  const contradiction = faultOf(data);
  if (contradiction !== undefined) throw invalid(where, ...contradiction);
  return data;
}

function invalid(where: string, field: string, what: string): OrcaError {
  return new OrcaError("description_invalid", `${where}: ${field}: ${what}.`, {
    field,
    hint: "docs/models.md says what a description holds.",
  });
}

/** What the schema cannot say: numbers that contradict each other. */
function faultOf({ input, frontEnd, outputs }: ModelDescription): readonly [field: string, what: string] | undefined {
  const { rate, window, hop, taken = window, shape } = input;
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (hop > window) return ["input.hop", `${hop} samples are more than a window of ${window}; audio would be left out`];
  if (taken < window) return ["input.taken", `${taken} samples are fewer than the ${window} that a window stands for`];
  if (frontEnd.rate !== rate) {
    return ["frontEnd.rate", `${frontEnd.rate} Hz is not the rate of the input, ${rate} Hz`];
  }
  try {
    const { frames, bands } = describeFrontEnd(frontEnd, taken);
    if (size !== frames * bands) {
      const what = bands === 1 ? `${frames} samples` : `${frames} frames of ${bands} bands`;
      return ["input.shape", `[${shape}] holds ${size} numbers, and a window is ${what}`];
    }
  } catch (thrown) {
    if (!(thrown instanceof OrcaError)) throw thrown;
    return [`frontEnd.${thrown.field ?? "kind"}`, `${thrown.message} ${thrown.hint ?? ""}`.replace(/\.?\s*$/, "")];
  }
  for (const [at, output] of outputs.entries()) {
    const twin = outputs.findIndex(({ name }) => name === output.name);
    if (twin !== at) return [`outputs.${at}.name`, `there are two outputs ${output.name}`];
    if (output.role === "other") continue;
    const same = outputs.findIndex(({ role }) => role === output.role);
    if (same !== at) return [`outputs.${at}.role`, `there are two outputs with the role ${output.role}`];
    const rank = output.shape.length - (output.pooling === "none" ? 0 : 1);
    if (rank !== 1)
      return [`outputs.${at}`, `${output.role} is a row of numbers, and [${output.shape}] is none; pool it`];
  }
  if (!outputs.some(({ role }) => role === "embedding")) return ["outputs", "none has the role embedding"];
  return undefined;
}
