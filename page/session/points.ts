import { type Axes, project, type Rows, someRows } from "../analysis/pca.ts";
import type { PcaRequest } from "../analysis/pca-worker.ts";
import type { UmapProgress, UmapRequest } from "../analysis/umap-worker.ts";
import type { Result } from "./result.ts";
import type { Recording, Session } from "./session.ts";

/** One window of one recording. */
export interface Point {
  readonly recording: Recording;
  readonly result: Result;
  readonly window: number;
}

/** Fewest windows that make a picture of neighbourhoods. */
export const FEWEST_FOR_UMAP = 8;

declare const PCA_WORKER: string;

/** Windows on which the axes are found; of more, an even share. */
const MOST_FITTED = 4000;

/** The windows of one model over all recordings, and where each lies in the plane. */
export class Points {
  readonly model: string;
  readonly #session: Session;
  #axes: Axes | undefined;
  /** Points on which the axes were found, or are being found. */
  #fitted = 0;
  #fitting: Worker | undefined;
  #placed: { readonly axes: Axes; readonly count: number } | undefined;
  #positions = new Float32Array(0);
  #umap: Float32Array | undefined;
  #worker: Worker | undefined;
  projection: "pca" | "umap" = "pca";
  /** How far UMAP has come, while it runs. */
  progress: number | undefined;

  constructor(model: string, session: Session) {
    this.model = model;
    this.#session = session;
  }

  /** Results in the order of the points. */
  sets(): { recording: Recording; result: Result }[] {
    return this.#session.recordings.flatMap((recording) => {
      const result = recording.results.get(this.model);
      return result === undefined || result.windows === 0 ? [] : [{ recording, result }];
    });
  }

  get count(): number {
    return this.sets().reduce((sum, { result }) => sum + result.windows, 0);
  }

  at(index: number): Point | undefined {
    let left = index;
    for (const { recording, result } of this.sets()) {
      if (left < result.windows) return { recording, result, window: left };
      left -= result.windows;
    }
    return undefined;
  }

  indexOf(recording: Recording, window: number): number {
    let before = 0;
    for (const set of this.sets()) {
      if (set.recording === recording) return before + window;
      before += set.result.windows;
    }
    return -1;
  }

  rows(): Rows {
    const sets = this.sets();
    return { size: sets[0]?.result.header.embedding ?? 1, parts: sets.map(({ result }) => result.embeddings.view()) };
  }

  /** Part of the variance that the two axes of PCA show. */
  get explained(): readonly [number, number] {
    return this.#axes?.explained ?? [0, 0];
  }

  /** x and y of each point. Windows that come are placed at once; a worker finds the axes anew as there are more of them. */
  positions(): Float32Array {
    if (this.projection === "umap" && this.#umap !== undefined) return this.#umap;
    const { count } = this;
    const busy = this.#session.sending?.model === this.model;
    if (count > 0 && this.#fitting === undefined && count !== this.#fitted && !(busy && count < 1.25 * this.#fitted)) {
      this.#fit(count);
    }
    if (this.#axes !== undefined && (this.#placed?.axes !== this.#axes || this.#placed.count !== count)) {
      this.#positions = project(this.rows(), this.#axes);
      this.#placed = { axes: this.#axes, count };
    }
    return this.#positions;
  }

  #fit(count: number): void {
    const rows = someRows(this.rows(), MOST_FITTED);
    const worker = new Worker(PCA_WORKER);
    [this.#fitting, this.#fitted] = [worker, count];
    const ended = () => {
      worker.terminate();
      this.#fitting = undefined;
      this.#session.changed();
    };
    worker.onmessage = ({ data }: MessageEvent<Axes>) => {
      this.#axes = data;
      ended();
    };
    worker.onerror = ({ message }) => {
      ended();
      this.#session.fail("PCA", { title: "The plane cannot be drawn", detail: message });
    };
    worker.postMessage({ rows, like: this.#axes } satisfies PcaRequest, [
      (rows.parts[0] as Float32Array<ArrayBuffer>).buffer,
    ]);
  }

  /** @param worker  the address of umap-worker.js */
  runUmap(worker: string): void {
    this.stopUmap();
    const { size, parts } = this.rows();
    const rows = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      rows.set(part, at);
      at += part.length;
    }
    this.progress = 0;
    this.#worker = new Worker(worker);
    this.#worker.onmessage = ({ data }: MessageEvent<UmapProgress>) => {
      this.projection = "umap";
      this.#umap = data.positions;
      this.progress = data.done < 1 ? data.done : undefined;
      if (data.done === 1) this.#session.say(`UMAP of ${data.positions.length / 2} windows is done.`);
      if (data.done === 1) this.stopUmap();
      this.#session.changed();
    };
    this.#worker.onerror = ({ message }) => {
      this.stopUmap();
      this.projection = "pca";
      this.#session.fail("UMAP", { title: "UMAP failed", detail: message });
    };
    this.#worker.postMessage({ size, rows } satisfies UmapRequest, [rows.buffer]);
    this.#session.changed();
  }

  stopUmap(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.progress = undefined;
  }

  usePca(): void {
    this.stopUmap();
    this.projection = "pca";
    this.#session.changed();
  }
}
