import type { ModelDescription } from "../models/index.ts";
import type { OptionSet, Takes } from "./option.ts";

/** An option as plain data, for whoever shows it: a page's control, a line of help, a row of a table. */
export interface Control {
  readonly name: string;
  readonly takes: Takes;
  /** What it takes, in words; values of it stand in backticks. */
  readonly words: string;
  /** What holds where it is left out, in words. */
  readonly default?: string;
  readonly help: string;
  /** Names of the models that it is for, where it is not for all of them. */
  readonly models?: readonly string[];
}

/** @param models  those that the options may be for */
export function controls(set: OptionSet, models: readonly ModelDescription[] = []): Control[] {
  return Object.values(set).map(({ name, takes, default: standard, otherwise, help, models: whose }) => {
    const left = otherwise ?? standard;
    return {
      name,
      takes,
      words: wordsOf(takes),
      ...(left === undefined || left === "" || takes.kind === "switch" ? {} : { default: left }),
      help,
      ...(whose === undefined ? {} : { models: models.filter((model) => whose.fits(model)).map(({ id }) => id) }),
    };
  });
}

/** What is taken, in words; values of it stand in backticks. */
export function wordsOf(takes: Takes): string {
  switch (takes.kind) {
    case "choice":
      return takes.choices.map((one) => `\`${one}\``).join(", ");
    case "whole": {
      const range =
        takes.most === Number.MAX_SAFE_INTEGER ? `${takes.least} or more` : `${takes.least} to ${takes.most}`;
      return takes.of === undefined ? range : `${range} ${takes.of}`;
    }
    case "number":
      return `${takes.least} to ${takes.most}`;
    case "text":
    case "names":
      return takes.words;
    case "switch":
      return "";
  }
}
