import { HEAD_FILES, option, someOf } from "../../options/index.ts";
import { EXTRACT } from "../extract/options.ts";
import { DETECT } from "../heads/options.ts";
import { REMOTE } from "../remote-options.ts";
import { TABLE_NAMES } from "./event-tables.ts";

const { jobs, shard, redo, base } = EXTRACT;

/** The options of `rescan`. */
export const RESCAN = {
  head: DETECT.head,
  events: HEAD_FILES.events,
  site: DETECT.site,
  out: option({
    ...EXTRACT.out,
    default: "events",
    help: "Folder for the tables of events.",
  }),
  format: option({
    name: "format",
    ...someOf(TABLE_NAMES),
    default: "csv",
    help: "What events are written as.",
    letter: "-f",
    argument: "<names>",
  }),
  jobs: option({ ...jobs, default: "1", help: "Processes that share the files; auto is one for each core." }),
  shard: option({ ...shard, help: "One share of the files, for one of so many runs with one --out." }),
  redo: option({ ...redo, default: "false", help: "Look again, with these heads, where results are there already." }),
  base: option({ ...base, help: "Tables lie in --out as files of embeddings lie in this folder." }),
  ...REMOTE,
};
