/** Which columns of a table say what. */

/** Column names that tables in the field use, in small letters; the first that is there is taken. */
const NAMES = {
  // "Begin Path" is Raven's and BirdNET-Analyzer's; a path tells more than a name.
  path: ["begin path", "file_path", "filepath", "path"],
  // "Begin File" is Raven's; wav_filename Orcasound's training sets'; "in file" Kaleidoscope's; recording hoplite's.
  file: ["file", "filename", "file_name", "wav_filename", "recording", "begin file", "in file"],
  // Raven counts "Begin Time (s)" over all files of a table, and "File Offset (s)" within the file that it names.
  start: [
    "file offset (s)",
    "start",
    "start_time",
    "start_time_s",
    "start_offset_s",
    "start_s",
    "start (s)",
    "begin time (s)",
    "onset",
  ],
  end: ["end", "end_time", "end_time_s", "end_offset_s", "end_s", "end (s)", "end time (s)", "offset"],
  duration: ["duration", "duration_s", "duration (s)", "delta time (s)"],
} as const;

/** Columns of times by the clock, where there are none of seconds. */
const CLOCK_NAMES = {
  start: [
    "start_utc",
    "utc_start",
    "begin_utc",
    "start_time_utc",
    "utc",
    "start_datetime",
    "begin date time",
    "timestamp",
  ],
  end: ["end_utc", "utc_end", "end_time_utc", "end_datetime", "end date time"],
} as const;

/** Where Raven's clock over all files begins, beside "File Offset (s)". */
const RAVEN_BEGIN = "begin time (s)";

/** Columns about where a label lies, not about what it says. */
const POSITIONAL = [...Object.values(NAMES).flat(), RAVEN_BEGIN] as readonly string[];

/** Columns by their places, from 0. */
export interface LabelColumns {
  readonly titles: readonly string[];
  /** Those that name the recording, the one that tells most first. */
  readonly recording: readonly number[];
  readonly start: number;
  /** Where a label ends, on the clock that `begin` is of, or that `start` is of. */
  readonly end: number | undefined;
  readonly begin: number | undefined;
  readonly duration: number | undefined;
  /** Whether times are of Raven's clock, which may run over all files of a table. */
  readonly overAllFiles: boolean;
  /** Those that say something about a stretch of audio. */
  readonly kept: readonly number[];
}

/** The columns by a table's first row, or undefined where no times are among them. */
export function labelColumns(titles: readonly string[]): LabelColumns | undefined {
  const small = titles.map((title) => title.toLowerCase());
  const find = (names: readonly string[]) => {
    const found = names.find((candidate) => small.includes(candidate));
    return found === undefined ? undefined : small.indexOf(found);
  };
  const duration = find(NAMES.duration);
  // Kaleidoscope's OFFSET is where a label begins, beside its DURATION.
  const offset = duration === undefined ? undefined : find(["offset"]);
  const start = find(NAMES.start) ?? find(CLOCK_NAMES.start) ?? offset;
  const end = start === offset ? undefined : (find(NAMES.end) ?? find(CLOCK_NAMES.end));
  if (start === undefined || (end === undefined && duration === undefined)) return undefined;
  return {
    titles,
    recording: [find(NAMES.path), find(NAMES.file)].filter((at) => at !== undefined),
    start,
    end,
    begin: small[start] === "file offset (s)" ? find([RAVEN_BEGIN]) : undefined,
    duration,
    overAllFiles: small[start] === RAVEN_BEGIN,
    kept: [...titles.keys()].filter(
      (at) => titles[at] !== "" && at !== start && at !== end && !POSITIONAL.includes(small[at] as string),
    ),
  };
}
