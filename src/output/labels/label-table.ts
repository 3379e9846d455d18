import { delimitedRows } from "../../delimited.ts";
import { OrcaError } from "../../errors.ts";
import { isoTime } from "../../times/index.ts";

/** Column names that tables in the field use, in small letters; the first that is there is taken. */
const NAMES = {
  // "Begin File" is Raven's; wav_filename is Orcasound's training sets'.
  file: ["file", "filename", "file_name", "wav_filename", "file_path", "filepath", "path", "recording", "begin file"],
  // Raven counts "Begin Time (s)" over all files of a table, and "File Offset (s)" within the file that it names.
  start: ["file offset (s)", "start", "start_time", "start_time_s", "start_s", "start (s)", "begin time (s)", "onset"],
  end: ["end", "end_time", "end_time_s", "end_s", "end (s)", "end time (s)", "offset"],
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
const POSITIONAL = [...Object.values(NAMES).flat(), "begin path", RAVEN_BEGIN] as readonly string[];

/** A window, for labels: where it lies in its recording, and when it was, where that is known. */
export interface Span {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  readonly utc?: string | undefined;
}

interface Label {
  readonly start: number;
  readonly end: number;
  readonly values: readonly string[];
}

/** Labels of one recording by start; `longest` bounds how far back an overlapping one can begin. */
interface Track {
  readonly labels: readonly Label[];
  readonly longest: number;
}

/**
 * A table of labels: a CSV file with file, start, end (seconds) and any other columns, or a Raven selection table (tabs,
 * "Begin Time (s)", "End Time (s)"). Where start holds dates with times they are joined by UTC, and a table needs no file.
 */
export class LabelTable {
  /** The columns that say something about a stretch of audio. */
  readonly columns: readonly string[];
  /** Whether the table says which recording a label belongs to. */
  readonly namesFiles: boolean;
  /** Whether its times are of the clock, so that only windows with UTC find their labels. */
  readonly byClock: boolean;
  readonly #tracks = new Map<string, Track>();

  /** Throws `bad_option`, naming the line, for a table without times or a time that is no number. */
  constructor(text: string, name: string) {
    const [head, ...rows] = delimitedRows(text);
    const titles = head?.fields ?? [];
    const small = titles.map((title) => title.toLowerCase());
    const find = (names: readonly string[]) => {
      const found = names.find((candidate) => small.includes(candidate));
      return found === undefined ? undefined : small.indexOf(found);
    };
    const [file, duration] = [find(NAMES.file), find(NAMES.duration)];
    const start = find(NAMES.start) ?? find(CLOCK_NAMES.start);
    const end = find(NAMES.end) ?? find(CLOCK_NAMES.end);
    if (start === undefined || (end === undefined && duration === undefined)) {
      throw new OrcaError(
        "bad_option",
        `${name} has no column of start times, or none of ends: ${titles.join(", ")}.`,
        {
          field: "labels",
          hint: 'Use the columns file, start, end (seconds) and label, or Raven\'s "Begin Time (s)" and "End Time (s)".',
        },
      );
    }
    this.namesFiles = file !== undefined;
    this.byClock = clockSeconds(rows[0]?.fields[start]) !== undefined;
    const kept = [...titles.keys()].filter(
      (at) => titles[at] !== "" && at !== start && at !== end && !POSITIONAL.includes(small[at] as string),
    );
    this.columns = kept.map((at) => titles[at] as string);
    const begin = small[start] === "file offset (s)" ? find([RAVEN_BEGIN]) : undefined;
    const tracks = new Map<string, Label[]>();
    for (const { line, fields } of rows) {
      const number = (at: number, clock = false) => {
        const text = fields[at] ?? "";
        const value = clock ? clockSeconds(text) : text === "" ? undefined : Number(text);
        if (value !== undefined && Number.isFinite(value)) return value;
        const what = clock ? "no date and time" : "not a number";
        throw new OrcaError("bad_option", `${name}, line ${line}: ${titles[at]} is ${JSON.stringify(text)}, ${what}.`, {
          field: "labels",
          hint: clock ? "Times are like 2024-05-01T12:00:00Z." : "Times are seconds, with a point.",
        });
      };
      const from = number(start, this.byClock);
      const length =
        end === undefined
          ? number(duration as number)
          : number(end, this.byClock) - (begin === undefined ? from : number(begin));
      const label = { start: from, end: from + length, values: kept.map((at) => fields[at] ?? "") };
      const key = file === undefined ? "" : baseOf(fields[file] ?? "");
      const track = tracks.get(key);
      if (track === undefined) tracks.set(key, [label]);
      else track.push(label);
    }
    for (const [key, labels] of tracks) {
      labels.sort((a, b) => a.start - b.start);
      this.#tracks.set(key, {
        labels,
        longest: labels.reduce((most, label) => Math.max(most, label.end - label.start), 0),
      });
    }
  }

  /** The recordings that the table names, without their folders. */
  get files(): readonly string[] {
    return this.namesFiles ? [...this.#tracks.keys()] : [];
  }

  /** Whether there are labels for a recording. */
  knows(file: string): boolean {
    return this.#track(file) !== undefined;
  }

  /**
   * The columns' values for a stretch of audio: those of the label that overlaps it longest, the earlier of two that are
   * equal; empty where none does. A label without length belongs to the stretch that it lies in.
   */
  at(file: string, span: Span): readonly string[] {
    const { labels, longest } = this.#track(file) ?? { labels: [], longest: 0 };
    // Without UTC no label of a clock is met: every comparison with NaN is false.
    const start = this.byClock ? Date.parse(span.utc ?? "") / 1000 : span.start;
    const end = this.byClock ? start + (span.end - span.start) : span.end;
    let best: Label | undefined;
    let overlap = -1;
    for (let at = firstFrom(labels, start - longest); at < labels.length; at++) {
      const label = labels[at] as Label;
      if (label.start >= end) break;
      const shared = Math.min(end, label.end) - Math.max(start, label.start);
      const inside = shared > 0 || (label.start === label.end && label.start >= start);
      if (inside && shared > overlap) [best, overlap] = [label, shared];
    }
    return best?.values ?? this.columns.map(() => "");
  }

  /** By the file's name; a table may leave the folder and the ending away. */
  #track(file: string): Track | undefined {
    const base = baseOf(file);
    return this.#tracks.get(this.namesFiles ? base : "") ?? this.#tracks.get(base.replace(/\.[^.]*$/, ""));
  }
}

/** Seconds since 1970 of a date and time, read as UTC where it states no zone; undefined for anything else. */
function clockSeconds(text: string | undefined): number | undefined {
  const stamp = isoTime(text?.replaceAll("/", "-") ?? "");
  return stamp === undefined ? undefined : stamp.utc / 1000;
}

function baseOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Index of the first label that starts at `time` or later. */
function firstFrom(labels: readonly Label[], time: number): number {
  let low = 0;
  let high = labels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((labels[middle] as Label).start < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
