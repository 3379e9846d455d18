import { OrcaError } from "../../errors.ts";
import { choice, namesIn, option, present, text, whole } from "../../options/index.ts";
import { givenStart } from "../../times/index.ts";
import { MEASURES } from "../../vectors/index.ts";
import { modelsFolder } from "../options.ts";

/** What results are written as. */
export const RESULT_FORMATS = ["table", "ndjson", "csv", "raven"] as const;

const list = (words: string) => ({ takes: { kind: "names", words } as const, default: "", read: namesIn });

/** Milliseconds since 1970. */
const utc = (name: string) => (given: string) => givenStart(given, `--${name}`).utc;

const rms = {
  takes: { kind: "number", least: 0, most: 1 } as const,
  read: Number,
  argument: "<rms>",
};

/** Which windows of a collection. */
export const FILTERS = {
  deployments: option({
    name: "deployment",
    ...list("names with commas"),
    help: "Only of these deployments.",
    argument: "<names>",
  }),
  recordings: option({
    name: "recording",
    ...list("names with commas"),
    help: "Only of these recordings, as the collection names them.",
    argument: "<names>",
  }),
  from: option({
    name: "from",
    ...text("a time like `2024-05-01T12:00:00Z`"),
    read: utc("from"),
    help: "Only windows that begin then or later.",
    argument: "<utc>",
  }),
  to: option({
    name: "to",
    ...text("a time like `2024-05-01T12:00:00Z`"),
    read: utc("to"),
    help: "Only windows that begin before.",
    argument: "<utc>",
  }),
  hours: option({
    name: "hours",
    takes: {
      kind: "text",
      words: "two hours of the day in UTC, like `22-4`",
      pattern: "^\\d{1,2}(\\.\\d+)?-\\d{1,2}(\\.\\d+)?$",
      asks: "give two hours of the day, like 22-4",
    },
    read: hoursIn,
    help: "Only windows of these hours of the day, UTC.",
    argument: "<from-to>",
  }),
  labelled: option({
    name: "labelled",
    ...list("labels with commas"),
    help: "Only windows with one of these labels, or one below it.",
    argument: "<labels>",
  }),
  unlabelled: option({ name: "unlabelled", ...present, help: "Only windows that no label overlaps." }),
  minRms: option({ name: "min-rms", ...rms, help: "Only windows that are as loud or louder; full scale is 1." }),
  maxRms: option({ name: "max-rms", ...rms, help: "Only windows that are as quiet or quieter." }),
};

function hoursIn(given: string): readonly [number, number] {
  const [from = 0, to = 0] = given.split("-").map(Number);
  if (from <= 24 && to <= 24) return [from, to];
  throw new OrcaError("bad_option", `--hours ${given}: a day has 24 hours.`, { field: "hours" });
}

const exampleHelp = "FILE, FILE@START or FILE@START-END (seconds), or several with commas";

/** What is looked for. */
export const EXAMPLES = {
  like: option({
    name: "like",
    ...list(exampleHelp),
    help: "Windows that are like this piece of a recording.",
    argument: "<files>",
  }),
  window: option({
    name: "window",
    ...list("windows' numbers with commas"),
    help: "Windows that are like these of the collection.",
    argument: "<ids>",
  }),
  label: option({
    name: "label",
    ...list("labels with commas"),
    help: "Windows that are like those with this label.",
    argument: "<labels>",
  }),
  vector: option({
    name: "vector",
    ...text("a file: .npy, or JSON numbers"),
    help: "Windows that are like this embedding, or these.",
    argument: "<file>",
  }),
  unlike: option({
    name: "unlike",
    ...list(exampleHelp),
    help: "Leave out windows that are more like this.",
    argument: "<files>",
  }),
  unlikeWindow: option({
    name: "unlike-window",
    ...list("windows' numbers with commas"),
    help: "Leave out windows that are more like these.",
    argument: "<ids>",
  }),
  unlikeLabel: option({
    name: "unlike-label",
    ...list("labels with commas"),
    help: "Leave out windows that are more like those with this label.",
    argument: "<labels>",
  }),
};

/** The options of `search`. */
export const SEARCH = {
  ...EXAMPLES,
  model: option({
    name: "model",
    ...text("a model's name"),
    otherwise: "the only one that the collection has",
    help: "Which of the collection's models.",
    letter: "-m",
    argument: "<name>",
  }),
  measure: option({
    name: "measure",
    ...choice(MEASURES),
    default: "cosine",
    help: "How alike two windows are: by the angle between their embeddings, inner product, or distance.",
    argument: "<name>",
  }),
  top: option({
    name: "top",
    ...whole(1, 100_000, "windows"),
    default: "20",
    help: "How many windows at most.",
    letter: "-n",
    argument: "<count>",
  }),
  above: option({
    name: "above",
    takes: { kind: "number", least: -1e9, most: 1e9 },
    read: Number,
    help: "Only what scores more.",
    argument: "<score>",
  }),
  events: option({ name: "events", ...present, help: "Neighbouring windows among these are one result." }),
  ...FILTERS,
  by: option({
    name: "by",
    ...choice(["auto", "vectors", "codes"]),
    default: "auto",
    help: "Compare every vector, or find candidates by codes of one bit a number first; auto takes codes from 20,000 windows on.",
    argument: "<choice>",
  }),
  format: option({
    name: "format",
    ...choice(RESULT_FORMATS),
    default: "table",
    help: "What results are written as.",
    letter: "-f",
    argument: "<name>",
  }),
  out: option({
    name: "out",
    ...text("a file"),
    otherwise: "standard output",
    help: "File for the results.",
    letter: "-o",
    argument: "<file>",
  }),
  clips: option({
    name: "clips",
    ...text("a folder"),
    help: "Folder for a WAV of each result, with its spectrogram as a PNG.",
    argument: "<dir>",
  }),
  audio: option({
    name: "audio",
    ...text("a folder"),
    otherwise: "where they were collected",
    help: "Where the recordings lie.",
    argument: "<dir>",
  }),
  folder: modelsFolder,
};
