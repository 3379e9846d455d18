import { OrcaError } from "../errors.ts";
import { MODEL_ID } from "../models/names.ts";

/** A class of a model's own scores, taken as a head without training. */
export interface ScoreRule {
  /** The model's id. */
  readonly model: string;
  /** A class's name, or its number from 0; undefined for a model with one score. */
  readonly class: string | undefined;
  /** Scores from it on are the class, 0 to 1. */
  readonly threshold: number;
}

/** Rules in a list with commas. Class names may hold commas too: a rule ends behind its score, or before a model's name and a colon. */
export function scoreRules(given: string): ScoreRule[] {
  const parts = given
    .split(/(?<=>=?\s*[\d.eE-]+\s*),|,(?=\s*[a-z0-9][a-z0-9._-]*\s*:)/)
    .filter((part) => part.trim() !== "");
  return parts.map(scoreRule);
}

/** `yamnet:Whale vocalization>0.5`, `humpback>0.7`. Throws `bad_option`. */
function scoreRule(given: string): ScoreRule {
  const [, model = "", name, , bound] = /^\s*([^:>]+?)\s*(?::\s*(.+?)\s*)?(>=?\s*([^>]*))?$/.exec(given) ?? [];
  const wrong = (what: string) =>
    new OrcaError("bad_option", `detect ${JSON.stringify(given.trim())}: ${what}.`, {
      field: "detect",
      hint: "Write a model, a class and a score, like yamnet:Whale vocalization>0.5, or humpback>0.7 for a model with one score.",
    });
  if (!MODEL_ID.test(model)) throw wrong("it begins with no model's name");
  const threshold = bound === undefined ? 0.5 : Number(bound);
  if (bound?.trim() === "" || !(threshold >= 0 && threshold <= 1)) throw wrong("the score is not a number from 0 to 1");
  return { model, class: name, threshold };
}

/** Where a rule's class stands among the model's. Throws `bad_option` where it has none of that name. */
export function scoreIndex(
  rule: ScoreRule,
  count: number,
  names: readonly string[] | undefined,
): { readonly index: number; readonly name: string } {
  const wrong = (what: string, hint?: string) =>
    new OrcaError("bad_option", `detect ${rule.model}${rule.class === undefined ? "" : `:${rule.class}`}: ${what}.`, {
      field: "detect",
      ...(hint === undefined ? {} : { hint }),
    });
  if (count === 0) throw wrong("the model has no scores", "Train a head on its embeddings: orca-embed train.");
  if (rule.class === undefined) {
    if (count === 1) return { index: 0, name: names?.[0] ?? rule.model };
    throw wrong(`the model has ${count} classes, and none is named`);
  }
  const wanted = rule.class.toLowerCase();
  const found = names?.findIndex((name) => name.toLowerCase() === wanted) ?? -1;
  if (found !== -1) return { index: found, name: names?.[found] as string };
  if (/^\d+$/.test(rule.class) && Number(rule.class) < count) {
    const index = Number(rule.class);
    return { index, name: names?.[index] ?? `class ${index}` };
  }
  if (count === 1 && wanted === rule.model) return { index: 0, name: rule.model };
  if (names === undefined)
    throw wrong(`its classes have no names here, and there are ${count} of them`, "Give the class's number, from 0.");
  const near = names.filter((name) =>
    wanted.split(/\W+/).some((word) => word.length > 3 && name.toLowerCase().includes(word)),
  );
  throw wrong(
    "the model has no such class",
    near.length === 0 ? undefined : `There is: ${near.slice(0, 8).join("; ")}.`,
  );
}
