import { OUTPUT_NAME } from "../models/names.ts";
import { DEFAULT_THUMBNAIL, MAX_THUMBNAIL, MIN_THUMBNAIL } from "../output/projector/limits.ts";
import { ENCODINGS } from "../records/index.ts";
import { FORMATS, type Format, type Layout } from "./made.ts";
import { choice, namesIn, option, someOf, text, whole } from "./option.ts";

const included = ({ scores, spectrogram, outputs }: Layout) =>
  [...(scores ? ["scores"] : []), ...(spectrogram ? ["spectrogram"] : []), ...outputs].join(",");

/** What records hold, and how. */
export const RECORDS = {
  include: option({
    name: "include",
    takes: {
      kind: "names",
      words: "`scores`, `spectrogram`, other outputs of the model by name, or several with commas",
      pattern: OUTPUT_NAME.source,
    },
    default: "",
    help: "What comes beside the embedding.",
    argument: "<names>",
    read: namesIn,
    embed: (names) => ({
      scores: names.includes("scores"),
      spectrogram: names.includes("spectrogram"),
      outputs: [...new Set(names.filter((name) => name !== "scores" && name !== "spectrogram"))],
    }),
    decides: {
      looks: {
        ndjson: included,
        csv: ({ scores }) => (scores ? "scores" : ""),
        npz: included,
        parquet: included,
      },
    },
  }),
  encoding: option({
    name: "encoding",
    ...choice(ENCODINGS),
    default: "numbers",
    help: "Arrays as JSON numbers, or as base64 of little-endian float32.",
    argument: "<choice>",
    decides: { looks: { ndjson: ({ encoding }) => encoding } },
  }),
};

/** What files of results are. @param formats  those that there are */
export const format = <T extends Format>(formats: readonly T[]) =>
  option({
    name: "format",
    ...someOf(formats),
    default: "ndjson",
    help: "What results are written as.",
    letter: "-f",
    argument: "<names>",
  });

/** Selection tables: of files, because a stretch of a live stream is none. */
export const TABLES = {
  format: format(FORMATS),
  minScore: option({
    name: "min-score",
    takes: { kind: "number", least: 0, most: 1 },
    default: "0",
    help: "Raven: leave out windows whose best class scores less.",
    argument: "<score>",
    read: Number,
    decides: { looks: { raven: ({ minScore }) => String(minScore) } },
  }),
  classes: option({
    name: "classes",
    ...text("a CSV file with a column display_name"),
    otherwise: "those beside the model",
    help: "Raven: names of the model's classes, in their order.",
    argument: "<file>",
    decides: {
      looks: { raven: ({ classes }) => (classes.length === 0 ? "numbered" : `${classes.length} names`) },
    },
  }),
};

/** The side of a window's picture in a bundle for the projector. */
export const thumbnail = option({
  name: "thumbnail",
  ...whole(MIN_THUMBNAIL, MAX_THUMBNAIL),
  default: String(DEFAULT_THUMBNAIL),
  help: "Pixels a side of a window's picture; smaller where the sprite would not fit.",
  argument: "<pixels>",
});
