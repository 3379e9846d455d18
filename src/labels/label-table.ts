import { type Delimiter, numberCell, type TableRow } from "../delimited.ts";
import { OrcaError } from "../errors.ts";
import { isoTime, stampUtc } from "../times/index.ts";
import { audacityRows, isAudacity } from "./audacity.ts";
import { type LabelColumns, labelColumns } from "./columns.ts";
import { type Labelled, namedRecordings } from "./recordings.ts";
import { type Label, Track } from "./track.ts";

/** A window, for labels: where it lies in its recording, and when it was, where that is known. */
export interface Span {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  readonly utc?: string | undefined;
}

/** A table's labels, joined to recordings. */
export interface Labels {
  /** The columns that say something about a stretch of audio. */
  readonly columns: readonly string[];
  /** The columns' values for a stretch of a recording, by its name; empty where no label overlaps it. */
  at(recording: string, span: Span): readonly string[];
  /** Recordings that have labels. */
  readonly named: number;
  /** What the table's rows are of that is none of the recordings. */
  readonly strangers: readonly string[];
  /** Whether recordings were known by their name alone, because their folders are called otherwise than in the table. */
  readonly moved: boolean;
}

const HINT =
  'Use the columns file, start, end (seconds) and label, Raven\'s "Begin Time (s)" and "End Time (s)", or a label track of ' +
  "Audacity's.";

/**
 * A table of labels: a CSV file with file, start, end (seconds) and any other columns, a selection table of Raven's or
 * BirdNET-Analyzer's, or a label track of Audacity's. Where start holds dates with times they are joined by UTC, and a
 * table needs no file.
 */
export class LabelTable {
  readonly columns: readonly string[];
  /** Whether the table says which recording a label belongs to. */
  readonly namesFiles: boolean;
  /** Whether its times are of the clock, so that only windows with UTC find their labels. */
  readonly byClock: boolean;
  /** By the recording's path or name as it stands in the table; by nothing where it names none. */
  readonly #labels: ReadonlyMap<string, readonly Label[]>;
  readonly #name: string;

  private constructor(name: string, reader: RowReader, labels: ReadonlyMap<string, readonly Label[]>) {
    this.#name = name;
    this.columns = reader.columns.kept.map((at) => reader.columns.titles[at] as string);
    this.namesFiles = reader.columns.recording.length > 0;
    this.byClock = reader.byClock;
    this.#labels = labels;
  }

  /**
   * Throws `bad_option`, naming the line, for a table without times, or a row whose times are none, whose recording is not
   * said, or that has more fields than there are columns.
   */
  static async read(rows: AsyncIterable<TableRow>, delimiter: Delimiter, name: string): Promise<LabelTable> {
    const labels = new Map<string, Label[]>();
    let reader: RowReader | undefined;
    for await (const row of withHead(rows, delimiter)) {
      if (reader === undefined) {
        const columns = labelColumns(row.fields);
        if (columns === undefined) throw noTimes(name, row.fields);
        reader = new RowReader(columns, delimiter, name);
        continue;
      }
      const { recording, label } = reader.read(row);
      const others = labels.get(recording);
      if (others === undefined) labels.set(recording, [label]);
      else others.push(label);
    }
    if (reader === undefined) throw noTimes(name, []);
    if (reader.columns.overAllFiles && mayRunOn(labels)) throw overAll(name, labels);
    return new LabelTable(name, reader, labels);
  }

