import { OrcaError } from "../errors.ts";
import type { EventRule } from "../heads/index.ts";
// Alone: a page that bundles options takes no trainer along.
import { scoreRules } from "../heads/score-rule.ts";
import type { Made } from "./made.ts";
import { namesIn, option, text } from "./option.ts";

/** A head among the operator's: `NAME.head.json`. */
const HEAD_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;

const shared = {
  detect: option({
    name: "detect",
    ...text("`MODEL:CLASS>SCORE`, or several with commas"),
    help: "Classes of a model's own scores, run as a head without training.",
    example: "yamnet:Whale vocalization>0.5",
    argument: "<rules>",
    read: scoreRules,
    decides: { numbers: "heads", as: "detect", text: ({ heads }: Made) => heads?.rules },
  }),
  site: option({
    name: "site",
    ...text("a name"),
    help: "Where the hydrophone lies: heads may have thresholds and noises of their own for it.",
    argument: "<name>",
    decides: { numbers: "heads", as: "site", text: ({ heads }: Made) => heads?.site },
  }),
  events: option({
    name: "events",
    ...text("`on=`, `off=`, `shortest=`, `gap=`, `windows=`, `of=` with commas"),
    otherwise: "the head's own",
    help: "When windows make an event: probabilities that begin and carry it, seconds that it lasts at least, seconds that are bridged, and how many windows of how many.",
    example: "on=0.7,off=0.4,gap=2",
    argument: "<rule>",
    read: eventRule,
    decides: { numbers: "heads", as: "events", text: ({ heads }: Made) => heads?.events },
  }),
};

/** Heads on the command line: files. */
export const HEAD_FILES = {
  head: option({
    name: "head",
    takes: { kind: "names", words: "files of heads, or several with commas" },
    help: "Heads that run on the embeddings: their probabilities and events come with the windows.",
    argument: "<files>",
    read: namesIn,
    decides: { numbers: "heads", text: ({ heads }) => heads?.trained },
  }),
  ...shared,
};

/** Heads over HTTP: the operator's, by their names. */
export const HEADS = {
  heads: option({
    name: "heads",
    takes: { kind: "names", words: "names of the operator's heads, or several with commas", pattern: HEAD_NAME.source },
    help: "Heads that run on the embeddings: their probabilities and events come with the windows.",
    read: namesIn,
  }),
  ...shared,
};

/** What a rule's fields take; what they mean is said where events are made. */
const RULE: Readonly<Record<keyof EventRule, (value: number) => boolean>> = {
  on: (value) => value >= 0 && value <= 1,
  off: (value) => value >= 0 && value <= 1,
  shortest: (value) => value >= 0 && Number.isFinite(value),
  gap: (value) => value >= 0 && Number.isFinite(value),
  windows: (value) => Number.isInteger(value) && value >= 1 && value <= 10_000,
  of: (value) => Number.isInteger(value) && value >= 1 && value <= 10_000,
};

/** `on=0.7,gap=2` as a rule's fields. Throws `bad_option`. */
function eventRule(given: string, said: string): Partial<EventRule> {
  const fields = namesIn(given).map((part) => {
    const [, name = "", value = ""] = /^(\w+)\s*=\s*(\S+)$/.exec(part) ?? [];
    if (Object.hasOwn(RULE, name) && RULE[name as keyof EventRule](Number(value)))
      return [name, Number(value)] as const;
    throw new OrcaError("bad_option", `${said}: ${JSON.stringify(part)} is no part of a rule.`, {
      field: "events",
      hint: "It takes on= and off= (0 to 1), shortest= and gap= (seconds), windows= and of= (counts), with commas.",
    });
  });
  return Object.fromEntries(fields) as Partial<EventRule>;
}
