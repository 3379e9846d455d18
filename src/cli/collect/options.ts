import { choice, HEAD_FILES, option, text } from "../../options/index.ts";
import { EXTRACT } from "../extract/options.ts";
import { INDEXES } from "./collection-store.ts";

/** Where vectors of recordings go. */
export const into = option({
  name: "into",
  ...text("a folder"),
  default: "collection",
  help: "The collection: a folder with one hoplite database a model.",
  argument: "<dir>",
});

/** How recordings are placed, beside their names. */
export const PLACING = {
  project: option({
    name: "project",
    ...text("a name"),
    otherwise: "the collection's own",
    help: "What the set of recordings is called.",
    argument: "<name>",
  }),
  deployment: option({
    name: "deployment",
    ...text("a name"),
    otherwise: "the first folder of each recording's path",
    help: "The deployment that all of these recordings are of.",
    argument: "<name>",
  }),
};

export const index = option({
  name: "index",
  ...choice(INDEXES),
  default: "rows",
  help: "usearch.index, in which perch-hoplite finds vectors: its rows, at the speed of a copy; rows and graph, for approximate search there, at a millisecond a vector; or none.",
  argument: "<choice>",
});

const {
  out: _,
  format: _format,
  minScore: _score,
  classes: _classes,
  encoding: _encoding,
  include: _include,
  // A collection keeps embeddings and no scores: heads run over it when all is in, and as often as one likes.
  head: _head,
  detect: _detect,
  site: _site,
  events: _events,
  ...shared
} = EXTRACT;

/** Heads that run over what was collected. */
const DETECTING = {
  head: option({
    ...HEAD_FILES.head,
    help: "Heads that run over the collection when all is in it, as orca-embed detect runs them: their events come as a Raven table.",
  }),
  site: option({ ...HEAD_FILES.site, otherwise: "each recording's deployment" }),
  events: HEAD_FILES.events,
  detections: option({
    name: "detections",
    ...text("a folder"),
    default: "detections",
    help: "Folder for what heads find.",
    argument: "<dir>",
  }),
};

/** Options that only `collect` has. */
export const OWN = { into, ...PLACING, index, ...DETECTING };

/** The options of `collect`: those of `extract`, but for what is about files. */
export const COLLECT = { ...shared, ...OWN };
