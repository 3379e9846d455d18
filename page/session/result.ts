import type { EmbedRecord, HeaderRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import { Growing } from "./growing.ts";

/** What one model said of one recording, in typed arrays. */
export class Result {
  readonly header: HeaderRecord;
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #padded: (number | undefined)[] = [];
  readonly #rms: number[] = [];
  readonly #utcs: (string | undefined)[] = [];
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

  constructor(header: HeaderRecord) {
    this.header = header;
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

  embedding(window: number): Float32Array<ArrayBuffer> {
    const size = this.header.embedding;
    return this.embeddings.view(window * size, (window + 1) * size);
  }

  /** The records as they came. Without a summary, because it was cancelled or failed, there is none at the end. */
  *records(include: { readonly spectrogram: boolean }): Generator<EmbedRecord> {
    yield this.header;
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
        rms: this.#rms[index] as number,
        embedding: this.embedding(index).slice(),
        ...(classes === 0 ? {} : { scores: this.scores.view(index * classes, (index + 1) * classes).slice() }),
        ...(include.spectrogram && frames > 0
          ? { spectrogram: this.frames.view(from, from + frames * bands).slice() }
          : {}),
      };
    }
    if (this.summary !== undefined) yield this.summary;
  }
}