  /** Every row, by recordings: the recording's name as it stands in the table, and what the columns say. */
  *rows(): Generator<{ readonly recording: string; readonly label: Label }> {
    for (const [recording, labels] of this.#labels) for (const label of labels) yield { recording, label };
  }

  /** The recordings that the table names, as it writes them. */
  get files(): readonly string[] {
    return this.namesFiles ? [...this.#labels.keys()] : [];
  }

  /**
   * The labels of recordings. Throws `bad_option` where a name is of several of them, where the table names none of them,
   * and where it does not say which of several it is of.
   */
  join(recordings: readonly Labelled[]): Labels {
    const empty = this.columns.map(() => "");
    const shared = this.#labels.get("");
    if (!this.namesFiles) {
      if (!this.byClock && recordings.length > 1) throw this.#unnamed(recordings.length);
      const track = new Track(shared ?? []);
      return this.#labelsOf(new Map(recordings.map(({ name }) => [name, track])), empty, [], false);
    }
    const { of, ambiguous, strangers, moved } = namedRecordings(this.files, recordings);
    const [unclear] = ambiguous;
    if (unclear !== undefined) throw this.#ambiguous(unclear.path, unclear.recordings);
    const tracks = new Map<string, Track>();
    for (const [at, { name }] of recordings.entries()) {
      const paths = of[at] ?? [];
      if (paths.length > 0) tracks.set(name, new Track(paths.flatMap((path) => this.#labels.get(path) ?? [])));
    }
    if (tracks.size === 0) throw this.#none();
    return this.#labelsOf(tracks, empty, strangers, moved);
  }

  #labelsOf(
    tracks: ReadonlyMap<string, Track>,
    empty: readonly string[],
    strangers: readonly string[],
    moved: boolean,
  ): Labels {
    const { byClock, columns } = this;
    return {
      columns,
      named: tracks.size,
      strangers,
      moved,
      at(recording, span) {
        // Without UTC no label of a clock is met: every comparison with NaN is false.
        const start = byClock ? Date.parse(span.utc ?? "") / 1000 : span.start;
        const end = byClock ? start + (span.end - span.start) : span.end;
        return tracks.get(recording)?.at(start, end)?.values ?? empty;
      },
    };
  }

  #unnamed(count: number): OrcaError {
    return new OrcaError("bad_option", `The labels do not say which of ${count} recordings they are of.`, {
      field: "labels",
      hint: 'Add a column file (in Raven: "Begin Path" or "Begin File"), or give one recording.',
    });
  }

  #ambiguous(path: string, [one, other]: readonly [string, string]): OrcaError {
    const what = `${this.#name} has labels of ${path}, which is the name of ${one} and of ${other}.`;
    return new OrcaError("bad_option", what, {
      field: "labels",
      hint: "Write paths into the table, as far as they tell the recordings apart.",
    });
  }

  #none(): OrcaError {
    const some = this.files.slice(0, 3).join(", ");
    return new OrcaError("bad_option", `No label is of any of the recordings: ${some} …`, {
      field: "labels",
      hint: "Paths or names in the table must be the recordings' own; a path fits where the recording's path ends with it.",
    });
  }
}

async function* withHead(rows: AsyncIterable<TableRow>, delimiter: Delimiter): AsyncGenerator<TableRow> {
  const all = rows[Symbol.asyncIterator]();
  const first = await all.next();
  if (first.done === true) return;
  const again = (async function* () {
    yield first.value;
    for (let next = await all.next(); next.done !== true; next = await all.next()) yield next.value;
  })();
  yield* isAudacity(first.value, delimiter) ? audacityRows(again) : again;
}

function noTimes(name: string, titles: readonly string[]): OrcaError {
  const what = `${name} has no column of start times, or none of ends${titles.length === 0 ? "" : `: ${titles.join(", ")}`}.`;
  return new OrcaError("bad_option", what, { field: "labels", hint: HINT });
}

/**
 * Whether times of several files may be of one clock that runs from file to file: no file's begin while another's go on.
 * Where two files' do, each is counted from its own start.
 */
function mayRunOn(labels: ReadonlyMap<string, readonly Label[]>): boolean {
  const begins = [...labels].flatMap(([file, of]) => of.map(({ start }) => ({ file, start })));
  begins.sort((a, b) => a.start - b.start);
  const changes = begins.filter(({ file, start }, at) => {
    const before = begins[at - 1];
    return before !== undefined && before.file !== file && before.start < start;
  });
  const together = begins.some(
    ({ file, start }, at) => begins[at - 1]?.start === start && begins[at - 1]?.file !== file,
  );
  return labels.size > 1 && !together && changes.length === labels.size - 1;
}

function overAll(name: string, labels: ReadonlyMap<string, readonly Label[]>): OrcaError {
  const what =
    `${name} names ${labels.size} files and has "Begin Time (s)", which Raven counts over all files, ` +
    'without "File Offset (s)", so where in each file a label lies is not known.';
  return new OrcaError("bad_option", what, {
    field: "labels",
    hint:
      'In Raven add the measurement "File Offset (s)" and save the table again; where times are counted from the start of each ' +
      'file, call the columns "start" and "end".',
  });
}

/** Reads rows by their columns. */
class RowReader {
  readonly columns: LabelColumns;
  readonly #delimiter: Delimiter;
  readonly #name: string;
  #byClock: boolean | undefined;

  constructor(columns: LabelColumns, delimiter: Delimiter, name: string) {
    this.columns = columns;
    this.#delimiter = delimiter;
    this.#name = name;
  }

  get byClock(): boolean {
    return this.#byClock === true;
  }

  read(row: TableRow): { recording: string; label: Label } {
    const { start, end, begin, duration, kept, recording } = this.columns;
    // The first row tells whether times are of a clock.
    this.#byClock ??= clockSeconds(row.fields[start]) !== undefined;
    const surplus = row.fields.findIndex((field, at) => at >= this.columns.titles.length && field !== "");
    if (surplus !== -1) {
      const what = `has ${surplus + 1} fields, and there are ${this.columns.titles.length} columns.`;
      throw this.#wrong(row, what, "Put quotes around a field that holds what parts them.");
    }
    const from = this.#time(row, start, this.byClock);
    const length =
      end === undefined
        ? this.#time(row, duration as number, false)
        : this.#time(row, end, this.byClock) - (begin === undefined ? from : this.#time(row, begin, false));
    if (length < 0) throw this.#wrong(row, "ends before it begins.");
    const name = recording.map((at) => row.fields[at] ?? "").find((text) => text !== "");
    if (name === undefined && recording.length > 0) throw this.#wrong(row, "does not say its recording.");
    const values = kept.map((at) => row.fields[at] ?? "");
    return { recording: name ?? "", label: { start: from, end: from + length, values } };
  }

  #time(row: TableRow, at: number, clock: boolean): number {
    const text = row.fields[at] ?? "";
    const value = clock ? clockSeconds(text) : numberCell(text, this.#delimiter);
    if (value !== undefined) return value;
    const what = `${this.columns.titles[at]} is ${JSON.stringify(text.slice(0, 60))}, ${clock ? "no date and time" : "not a number"}.`;
    throw this.#wrong(row, what, clock ? "Times are like 2024-05-01T12:00:00Z." : "Times are seconds, with a point.");
  }

  #wrong({ line }: TableRow, what: string, hint = HINT): OrcaError {
    return new OrcaError("bad_option", `${this.#name}, line ${line}: ${what}`, { field: "labels", hint });
  }
}

/** Seconds since 1970 of a date and time, read as UTC where it states no zone; undefined for anything else. */
function clockSeconds(text: string | undefined): number | undefined {
  const stamp = isoTime(text?.replaceAll("/", "-") ?? "");
  return stamp === undefined ? undefined : stampUtc(stamp) / 1000;
}
