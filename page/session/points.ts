import { type Axes, project } from "../analysis/pca.ts";
import type { PcaRequest } from "../analysis/pca-worker.ts";
import type { UmapProgress, UmapRequest } from "../analysis/umap-worker.ts";
import { blocksOf, evenly, type RowBlock, rowsAt } from "./point-rows.ts";
import type { PointSet } from "./point-set.ts";
import type { Recording } from "./recording.ts";
import type { Result } from "./result.ts";
import type { Session } from "./session.ts";

/** One window of one recording. */
export interface Point {
  readonly recording: Recording;
  readonly result: Result;
  readonly window: number;
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
/** Of so many the shares need not stand still to the last place: the sample moves them more. */
const ROUGHLY = 1e-6;
/** Points of a picture by UMAP; of more an even share. The projector of TensorBoard takes as many. */
export const MOST_FOR_UMAP = 5000;

/** The windows of one model over all recordings, and where each lies in the plane. */
export class Points {
  readonly model: string;
  readonly #session: Session;
  #known: Index | undefined;
  #axes: Axes | undefined;
  /** Points on which the axes were found, or are being found. */
  #fitted = 0;
  #fitting = false;
  #placed: { readonly axes: Axes; readonly count: number; readonly sets: number; readonly kept: number } | undefined;
  /** Whether kept windows are being placed, and how often that was done. */
  #placing = false;
  #keptPlaced = 0;
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
    let size: number | undefined;
    for (const recording of recordings) {
      const result = recording.results.get(this.model);
      if (result === undefined || result.windows === 0) continue;
      size ??= result.header.embedding;
      if (result.header.embedding !== size) continue;
      sets.push({ recording, result, first: count });
      count += result.windows;
    }
    this.#known = { version, sets, count, firsts: new Map(sets.map(({ recording, first }) => [recording, first])) };
    return this.#known;
  }

  /** Numbers of an embedding. */
  get size(): number {
    return this.sets()[0]?.result.header.embedding ?? 1;
  }

  /** Embeddings of some points, [points, size], in their order. */
  rowsAt(points: ArrayLike<number>): Promise<Float32Array<ArrayBuffer>> {
    return rowsAt(this.sets(), points, this.size);
  }

  /** Embeddings of all points, in order, some at a time. */
  blocks(): AsyncGenerator<RowBlock> {
    return blocksOf(this.sets());
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
    if (count > 0 && !this.#fitting && count !== this.#fitted && !(busy && count < 1.25 * this.#fitted)) {
      void this.#fit(count);
    }
    const axes = this.#axes;
    const { sets } = this.#index();
    if (
      axes !== undefined &&
      (this.#placed?.axes !== axes ||
        this.#placed.count !== count ||
        this.#placed.sets !== sets.length ||
        this.#placed.kept !== this.#keptPlaced)
    ) {
      this.#positions = new Float32Array(2 * count);
      for (const { result, first } of sets) this.#positions.set(this.#placesOf(result, axes), 2 * first);
      this.#placed = { axes, count, sets: sets.length, kept: this.#keptPlaced };
    }
    return this.#positions;
  }

  /** x and y of a result's windows: each is placed once, until there are other axes. */
  #placesOf(result: Result, axes: Axes): Float32Array {
    const known = this.#places.get(result);
    if (known?.axes === axes && known.places.length === 2 * result.windows) return known.places;
    if (result.kept !== undefined) {
      void this.#placeKept(axes);
      return known?.places ?? new Float32Array(2 * result.windows).fill(Number.NaN);
    }
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

  /** Places what is not in memory, a block at a time. */
  async #placeKept(axes: Axes): Promise<void> {
    if (this.#placing) return;
    this.#placing = true;
    const { size } = this;
    const kept = this.sets().filter(({ result }) => result.kept !== undefined);
    const all = new Float32Array(2 * this.count).fill(Number.NaN);
    try {
      for await (const { first, rows } of blocksOf(kept)) all.set(project({ size, parts: [rows] }, axes), 2 * first);
      for (const { result, first } of kept)
        this.#places.set(result, { axes, places: all.slice(2 * first, 2 * (first + result.windows)) });
    } catch (thrown) {
      // Without an end it would be tried again at every frame.
      for (const { result } of kept)
        this.#places.set(result, { axes, places: new Float32Array(2 * result.windows).fill(Number.NaN) });
      this.#failed(thrown);
    }
    this.#placing = false;
    this.#keptPlaced++;
    this.#session.changed();
  }

  async #fit(count: number): Promise<void> {
    this.#fitting = true;
    this.#fitted = count;
    try {
      const { size } = this;
      const part = await this.rowsAt(evenly(count, MOST_FITTED));
      const rows: PcaRequest["rows"] = { size, parts: [finiteOnly(part, size)] };
      this.#axes = await answerOf<Axes>(
        new Worker(PCA_WORKER),
        { rows, like: this.#axes, settled: count > MOST_FITTED ? ROUGHLY : undefined } satisfies PcaRequest,
        [part.buffer],
      );
    } catch (thrown) {
      this.#failed(thrown);
    }
    this.#fitting = false;
    this.#session.changed();
  }

  #failed(thrown: unknown): void {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    this.#session.fail("The plane", { title: "The plane cannot be drawn", detail });
  }

  /** @param address  of umap-worker.js */
  async runUmap(address: string): Promise<void> {
    this.stopUmap();
    this.progress = 0;
    const worker = new Worker(address);
    this.#worker = worker;
    this.#session.changed();
    const { count, size } = this;
    const points = evenly(count, MOST_FOR_UMAP);
    const rows = await this.rowsAt(points);
    if (this.#worker !== worker) return;
    worker.onmessage = ({ data }: MessageEvent<UmapProgress>) => {
      const places = new Float32Array(2 * count).fill(Number.NaN);
      for (const [at, point] of points.entries()) {
        places[2 * point] = data.positions[2 * at] as number;
        places[2 * point + 1] = data.positions[2 * at + 1] as number;
      }
      this.projection = "umap";
      this.#umap = places;
      this.progress = data.done < 1 ? data.done : undefined;
      if (data.done === 1) {
        const share = points.length < count ? ` of ${count.toLocaleString("en")}, evenly taken,` : "";
        this.#session.say(`UMAP of ${points.length.toLocaleString("en")} windows${share} is done.`);
        this.stopUmap();
      }
      this.#session.changed();
    };
    worker.onerror = ({ message }) => {
      this.stopUmap();
      this.projection = "pca";
      this.#session.fail("UMAP", { title: "UMAP failed", detail: message });
    };
    worker.postMessage({ size, rows } satisfies UmapRequest, [rows.buffer]);
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

/** What a worker answers to one request; it is ended then. */
function answerOf<T>(worker: Worker, request: unknown, given: Transferable[]): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<T>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(request, given);
  }).finally(() => worker.terminate());
}

/** A row that is not finite would leave no axis. */
function finiteOnly(rows: Float32Array<ArrayBuffer>, size: number): Float32Array<ArrayBuffer> {
  let to = 0;
  for (let from = 0; from < rows.length; from += size) {
    if (!rows.subarray(from, from + size).every(Number.isFinite)) continue;
    if (to !== from) rows.copyWithin(to, from, from + size);
    to += size;
  }
  return rows.subarray(0, to);
}
