import { option, text } from "../../options/index.ts";
import { index, into, PLACING } from "../collect/options.ts";

/** The options of `import`. */
export const IMPORT = {
  into,
  ...PLACING,
  model: option({
    name: "model",
    ...text("a model's name"),
    otherwise: "what the files say",
    help: "The model of embeddings that others wrote, where the files do not say it.",
    letter: "-m",
    argument: "<name>",
  }),
  base: option({
    name: "base",
    ...text("a folder"),
    otherwise: "what holds all of them",
    help: "Recordings are called as their results lie in this folder.",
    argument: "<dir>",
  }),
  audio: option({
    name: "audio",
    ...text("a folder"),
    otherwise: "the same as --base",
    help: "Where the recordings lie, for clips and for listening.",
    argument: "<dir>",
  }),
  index,
};
