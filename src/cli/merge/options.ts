import { option, text } from "../../options/index.ts";
import { index, into, PLACING } from "../collect/options.ts";

/** The options of `merge`. */
export const MERGE = {
  into,
  project: option({
    ...PLACING.project,
    otherwise: "as they call it; the collection's own for parts of one set",
  }),
  model: option({
    name: "model",
    ...text("a model's name"),
    otherwise: "all that they have",
    help: "Only the collections of this model.",
    letter: "-m",
    argument: "<name>",
  }),
  index,
};
