import type { EmbedRecord, HeaderRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import type { Thumbnails } from "../bundle/thumbnails.ts";
import { Growing } from "./growing.ts";
import type { KeptRows } from "./kept-rows.ts";

/** How a result was made, as far as it is known: a collection and a bundle say less than a run. */
export type ResultHeader = Pick<HeaderRecord, "model" | "embedding" | "window"> & Partial<HeaderRecord>;

/** What a collection or a bundle says of a window besides. */
export interface FurtherCells {
  readonly columns: readonly string[];
  /** A window's cells; null is an empty one. */
  cells(window: number): readonly (string | null)[];
  /** All of it as one text, in which is searched. */
  text(window: number): string;
}

/** Windows that were not made here. */
export interface KeptWindows {
  readonly header: ResultHeader;
  /** Seconds. */
  readonly starts: number[];
  readonly ends: number[];
  readonly utcs?: (string | undefined)[];
  readonly rms?: (number | undefined)[];
  readonly rows: KeptRows;
  readonly further?: FurtherCells;
  readonly thumbnails?: ThumbnailsOf | undefined;
}

/** Pictures of windows, and which is whose. */
export interface ThumbnailsOf {
  readonly all: Thumbnails;
  point(window: number): number;
}

/** What one model said of one recording, in typed arrays; of what was not made here the embeddings stay where they lie. */
export class Result {
  readonly header: ResultHeader;
  /** Where the embeddings are, if they are not in memory. */
  kept: KeptRows | undefined;
  further: FurtherCells | undefined;
  thumbnails: ThumbnailsOf | undefined;
  starts: number[] = [];
  ends: number[] = [];
  readonly #padded: (number | undefined)[] = [];
  #rms: (number | undefined)[] = [];
  #utcs: (string | undefined)[] = [];
  /** The first frame of each window among all. */
  readonly #firstFrames: number[] = [];
  /** [windows, header.embedding] */
  readonly embeddings = new Growing();
  /** [windows, header.scores] */
  readonly scores = new Growing();
  /** [frames, bands] of the whole recording: windows that overlap share their frames. */
  readonly frames = new Growing();
  /** For each window the best class and its score. */
  readonly topClass: number[] = [];
  readonly topScore: number[] = [];
  summary: SummaryRecord | undefined;

  constructor(header: ResultHeader) {
    this.header = header;
  }

  /** The result of windows that were not made here. */
  static of({ header, starts, ends, utcs = [], rms = [], rows, further, thumbnails }: KeptWindows): Result {
    const result = new Result(header);
    Object.assign(result, { starts, ends, kept: rows, further, thumbnails });
    result.#utcs = utcs;
    result.#rms = rms;
    return result;
  }

  /** A window's own time and how loud it is, where that is known. */
  facts(window: number): { readonly utc: string | undefined; readonly rms: number | undefined } {
    return { utc: this.#utcs[window], rms: this.#rms[window] };
  }

  /** Rows of windows, wherever they are; those in memory are a view, good until more come. */
  rows(from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    const size = this.header.embedding;
    return this.kept?.read(from, to) ?? Promise.resolve(this.embeddings.view(from * size, to * size));
  }

  get windows(): number {
    return this.starts.length;
  }

  /** What the net's pictures are; undefined for a model that takes the waveform. */
  get picture(): HeaderRecord["spectrogram"] {
    return this.header.spectrogram;
  }

  /** Frames from one window to the next. */
  get hopFrames(): number {
    return Math.round(this.header.window.hop / (this.picture?.hop ?? 1));
  }

  push(record: WindowRecord): void {
    const { bands = 1 } = this.picture ?? {};
    const frames = record.spectrogram ?? new Float32Array(0);
    const last = this.starts.at(-1);
    // Behind a gap in time a window shares no frame with the one before it.
    const shares = last !== undefined && Math.abs(record.start - last - this.header.window.hop) < 1e-4;
    this.frames.push(shares ? frames.subarray(frames.length - this.hopFrames * bands) : frames);
    this.#firstFrames.push((this.frames.length - frames.length) / bands);
    this.#utcs.push(record.utc);
    this.starts.push(record.start);
    this.ends.push(record.end);
    this.#padded.push(record.padded);
    this.#rms.push(record.rms);
    this.embeddings.push(record.embedding);
    const { scores } = record;
    if (scores === undefined) return;
    this.scores.push(scores);
    let top = 0;
    for (let at = 1; at < scores.length; at++) if ((scores[at] as number) > (scores[top] as number)) top = at;
    this.topClass.push(top);
    this.topScore.push(scores[top] as number);
  }

  finish(summary: SummaryRecord | undefined): void {
    this.summary = summary;
    for (const column of [this.embeddings, this.scores, this.frames]) column.trim();
  }

  /** The first frame of a window among all. */
  firstFrame(window: number): number {
    return this.#firstFrames[window] as number;
  }

  /** The records as they came. Without a summary, because it was cancelled or failed, there is none at the end. */
  async *records(include: { readonly spectrogram: boolean }): AsyncGenerator<EmbedRecord> {
    yield { ...UNKNOWN, ...this.header } as HeaderRecord;
    const { bands = 1, frames = 0 } = this.picture ?? {};
    const classes = this.header.scores ?? 0;
    for (let index = 0; index < this.windows; index++) {
      const padded = this.#padded[index];
      const utc = this.#utcs[index];
      const from = this.firstFrame(index) * bands;
      yield {
        type: "window",
        index,
        start: this.starts[index] as number,
        end: this.ends[index] as number,
        ...(utc === undefined ? {} : { utc }),
        ...(padded === undefined ? {} : { padded }),
        rms: this.#rms[index] ?? 0,
        embedding: (await this.rows(index, index + 1)).slice(),
        ...(classes === 0 ? {} : { scores: this.scores.view(index * classes, (index + 1) * classes).slice() }),
        ...(include.spectrogram && frames > 0
          ? { spectrogram: this.frames.view(from, from + frames * bands).slice() }
          : {}),
      };
    }
    if (this.summary !== undefined) yield this.summary;
  }
}

/** What a record says where nobody knows how it was made. */
const UNKNOWN = { type: "header", variant: "unknown", engine: "unknown", version: "unknown" } as const;
