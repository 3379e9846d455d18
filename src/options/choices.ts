import { DEFAULT_ENGINE, ENGINE_CHOICES, type EngineChoice } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { DEFAULT_VARIANT } from "../models/index.ts";

/** What runs the nets where a request says nothing, and what it may say. */
export interface Choices {
  readonly variant: string;
  readonly engine: string;
  /** The engines that a request may name. */
  readonly engines: readonly string[];
}

/** Everything may be chosen: for the command line, whose user is the operator. */
export const ANY_CHOICE: Choices = { variant: DEFAULT_VARIANT, engine: DEFAULT_ENGINE, engines: ENGINE_CHOICES };

/** The engine of a request; throws `bad_option` for one that the operator does not allow. */
export function chosenEngine(chosen: EngineChoice | undefined, { engine, engines }: Choices): string {
  if (chosen === undefined || engines.includes(chosen)) return chosen ?? engine;
  throw new OrcaError("bad_option", `This server does not run requests with engine=${chosen}.`, {
    field: "engine",
    hint: `Engines are: ${engines.join(", ")}. The operator's ENGINES allows others.`,
  });
}
