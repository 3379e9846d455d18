import { DEFAULT_ENGINE, ENGINE_CHOICES } from "../engines/index.ts";
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

export interface ChoiceSettings {
  readonly VARIANT?: string;
  readonly ENGINE?: string;
  readonly ENGINES?: string;
}

/**
 * Reads the settings; throws `bad_option` for an engine that is not in `here`.
 * @param built  the engines that the Worker was built with
 */
export function choicesFrom({ VARIANT, ENGINE, ENGINES: allowed }: ChoiceSettings, built: readonly string[]): Choices {
  const here = [DEFAULT_ENGINE, ...built];
  const engine = engineOf("ENGINE", ENGINE || DEFAULT_ENGINE, here);
  const engines = (allowed || engine).split(",").map((name) => engineOf("ENGINES", name.trim(), here));
  return { variant: VARIANT || DEFAULT_VARIANT, engine, engines: [...new Set([engine, ...engines])] };
}

function engineOf(setting: string, name: string, here: readonly string[]): string {
  const engine = here.find((known) => known === name);
  if (engine !== undefined) return engine;
  throw new OrcaError("bad_option", `${setting}=${JSON.stringify(name)} is not an engine of this Worker.`, {
    field: setting,
    hint: `There is: ${here.join(", ")}.`,
  });
}

/** The engine of a request; throws `bad_option` for one that the operator does not allow. */
export function chosenEngine(name: string | undefined, { engine, engines }: Choices): string {
  if (name === undefined) return engine;
  const chosen = engines.find((allowed) => allowed === name);
  if (chosen !== undefined) return chosen;
  const known = ENGINE_CHOICES.some((engine) => engine === name);
  throw new OrcaError(
    "bad_option",
    known ? `This server does not run requests with engine=${name}.` : `There is no engine ${JSON.stringify(name)}.`,
    {
      field: "engine",
      hint: `Engines are: ${engines.join(", ")}.${known ? " The operator's ENGINES allows others." : ""}`,
    },
  );
}
