import { OrcaError } from "../errors.ts";
import { DEFAULT_ENGINE, DEFAULT_VARIANT, ENGINES, type EngineName } from "../onnx/index.ts";

/** What runs the nets where a request says nothing, and what it may say. */
export interface Choices {
  readonly variant: string;
  readonly engine: EngineName;
  /** The engines that a request may name. */
  readonly engines: readonly EngineName[];
}

/** Everything may be chosen: for the command line, whose user is the operator. */
export const ANY_CHOICE: Choices = { variant: DEFAULT_VARIANT, engine: DEFAULT_ENGINE, engines: ENGINES };

export interface ChoiceSettings {
  readonly VARIANT?: string;
  readonly ENGINE?: string;
  readonly ENGINES?: string;
}

/**
 * Reads the settings; throws `bad_option` for an engine that is not in `here`.
 * @param here  the engines that the Worker was built with, the default first
 */
export function choicesFrom(
  { VARIANT, ENGINE, ENGINES: allowed }: ChoiceSettings,
  here: readonly EngineName[],
): Choices {
  const [first = DEFAULT_ENGINE] = here;
  const engine = engineOf("ENGINE", ENGINE || first, here);
  const engines = (allowed || engine).split(",").map((name) => engineOf("ENGINES", name.trim(), here));
  return { variant: VARIANT || DEFAULT_VARIANT, engine, engines: [...new Set([engine, ...engines])] };
}

function engineOf(setting: string, name: string, here: readonly EngineName[]): EngineName {
  const engine = here.find((known) => known === name);
  if (engine !== undefined) return engine;
  throw new OrcaError("bad_option", `${setting}=${JSON.stringify(name)} is not an engine of this Worker.`, {
    field: setting,
    hint: `There is: ${here.join(", ")}.`,
  });
}

/** The engine of a request; throws `bad_option` for one that the operator does not allow. */
export function chosenEngine(name: string | undefined, { engine, engines }: Choices): EngineName {
  if (name === undefined) return engine;
  const chosen = engines.find((allowed) => allowed === name);
  if (chosen !== undefined) return chosen;
  const known = ENGINES.some((engine) => engine === name);
  throw new OrcaError(
    "bad_option",
    known ? `This server does not run requests with engine=${name}.` : `There is no engine ${JSON.stringify(name)}.`,
    {
      field: "engine",
      hint: `Engines are: ${engines.join(", ")}.${known ? " The operator's ENGINES allows others." : ""}`,
    },
  );
}
