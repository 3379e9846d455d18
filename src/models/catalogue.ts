import type { PublishedModel } from "../convert/published-model.ts";
import { OrcaError } from "../errors.ts";
import type { Runtime } from "../runtime.node.ts";
import { humpback } from "./humpback/index.ts";
import { vggish } from "./vggish/index.ts";
import { yamnet } from "./yamnet/index.ts";

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
  readonly form: { readonly variant: string; readonly engine: string };
  /** A recording with what the model was made for. */
  readonly audio: string | undefined;
}

/** A published model, with the checks that its publisher names, from samples or a recording to the scores. */
export interface CataloguedModel extends PublishedModel {
  checks(input: CheckInput): Promise<Check[]>;
}

/** The published models that this project converts: a folder each. This list is the one place that names them all. */
export const CATALOGUE: readonly CataloguedModel[] = [vggish, yamnet, humpback];

/** Throws `unknown_model`. */
export function catalogued(id: string): CataloguedModel {
  const found = CATALOGUE.find(({ description }) => description.id === id);
  if (found !== undefined) return found;
  throw new OrcaError("unknown_model", `${JSON.stringify(id)} is none of the published models that can be converted.`, {
    field: "model",
    hint: `They are: ${CATALOGUE.map(({ description }) => description.id).join(", ")}. Others: orca-embed models add.`,
  });
}
