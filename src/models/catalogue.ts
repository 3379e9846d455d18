import { OrcaError } from "../errors.ts";
import type { CataloguedModel } from "./catalogued-model.ts";
import { FOUND } from "./found.ts";

export type { CataloguedModel, Check, CheckInput } from "./catalogued-model.ts";

/** The published models that this project converts: a folder each. */
export const CATALOGUE: readonly CataloguedModel[] = FOUND;

/** Throws `unknown_model`. */
export function catalogued(id: string): CataloguedModel {
  const found = CATALOGUE.find(({ description }) => description.id === id);
  if (found !== undefined) return found;
  throw new OrcaError("unknown_model", `${JSON.stringify(id)} is none of the published models that can be converted.`, {
    field: "model",
    hint: `They are: ${CATALOGUE.map(({ description }) => description.id).join(", ")}. Others: orca-embed models add.`,
  });
}
