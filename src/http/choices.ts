import { DEFAULT_ENGINE } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { DEFAULT_VARIANT } from "../models/index.ts";
import type { Choices } from "../options/index.ts";

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
