import { OrcaError } from "../errors.ts";
import type { ModelDescription } from "../models/index.ts";
import type { Made } from "./made.ts";
import type { OptionSet } from "./option.ts";
import type { Words } from "./read.ts";

/** Throws `bad_option` where something was chosen that the model does not have, and that would be passed over. */
export function checkModel(set: OptionSet, model: ModelDescription, made: Made, words: Words): void {
  for (const { name, decides, models, default: standard } of Object.values(set)) {
    if (models?.refused === undefined || models.fits(model)) continue;
    const text = decides !== undefined && "numbers" in decides ? decides.text(made, model) : undefined;
    if (text === undefined || text === standard) continue;
    throw new OrcaError("bad_option", `${words.said(name, text)} is for ${models.refused}; ${model.id} has none.`, {
      field: name,
      hint: "Leave it away.",
    });
  }
}
