import { availableParallelism } from "node:os";
import { OrcaError } from "../../errors.ts";
import type { Shard } from "../../jobs/index.ts";
import {
  choice,
  FILE_TIMES,
  HEAD_FILES,
  models,
  NET,
  option,
  present,
  RAW,
  RECORDS,
  TABLES,
  text,
} from "../../options/index.ts";
import { givenStart } from "../../times/index.ts";
import { modelsFolder } from "../options.ts";
import { REMOTE } from "../remote-options.ts";

/** The options of `extract`: those of its files and processes are its own. */
export const EXTRACT = {
  models: models("yamnet"),
  out: option({
    name: "out",
    ...text("a folder, or `s3://BUCKET/PREFIX`"),
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
  shard: option({
    name: "shard",
    ...text("`1/16` to `16/16`"),
    otherwise: "all",
    help: "One share of the recordings, for one of so many runs with one --out.",
    argument: "<i/n>",
    read: shard,
  }),
  redo: option({
    name: "redo",
    ...present,
    help: "Make results again that are there already, or that were made with other options.",
  }),
  base: option({
    name: "base",
    ...text("a folder, or an address"),
    otherwise: "what holds all of them",
    help: "Results lie in --out as recordings lie in this folder.",
    argument: "<dir>",
  }),
  node: option({
    name: "node",
    ...text("a name like `rpi_orcasound_lab`"),
    help: "The archive of an Orcasound node, in place of recordings, with --from and --to.",
    argument: "<name>",
  }),
  from: time("from", "Where the sound of --node begins."),
  to: time("to", "Where the sound of --node ends."),
  sound: option({
    name: "sound",
    ...choice(["hls", "flac"]),
    default: "hls",
    help: "What of --node is read: its stream as it was published, or its recordings without loss.",
  }),
  archive: option({
    name: "archive",
    ...text("`s3://BUCKET`"),
    otherwise: "Orcasound's own",
    help: "Where the archive of --node is.",
    argument: "<address>",
  }),
  ...REMOTE,
  ...RECORDS,
  ...HEAD_FILES,
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

function shard(given: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(given) ?? [];
  if (index !== undefined && Number(index) >= 1 && Number(index) <= Number(count)) {
    return { index: Number(index), count: Number(count) };
  }
  throw new OrcaError("bad_option", `--shard ${given} is not one of so many, like 3/16.`, {
    field: "shard",
    hint: "They are counted from 1.",
  });
}

function time(name: "from" | "to", help: string) {
  return option({
    name,
    ...text("ISO 8601 with Z or an offset"),
    help,
    argument: "<time>",
    read(given: string) {
      try {
        return givenStart(given).utc;
      } catch (cause) {
        const hint = "Use ISO 8601 with Z or an offset, like 2024-05-01T12:00:00Z.";
        throw new OrcaError("bad_option", `--${name} ${given} is no time.`, { field: name, hint, cause });
      }
    },
  });
}
