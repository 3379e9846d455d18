import type { PublishedModel } from "../convert/published-model.ts";
import type { Runtime } from "../extract.ts";

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
