import { OrcaError } from "../../errors.ts";
import { GROUPINGS, TRAIN_DEFAULTS } from "../../heads/index.ts";
import { choice, HEAD_FILES, namesIn, option, present, text, whole } from "../../options/index.ts";
import { DETECTION_FORMATS, type DetectionFormat } from "../../output/index.ts";

const names = (words: string) => ({ takes: { kind: "names", words } as const, default: "", read: namesIn });
const wrong = (said: string, what: string, field: string) => new OrcaError("bad_option", `${said} ${what}.`, { field });

/** Which collection, of whose labels. */
export const LABELLED = {
  model: option({
    name: "model",
    ...text("a model's name"),
    otherwise: "the one that the collection has",
    help: "The collection of this model.",
    letter: "-m",
    argument: "<name>",
  }),
  by: option({
    name: "by",
    ...names("names with commas"),
    help: "Only labels of these people.",
    argument: "<names>",
  }),
  group: option({
    name: "group",
    ...choice(GROUPINGS),
    default: "recording",
    help: "What is kept together, so that no window is judged by a head that learned from its neighbours.",
    argument: "<what>",
  }),
  background: option({
    name: "background",
    ...whole(0, 1_000_000, "windows"),
    default: String(TRAIN_DEFAULTS.background),
    help: "Unlabelled windows, spread evenly over the collection, that are taken for background.",
    argument: "<count>",
  }),
};

/** Thresholds by wish. */
const WISHES = {
  precision: option({
    name: "precision",
    takes: { kind: "number", least: 0, most: 1 },
    help: "Thresholds so that this share of what is found is right.",
    argument: "<share>",
    read: Number,
  }),
  recall: option({
    name: "recall",
    takes: { kind: "number", least: 0, most: 1 },
    help: "Thresholds so that this share of what is there is found.",
    argument: "<share>",
    read: Number,
  }),
  falseAlarms: option({
    name: "false-alarms",
    ...text("a number and `/hour` or `/day`"),
    help: "Thresholds so that background gives no more false windows than this.",
    example: "1/day",
    argument: "<rate>",
    read: alarmRate,
  }),
};

export const TRAIN = {
  classes: option({
    name: "classes",
    ...names("labels with commas"),
    help: "What is to be told apart: labels, each with all that lie below it.",
    argument: "<labels>",
  }),
  out: option({
    name: "out",
    ...text("a file"),
    default: "head.json",
    help: "The head; its name without .json is its id.",
    letter: "-o",
    argument: "<file>",
  }),
  strengths: option({
    name: "c",
    ...names("positive numbers with commas"),
    default: TRAIN_DEFAULTS.strengths.join(","),
    help: "How much the labels count against simple weights (C of scikit-learn): the best by folds is taken.",
    argument: "<numbers>",
    read: strengths,
  }),
  folds: option({
    name: "folds",
    ...whole(2, 50),
    default: String(TRAIN_DEFAULTS.folds),
    help: "Into how many parts groups are shared.",
    argument: "<count>",
  }),
  balance: option({
    name: "balance",
    ...choice(["balanced", "none"]),
    default: TRAIN_DEFAULTS.balance,
    help: "balanced: a class's positives and negatives weigh the same.",
    argument: "<how>",
  }),
  weak: option({
    name: "weak",
    takes: { kind: "number", least: 0, most: 1 },
    default: String(TRAIN_DEFAULTS.weakWeight),
    help: "What a window of background counts for as a negative, where a labelled one counts for 1.",
    argument: "<weight>",
    read: Number,
  }),
  calibration: option({
    name: "calibration",
    ...choice(["platt", "isotonic", "none"]),
    default: TRAIN_DEFAULTS.calibration,
    help: "How scores of folds become probabilities.",
    argument: "<how>",
  }),
  hoplite: option({
    name: "hoplite",
    ...text("a file"),
    help: "The same as perch-hoplite's classifier.",
    argument: "<file>",
  }),
  ...WISHES,
  ...LABELLED,
};

