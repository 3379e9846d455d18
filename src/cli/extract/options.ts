import { availableParallelism } from "node:os";
import { OrcaError } from "../../errors.ts";
import { FILE_TIMES, models, NET, option, present, RAW, RECORDS, TABLES, text } from "../../options/index.ts";
import { modelsFolder } from "../options.ts";

/** The options of `extract`: those of its files and processes are its own. */
export const EXTRACT = {
  models: models("yamnet"),
  out: option({
    name: "out",
    ...text("a folder"),
    default: "embeddings",
    help: "Folder for the results.",
    letter: "-o",
    argument: "<dir>",
  }),
  ...TABLES,
  jobs: option({
    name: "jobs",
    ...text("a number, or `auto`"),
    default: "1",
    help: "Processes that share the recordings; auto is one for each core.",
    letter: "-j",
    argument: "<count>",
    read: jobCount,
  }),
  redo: option({
    name: "redo",
    ...present,
    help: "Make results again that are there already, or that were made with other options.",
  }),
  base: option({
    name: "base",
    ...text("a folder"),
    otherwise: "what holds all of them",
    help: "Results lie in --out as recordings lie in this folder.",
    argument: "<dir>",
  }),
  ...RECORDS,
  ...NET,
  ...RAW,
  ...FILE_TIMES,
  folder: modelsFolder,
};

function jobCount(given: string): number {
  if (given === "auto") return availableParallelism();
  const jobs = Number(given);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 256) return jobs;
  throw new OrcaError("bad_option", `--jobs ${given} is not a whole number from 1 to 256.`, {
    field: "jobs",
    hint: "Or auto: one process for each core.",
  });
}
