import { checked } from "../checked.ts";
import { OrcaError } from "../errors.ts";
import { namesIn, type Option, type OptionSet, type ValuesOf } from "./option.ts";
import { schemaOf } from "./schema.ts";

/** Texts by the options' names, each as often as it was given. */
export type Texts = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How options are spoken of where they are given. */
export interface Words {
  /** An option with its text: `zone="x"`, `--zone x`. */
  said(name: string, text: string): string;
  /** An option without one: `zone=`, `--zone`. */
  bare(name: string): string;
  /** What is said of a text that does not fit. @param issue  what is wrong with it, as the schema has it */
  unfit(option: Option<unknown>, text: string, issue: string): OrcaError;
}

/**
 * The values of a set of options. Throws `bad_option` for a text that does not fit, and for an option that is given again
 * and takes no list; what `missing` says where an option must be there.
 */
export function readOptions<S extends OptionSet>(set: S, given: Texts, words: Words): ValuesOf<S> {
  const values = Object.entries(set).map(([key, option]) => [key, readOne(option, given[option.name], words)]);
  return Object.fromEntries(values) as ValuesOf<S>;
}

function readOne(option: Option<unknown>, given: Texts[string], words: Words): unknown {
  const text = once(option, given, words);
  if (text === undefined) {
    if (option.default !== undefined) return option.read(option.default, words.said(option.name, option.default));
    if (option.missing !== undefined) throw option.missing();
    return undefined;
  }
  checkFit(option, text, words);
  return option.read(text, words.said(option.name, text));
}

/** One text: lists that are given piece by piece are one list. */
function once({ name, takes }: Option<unknown>, given: Texts[string], words: Words): string | undefined {
  if (given === undefined || typeof given === "string") return given;
  if (given.length < 2 || takes.kind === "names") return given.length === 0 ? undefined : given.join(",");
  throw new OrcaError("bad_option", `${words.bare(name)} is given ${given.length} times.`, {
    field: name,
    hint: "Give it once.",
  });
}

function checkFit(option: Option<unknown>, text: string, words: Words): void {
  const { takes } = option;
  const wrong = (part: string, issue: string) => option.refusal?.(part) ?? words.unfit(option, part, issue);
  if (takes.kind === "names") {
    const parts = namesIn(text);
    const { choices, pattern } = takes;
    const fits = (part: string) =>
      choices?.includes(part) ?? (pattern === undefined ? part !== "" : new RegExp(pattern).test(part));
    const unfit = parts.find((part) => !fits(part));
    if (unfit !== undefined) throw wrong(unfit, "it is not known");
    // A list that may be empty has that as its default.
    if (parts.length === 0 && option.default !== "") throw wrong(text, "it names nothing");
    return;
  }
  // Of a blank a number would be made.
  const number = takes.kind === "whole" || takes.kind === "number";
  const { fault } = checked(schemaOf(takes), number && text.trim() === "" ? "none" : text);
  if (fault !== undefined) throw wrong(text, fault.reason);
}