export const JUDGE = {
  head: HEAD_FILES.head,
  out: option({
    name: "out",
    ...text("a folder"),
    default: "judgement",
    help: "Folder for judgement.json and report.html.",
    letter: "-o",
    argument: "<dir>",
  }),
  audit: option({
    name: "audit",
    ...text("a name"),
    help: "How many calls there are in all, by labels that this person gave to windows of next --by bands.",
    argument: "<name>",
  }),
  save: option({
    name: "save",
    ...text("a file"),
    help: "The first head again, with the thresholds that were wished for and what was judged in it.",
    argument: "<file>",
  }),
  site: HEAD_FILES.site,
  ...WISHES,
  ...LABELLED,
};

/** What detect writes. */
export const DETECT = {
  head: HEAD_FILES.head,
  events: HEAD_FILES.events,
  site: option({ ...HEAD_FILES.site, otherwise: "each recording's deployment" }),
  model: LABELLED.model,
  out: option({
    name: "out",
    ...text("a folder"),
    default: "detections",
    help: "Folder for what is found.",
    letter: "-o",
    argument: "<dir>",
  }),
  format: option({
    name: "format",
    takes: {
      kind: "names",
      words: `${DETECTION_FORMATS.join(", ")}, or several with commas`,
      choices: DETECTION_FORMATS,
    },
    default: "raven",
    help: "What detections are written as.",
    letter: "-f",
    argument: "<names>",
    read: (given) => namesIn(given) as DetectionFormat[],
  }),
  recordings: option({
    name: "recordings",
    ...names("recordings' names with commas"),
    help: "Only in these.",
    argument: "<names>",
  }),
  clips: option({ name: "clips", ...present, help: "Each detection's sound as FLAC, with a picture." }),
  audio: option({
    name: "audio",
    ...text("a folder"),
    otherwise: "where they were collected from",
    help: "Where the recordings lie.",
    argument: "<dir>",
  }),
};

export const NEXT = {
  head: HEAD_FILES.head,
  by: option({
    name: "by",
    ...choice(["uncertain", "bands", "diverse"]),
    default: "uncertain",
    help: "uncertain: near the threshold; bands: at random from bands of scores, for an audit; diverse: unlike all that is labelled.",
    argument: "<how>",
  }),
  class: option({
    name: "class",
    ...text("one of the head's classes"),
    otherwise: "its first",
    help: "Whose scores count.",
    argument: "<name>",
  }),
  top: option({ name: "top", ...whole(1, 10_000), default: "20", help: "How many windows.", argument: "<count>" }),
  model: LABELLED.model,
  format: option({
    name: "format",
    ...choice(["raven", "csv"]),
    default: "csv",
    help: "A table for ears: with an empty label for each window.",
    letter: "-f",
    argument: "<name>",
  }),
  out: option({
    name: "out",
    ...text("a file"),
    otherwise: "standard output",
    help: "The table.",
    letter: "-o",
    argument: "<file>",
  }),
};

export const NOISE = {
  head: HEAD_FILES.head,
  like: option({
    name: "like",
    ...names("`RECORDING@SECONDS` or `RECORDING@FROM-TO`, several with commas"),
    help: "Where the noise is heard.",
    argument: "<places>",
  }),
  name: option({
    name: "name",
    ...text("a name"),
    default: "noise",
    help: "What the noise is called.",
    argument: "<name>",
  }),
  site: option({ ...HEAD_FILES.site, otherwise: "everywhere", help: "Where it is heard." }),
  model: LABELLED.model,
  out: option({
    name: "out",
    ...text("a file"),
    otherwise: "the head itself",
    help: "The head with the noise in it.",
    letter: "-o",
    argument: "<file>",
  }),
};

function strengths(given: string, said: string): number[] {
  const numbers = namesIn(given).map(Number);
  if (numbers.length === 0 || !numbers.every((one) => one > 0 && Number.isFinite(one)))
    throw wrong(said, "is no list of positive numbers", "c");
  return numbers.toSorted((a, b) => a - b);
}

/** `1/day` as a rate an hour. */
function alarmRate(given: string, said: string): number {
  const [, count = "", unit] = /^(\d+(?:\.\d+)?)\s*\/\s*(hour|day)$/.exec(given.trim()) ?? [];
  if (unit === undefined) throw wrong(said, "is no rate like 2/hour or 1/day", "false-alarms");
  return Number(count) / (unit === "day" ? 24 : 1);
}
