/** Recordings whose windows were made elsewhere, put among those of the page. */
import { KeptRows } from "./kept-rows.ts";
import { newRecording, type Recording } from "./recording.ts";
import { type FurtherCells, Result, type ResultHeader, type ThumbnailsOf } from "./result.ts";
import type { Session } from "./session.ts";

/** Windows of one model, of any number of recordings: arrays of one length. */
export interface KeptSet {
  readonly header: ResultHeader;
  /** Of each window the number of its recording. */
  readonly recording: ArrayLike<number>;
  /** Seconds from the recording's start. */
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
  /** ISO 8601, and full scale 1, where they are known. */
  readonly utc?: (window: number) => string | undefined;
  readonly rms?: (window: number) => number | undefined;
  /** [windows, dimensions] */
  readonly rows: Blob;
  readonly recordings: readonly KeptRecording[];
  readonly further?: FurtherCells;
  readonly thumbnails?: ThumbnailsOf | undefined;
}

export interface KeptRecording {
  readonly name: string;
  /** Whether its windows have times, and are not only numbered. */
  readonly timed: boolean;
  readonly start?: Date | undefined;
  /** Where its sound can be fetched, if it can. */
  readonly fetchFile?: (() => Promise<Blob>) | undefined;
}

/** Puts them into the list. Gives the recordings, in the order of `recordings`, those without windows left out. */
export function takeKept(session: Session, set: KeptSet): Recording[] {
  const { header, rows } = set;
  const windowsOf = set.recordings.map((): number[] => []);
  for (let window = 0; window < set.recording.length; window++)
    windowsOf[set.recording[window] as number]?.push(window);
  for (const windows of windowsOf)
    windows.sort((a, b) => (set.starts[a] as number) - (set.starts[b] as number) || a - b);
  const order = windowsOf.flat();
  const kept = new KeptRows(inOrder(rows, order, header.embedding), header.embedding);
  const taken: Recording[] = [];
  let first = 0;
  for (const [at, facts] of set.recordings.entries()) {
    const windows = windowsOf[at] as number[];
    if (windows.length === 0) continue;
    const pick = <T>(value: (window: number) => T) => windows.map(value);
    const { utc, rms, further, thumbnails } = set;
    const result = Result.of({
      header,
      starts: pick((window) => set.starts[window] as number),
      ends: pick((window) => set.ends[window] as number),
      ...(utc === undefined ? {} : { utcs: pick(utc) }),
      ...(rms === undefined ? {} : { rms: pick(rms) }),
      rows: kept.part(first, windows.length),
      ...(further === undefined
        ? {}
        : {
            further: {
              columns: further.columns,
              cells: (at) => further.cells(windows[at] as number),
              text: (at) => further.text(windows[at] as number),
            },
          }),
      ...(thumbnails === undefined
        ? {}
        : { thumbnails: { all: thumbnails.all, point: (at) => thumbnails.point(windows[at] as number) } }),
    });
    first += windows.length;
    const recording = recordingFor(session, facts, header.model);
    recording.results.set(header.model, result);
    taken.push(recording);
  }
  session.changed();
  return taken;
}

/** The one that is here already by this name, or a new one. */
function recordingFor(session: Session, facts: KeptRecording, model: string): Recording {
  const { name, timed, start, fetchFile } = facts;
  const id = `named ${name}`;
  const here =
    session.recordings.find((one) => one.id === id) ??
    session.recordings.find((one) => one.name === name && !one.results.has(model));
  const recording = here ?? newRecording(id, name, undefined);
  recording.timed = timed;
  recording.fetchFile ??= fetchFile;
  if (start !== undefined && recording.start === undefined) {
    recording.start = start;
    recording.startBy = "what it was opened from";
  }
  if (here === undefined) session.take(recording);
  return recording;
}

/** Rows in another order: pieces of the same Blob, nothing is read for it. */
function inOrder(rows: Blob, order: readonly number[], size: number): Blob {
  const runs: { from: number; to: number }[] = [];
  for (const row of order) {
    const last = runs.at(-1);
    if (last?.to === row) last.to++;
    else runs.push({ from: row, to: row + 1 });
  }
  const [only] = runs;
  if (runs.length === 1 && only?.from === 0 && 4 * size * only.to === rows.size) return rows;
  return new Blob(runs.map(({ from, to }) => rows.slice(4 * size * from, 4 * size * to)));
}
