import type { EmbedOptions } from "../embed/index.ts";
import type { OrcaError } from "../errors.ts";
import type { ModelDescription } from "../models/index.ts";
import type { HeaderRecord } from "../records/index.ts";
import type { Format, Layout, Made } from "./made.ts";

/** What an option takes, as plain data: schemas, the command line's help, the docs' tables and controls are made of it. */
export type Takes =
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  /** A whole number; `of` is what it counts. */
  | { readonly kind: "whole"; readonly least: number; readonly most: number; readonly of?: string }
  | { readonly kind: "number"; readonly least: number; readonly most: number }
  /** `words` say what is taken; `pattern` (a regular expression's source) and `asks` say it to whoever gave another. */
  | {
      readonly kind: "text";
      readonly words: string;
      readonly pattern?: string;
      readonly asks?: string;
      readonly longest?: number;
    }
  /** Names with commas, or given again and again: from `choices`, or of a `pattern`. `words` say what is taken. */
  | { readonly kind: "names"; readonly words: string; readonly choices?: readonly string[]; readonly pattern?: string }
  /** There or not: of the command line only. */
  | { readonly kind: "switch" };

/**
 * What an option decides, so that a run that goes on with another's results compares it. What decides numbers names the
 * field of the header in which every result says it, and its words in a manifest: under the option's name, or `as` where
 * several options are one setting; undefined where it was not given.
 */
export type Decides =
  | { readonly numbers: keyof HeaderRecord; readonly as?: string; readonly text: Text }
  /** The looks of files in some formats. */
  | { readonly looks: Readonly<Partial<Record<Format, (layout: Layout) => string>>> };

type Text = (made: Made, model: ModelDescription) => string | undefined;

/** One option, wherever it is given: in a query, on the command line, on the page. */
export interface Option<T> {
  /** As it is written in a query, and behind `--` on the command line. */
  readonly name: string;
  readonly takes: Takes;
  /** What holds where it is left out, as it would be given. */
  readonly default?: string;
  /** The same in words, where it is no text that could be given. */
  readonly otherwise?: string;
  /** What is said where it must be given and is not. */
  missing?(): OrcaError;
  /** Sentences. */
  readonly help: string;
  readonly example?: string;
  /** On the command line: a letter for it, and what stands for its value. */
  readonly letter?: string;
  readonly argument?: string;
  /**
   * The value of a text that fits `takes`. Throws `bad_option` for what does not fit beyond that.
   * @param said  the option with its text, as it was given: `zone="x"`, `--zone x`
   */
  read(text: string, said: string): T;
  /** What is said of a text that does not fit `takes`, where it is another sentence than that of all options. */
  refusal?(text: string): OrcaError;
  /** What it means to the pipeline. */
  embed?(value: NonNullable<T>): Partial<EmbedOptions>;
  readonly decides?: Decides;
  /** The models that it is for, by their description; all where it is left out. */
  readonly models?: Models;
}

export interface Models {
  fits(model: ModelDescription): boolean;
  /** Which these are, in words, where it is refused for others; else it is passed over for them. */
  readonly refused?: string;
}

/** Options by the names that code calls their values by. */
export type OptionSet = Readonly<Record<string, Option<unknown>>>;
/** The values of a set of options. */
export type ValuesOf<S extends OptionSet> = { readonly [K in keyof S]: S[K] extends Option<infer T> ? T : never };

/** Texts of a set of options that are queried under their keys, for whoever writes a query. */
export type QueryOf<S extends OptionSet> = { readonly [K in keyof S]?: string };

/** Declares an option; one without a default may have no value. */
export function option<T>(declared: Option<T> & ({ readonly default: string } | { missing(): OrcaError })): Option<T>;
export function option<T>(declared: Option<T>): Option<T | undefined>;
export function option<T>(declared: Option<T>): Option<T> {
  return declared;
}

/** One of some words. */
export const choice = <const T extends string>(choices: readonly T[]) => ({
  takes: { kind: "choice", choices } as const,
  read: (text: string) => text as T,
});

/** A whole number, `most` among them. @param of  what it counts */
export const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER, of?: string) => ({
  takes: { kind: "whole", least, most, ...(of === undefined ? {} : { of }) } as const,
  read: Number,
});

/** Any text. @param words  what is taken */
export const text = (words: string) => ({ takes: { kind: "text", words } as const, read: (given: string) => given });

/** Some of these words, with commas. */
export const someOf = <const T extends string>(choices: readonly T[]) => ({
  takes: { kind: "names", words: `${choices.join(", ")}, or several with commas`, choices } as const,
  read: (given: string) => namesIn(given) as T[],
});

/** There or not. */
export const present = {
  takes: { kind: "switch" },
  default: "false",
  read: (given: string) => given === "true",
} as const;

/** The parts of a list with commas; one that holds a comma itself stands in double quotes, as in CSV. */
export function namesIn(given: string): string[] {
  if (given.trim() === "") return [];
  const parts = given.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g);
  return [...parts].map(([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain.trim());
}
