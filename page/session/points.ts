import { type Axes, project, type Rows, someRows } from "../analysis/pca.ts";
import type { PcaRequest } from "../analysis/pca-worker.ts";
import type { UmapProgress, UmapRequest } from "../analysis/umap-worker.ts";
import type { Recording } from "./recording.ts";
import type { Result } from "./result.ts";
import type { Session } from "./session.ts";

/** One window of one recording. */
export interface Point {
  readonly recording: Recording;
  readonly result: Result;
  readonly window: number;
}

/** A recording's windows among the points. */
interface PointSet {
  readonly recording: Recording;
  readonly result: Result;
  /** The number of its first point. */
  readonly first: number;
}

interface Index {
  readonly version: number;
  readonly sets: readonly PointSet[];
  readonly count: number;
  readonly firsts: ReadonlyMap<Recording, number>;
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
  #known: Index | undefined;
  #axes: Axes | undefined;
  /** Points on which the axes were found, or are being found. */
  #fitted = 0;
  #fitting: Worker | undefined;
  #placed: { readonly axes: Axes; readonly count: number; readonly sets: number } | undefined;
  readonly #places = new WeakMap<Result, { readonly axes: Axes; readonly places: Float32Array }>();
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
  sets(): readonly PointSet[] {
    return this.#index().sets;
  }

  get count(): number {
    return this.#index().count;
  }

  at(index: number): Point | undefined {
    const { sets, count } = this.#index();
    if (index < 0 || index >= count) return undefined;
    let [low, high] = [0, sets.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((sets[middle] as PointSet).first <= index) low = middle;
      else high = middle - 1;
    }
    const { recording, result, first } = sets[low] as PointSet;
    return { recording, result, window: index - first };
  }

  indexOf(recording: Recording, window: number): number {
    const first = this.#index().firsts.get(recording);
    return first === undefined ? -1 : first + window;
  }

  /** What is where, made anew when something came or went. */
  #index(): Index {
    const { version, recordings } = this.#session;
    if (this.#known?.version === version) return this.#known;
    const sets: PointSet[] = [];
    let count = 0;
    for (const recording of recordings) {
      const result = recording.results.get(this.model);
      if (result === undefined || result.windows === 0) continue;
      sets.push({ recording, result, first: count });
      count += result.windows;
    }
    this.#known = { version, sets, count, firsts: new Map(sets.map(({ recording, first }) => [recording, first])) };
    return this.#known;
  }

  rows(): Rows {
    const { sets } = this.#index();
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
    const busy = this.#session.runs.busyWith(this.model);
    if (count > 0 && this.#fitting === undefined && count !== this.#fitted && !(busy && count < 1.25 * this.#fitted)) {
      this.#fit(count);
    }
    const axes = this.#axes;
    const { sets } = this.#index();
    if (
      axes !== undefined &&
      (this.#placed?.axes !== axes || this.#placed.count !== count || this.#placed.sets !== sets.length)
    ) {
      this.#positions = new Float32Array(2 * count);
      for (const { result, first } of sets) this.#positions.set(this.#placesOf(result, axes), 2 * first);
      this.#placed = { axes, count, sets: sets.length };
    }
    return this.#positions;
  }

  /** x and y of a result's windows: each is placed once, until there are other axes. */
  #placesOf(result: Result, axes: Axes): Float32Array {
    const known = this.#places.get(result);
    if (known?.axes === axes && known.places.length === 2 * result.windows) return known.places;
    const before = known?.axes === axes ? known.places : new Float32Array(0);
    const size = result.header.embedding;
    const fresh = project(
      { size, parts: [result.embeddings.view((before.length / 2) * size, result.windows * size)] },
      axes,
    );
    const places = new Float32Array(before.length + fresh.length);
    places.set(before);
    places.set(fresh, before.length);
    this.#places.set(result, { axes, places });
    return places;
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
