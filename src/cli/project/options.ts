import { OrcaError } from "../../errors.ts";
import {
  FILE_TIMES,
  HEAD_FILES,
  models,
  NET,
  namesIn,
  option,
  present,
  RAW,
  text,
  thumbnail,
  whole,
} from "../../options/index.ts";
import { MAX_POINTS } from "../../output/index.ts";
import { modelsFolder } from "../options.ts";
import { REMOTE } from "../remote-options.ts";

/** The options of `project`: those of its bundle's folder and server are its own. */
export const PROJECT = {
  models: models("all"),
  out: option({
    name: "out",
    ...text("a folder"),
    default: "projector",
    help: "Folder for the bundle.",
    letter: "-o",
    argument: "<dir>",
  }),
  labels: option({
    name: "labels",
    ...text(
      "a CSV file with file, start, end and labels, a selection table of Raven or BirdNET, or an Audacity label track",
    ),
    help: "Labels of windows.",
    argument: "<file>",
  }),
  classes: option({
    name: "classes",
    ...text("a CSV file with a column display_name"),
    otherwise: "those beside the model",
    help: "YAMNet's classes, in their order.",
    argument: "<file>",
  }),
  columns: option({
    name: "columns",
    takes: { kind: "names", words: "names with commas" },
    otherwise: "all",
    help: "Columns of the metadata.",
    argument: "<names>",
    read: namesIn,
  }),
  thumbnail,
  maxPoints: option({
    name: "max-points",
    ...whole(2),
    default: String(MAX_POINTS),
    help: "Windows of one embedding; of more, an even share.",
    argument: "<count>",
  }),
  split: option({ name: "split", ...present, help: "All windows, in parts of up to --max-points." }),
  baseUrl: option({
    name: "base-url",
    ...text("an address"),
    help: "Where the bundle's folder will be on the web.",
    argument: "<address>",
    read: folderAddress,
  }),
  serve: option({ name: "serve", ...present, help: "Serve the bundle on this machine until Ctrl-C." }),
  port: option({
    name: "port",
    ...whole(0, 65_535),
    default: "0",
    help: "Port of --serve; 0 is any that is free.",
    argument: "<number>",
  }),
  ...HEAD_FILES,
  ...NET,
  ...RAW,
  zone: FILE_TIMES.zone,
  zoneOverrules: FILE_TIMES.zoneOverrules,
  ...REMOTE,
  folder: modelsFolder,
};

function folderAddress(given: string): string {
  const address = URL.canParse(given) ? given.replace(/\/?$/, "/") : undefined;
  if (address !== undefined) return address;
  throw new OrcaError("bad_option", `--base-url ${given} is not an address.`, {
    field: "base-url",
    hint: "Like https://example.org/bundle/",
  });
}
