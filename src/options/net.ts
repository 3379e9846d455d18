import { ENGINE_CHOICES } from "../engines/choice.ts";
import { OrcaError } from "../errors.ts";
import { type ChannelChoice, MAX_RATE } from "../kernels/index.ts";
import { MODEL_ID } from "../models/names.ts";
import { POSTPROCESSES } from "../models/principal-components.ts";
import { choice, namesIn, option, text } from "./option.ts";

/** One model, which must be named. */
export const model = option({
  name: "model",
  takes: { kind: "text", words: "a model's name", pattern: MODEL_ID.source },
  help: "Which net.",
  example: "yamnet",
  letter: "-m",
  argument: "<name>",
  read: (given) => given,
  missing: () =>
    new OrcaError("unknown_model", "No model was named.", {
      field: "model",
      hint: "GET /v1/models lists those that are here, as orca-embed models list does.",
    }),
  refusal: (given) =>
    new OrcaError("unknown_model", `There is no model ${JSON.stringify(given)}.`, {
      field: "model",
      hint: "A model's name has small letters, digits, points, underscores and hyphens.",
    }),
});

/** Several models, or all that are here. */
export const models = (standard: string) =>
  option({
    name: model.name,
    takes: { kind: "names", words: "models' names with commas, or `all`", pattern: MODEL_ID.source },
    default: standard,
    help: "Which nets, or all that are here.",
    letter: "-m",
    argument: "<names>",
    read: namesIn,
  });

/**
 * What decides the numbers, whatever the audio is and wherever they go. An option that is added here is taken by every
 * route and command.
 */
export const NET = {
  variant: option({
    name: "variant",
    ...text("`fp32`, `int8`, or another that the model has"),
    otherwise: "fp32, unless the operator chose another",
    help: "Which form of the weights.",
    example: "int8",
    argument: "<name>",
    decides: { numbers: "variant", text: ({ variant }) => variant },
  }),
  engine: option({
    name: "engine",
    ...choice(ENGINE_CHOICES),
    otherwise: "auto, unless the operator chose another",
    help: "What runs the net, where the operator allows it; auto is the fastest that computes right here.",
    argument: "<name>",
    refusal: (given) =>
      new OrcaError("bad_option", `There is no engine ${JSON.stringify(given)}.`, {
        field: "engine",
        hint: `Engines are: ${ENGINE_CHOICES.join(", ")}.`,
      }),
    decides: { numbers: "engine", text: ({ engine }) => engine },
  }),
  channel: option({
    name: "channel",
    takes: {
      kind: "text",
      words: "`mean`, `0`, `1`, …",
      pattern: "^(mean|\\d{1,3})$",
      asks: "use mean or a channel's number, counted from 0",
    },
    otherwise: "the model's own, mostly mean",
    help: "The mean of all channels, or one of them, counted from 0.",
    argument: "<choice>",
    read: (given): ChannelChoice => (given === "mean" ? "mean" : Number(given)),
    embed: (channel) => ({ channel }),
    decides: { numbers: "channel", text: ({ options }, { input }) => String(options.channel ?? input.channel) },
  }),
  highpass: option({
    name: "highpass",
    takes: { kind: "number", least: 0.1, most: MAX_RATE / 2 },
    otherwise: "nothing is taken out, as the published models were trained",
    help: "Hz below which the signal is taken out before the model hears it, for a constant offset or swell: a causal Butterworth filter of the 4th order.",
    example: "10",
    argument: "<hertz>",
    read: Number,
    embed: (highpass) => ({ highpass }),
    decides: {
      numbers: "highpass",
      text: ({ options }) => (options.highpass === undefined ? undefined : `${options.highpass} Hz`),
    },
  }),
  pcen: option({
    name: "pcen",
    ...choice(["clip", "window"]),
    default: "clip",
    help: "Humpback's smoother: once over the clip (as orca-embeddings), or anew each window (as score()).",
    argument: "<mode>",
    embed: (pcen) => ({ pcen }),
    decides: { numbers: "pcen", text: ({ options }) => options.pcen },
    models: { fits: ({ frontEnd }) => frontEnd.kind === "pcen" },
  }),
  postprocess: option({
    name: "postprocess",
    ...choice(POSTPROCESSES),
    default: "none",
    help: "VGGish's embeddings as they are, or through its published PCA, clipped to [-2, 2], in 8 bits: whole numbers 0 to 255.",
    argument: "<name>",
    embed: (postprocess) => ({ postprocess }),
    decides: { numbers: "postprocess", text: ({ options }) => options.postprocess },
    models: {
      fits: ({ principalComponents }) => principalComponents !== undefined,
      refused: "models with principal components",
    },
  }),
};
