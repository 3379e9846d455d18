import { ANNOTATION_FORMATS, LABEL_KINDS } from "../../labels/index.ts";
import { choice, namesIn, option, present, text } from "../../options/index.ts";

const list = (words: string) => ({ takes: { kind: "names", words } as const, default: "", read: namesIn });

/** The options of `label`. */
export const LABEL = {
  model: option({
    name: "model",
    ...text("a model's name"),
    otherwise: "all that the collection has",
    help: "Only the collection of this model.",
    letter: "-m",
    argument: "<name>",
  }),
  take: option({
    name: "import",
    ...text("a table"),
    help: "Keep the labels of a table: Raven, Audacity, BirdNET-Analyzer, hoplite, or any with file, start, end and label.",
    argument: "<file>",
  }),
  by: option({
    name: "by",
    ...text("a name"),
    otherwise: "the table's name",
    help: "Who made the labels, where the table does not say it.",
    argument: "<name>",
  }),
  kind: option({
    name: "kind",
    ...choice(LABEL_KINDS),
    default: "positive",
    help: "What the labels say, where the table does not say it.",
    argument: "<kind>",
  }),
  as: option({
    name: "as",
    ...text("a label"),
    otherwise: "the table's own",
    help: "The label of rows that have none.",
    argument: "<label>",
  }),
  recording: option({
    name: "recording",
    ...text("a recording's name"),
    help: "Of which recording the labels are, where the table does not say it; or whose labels are written.",
    argument: "<name>",
  }),
  give: option({
    name: "export",
    ...text("a file, or `-` for standard output"),
    help: "Write the labels as a table.",
    argument: "<file>",
  }),
  format: option({
    name: "format",
    ...choice(ANNOTATION_FORMATS),
    default: "csv",
    help: "What the table is written as.",
    letter: "-f",
    argument: "<name>",
  }),
  labels: option({
    name: "labels",
    ...list("labels with commas"),
    help: "Only these labels, and those below them.",
    argument: "<labels>",
  }),
  people: option({
    name: "agree",
    ...list("two names with a comma"),
    help: "How far two people agree, label by label, by windows that both have judged.",
    argument: "<names>",
  }),
  remove: option({
    name: "remove",
    ...present,
    help: "Take away the labels that --by, --labels and --recording name.",
  }),
};
