import { type Command, Option as Flag } from "commander";
import { readManifest } from "../convert/models-folder.ts";
import { ENGINE_CHOICES, type EngineChoice } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import {
  ANY_CHOICE,
  type Control,
  chosenEngine,
  controls,
  namesIn,
  type Option,
  type OptionSet,
  option,
  readOptions,
  text,
  type ValuesOf,
  type Words,
} from "../options/index.ts";
import { MODELS_FOLDER } from "../runtime.node.ts";

/** How options are spoken of on the command line. */
export const WORDS: Words = {
  said: (name, given) => `--${name} ${given}`,
  bare: (name) => `--${name}`,
  unfit({ name, takes }, given, issue) {
    const said = WORDS.said(name, given);
    const error = (what: string, hint?: string) =>
      new OrcaError("bad_option", `${said} ${what}.`, { field: name, ...(hint === undefined ? {} : { hint }) });
    switch (takes.kind) {
      case "choice":
        return error("is not known", `Use ${takes.choices.join(" or ")}.`);
      case "names":
        return error("is not known", `Use ${takes.choices?.join(", ") ?? plain(takes.words)}.`);
      case "whole": {
        const { of, least, most } = takes;
        const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`;
        return error(`is not a ${of === undefined ? "whole number" : `number of ${of}`}${range}`);
      }
      case "number":
        return error(`is not a number from ${takes.least} to ${takes.most}`);
      default:
        return error(`cannot be used: ${issue}`, `It takes ${plain(takes.kind === "text" ? takes.words : "nothing")}.`);
    }
  },
};

const plain = (words: string) => words.replaceAll("`", "");

/** Where the models are: an option of every command that runs them. */
export const modelsFolder = option({
  name: "models",
  ...text("a folder"),
  default: MODELS_FOLDER,
  help: "Where the models are.",
  argument: "<dir>",
});

/**
 * A command whose options are those of a set, described by them, and read by them.
 * @param command  it has one argument, which may be several words, or none
 * @param action  is given the argument and what reads the options, which throws `bad_option`
 */
export function withOptions<S extends OptionSet, A>(
  command: Command,
  set: S,
  action: (given: A, read: () => ValuesOf<S>) => Promise<void>,
): Command {
  for (const [at, control] of controls(set).entries())
    command.addOption(flag(Object.values(set)[at] as Option<unknown>, control));
  return command.action(async (...all: unknown[]) => {
    // Arguments, what was chosen, the command.
    const given = all[0] as A;
    const chosen = all.at(-2) as Readonly<Record<string, string | readonly string[] | true>>;
    const texts = Object.values(set).map((one): [string, string | readonly string[] | undefined] => {
      const value = chosen[flag(one).attributeName()];
      return [one.name, value === true ? "true" : value];
    });
    await action(given, () => readOptions(set, Object.fromEntries(texts), WORDS));
  });
}

/** Each time that it is given is kept, so that what contradicts itself can be refused. */
function flag({ name, takes, letter, argument = "<value>" }: Option<unknown>, control?: Control): Flag {
  const short = letter === undefined ? "" : `${letter}, `;
  const said = control === undefined ? "" : helpOf(control);
  if (takes.kind === "switch") return new Flag(`${short}--${name}`, said);
  return new Flag(`${short}--${name} ${argument}`, said).argParser((given: string, before: readonly string[] = []) => [
    ...before,
    given,
  ]);
}

function helpOf({ help, words, default: standard }: Control): string {
  const parts = [...(words === "" ? [] : [plain(words)]), ...(standard === undefined ? [] : [`default: ${standard}`])];
  return parts.length === 0 ? help : `${help} (${parts.join("; ")})`;
}

/** The parts of a list like `ndjson,npz`; throws `bad_option` for one that is not in `known`. */
export function listOf<T extends string>(given: string, known: readonly T[], field: string): T[] {
  return given.split(",").map((part) => {
    const found = known.find((name) => name === part.trim());
    if (found !== undefined) return found;
    throw new OrcaError("bad_option", `--${field} ${part} is not known.`, { field, hint: `Use ${known.join(", ")}.` });
  });
}

/** Ids of models, each once; `all` are those in the folder. Throws `models_missing` where all are none. */
export async function modelList(names: readonly string[], folder: string): Promise<string[]> {
  if (!names.includes("all")) return [...new Set(names)];
  const { models } = await readManifest(folder);
  if (models.length > 0) return models.map(({ description }) => description.id);
  throw new OrcaError("models_missing", `There are no models in ${folder}.`, { hint: "Prepare them: npm run models" });
}

/** The models that a command names, or all that are in the folder where it names none. */
export const namedOrAll = (names: readonly string[], folder: string) =>
  modelList(names.length === 0 ? ["all"] : names.flatMap(namesIn), folder);

/** One engine's name, or `auto`; throws `bad_option`. */
export function engineName(given: string): EngineChoice {
  const engine = ENGINE_CHOICES.find((name) => name === given);
  if (engine !== undefined) return engine;
  throw new OrcaError("bad_option", `--engine ${given} is not known.`, {
    field: "engine",
    hint: `Use ${ENGINE_CHOICES.join(", ")}.`,
  });
}

/** What makes the numbers, where the user is the operator. */
export function netOf({
  variant = ANY_CHOICE.variant,
  engine,
}: {
  variant: string | undefined;
  engine: EngineChoice | undefined;
}) {
  return { variant, engine: chosenEngine(engine, ANY_CHOICE) };
}
