import { COPY_ROWS, type CollectionFolder } from "../../collection/folder.node.ts";
import type { CollectionModel } from "../../collection/index.ts";
import { HeadStage, type LoadedHead, Logits, type RunningOptions } from "../../heads/index.ts";
import type { Detection } from "../../output/detections/detection.ts";
import { type RecordingPlace, recordingFacts } from "./collected.ts";
import { runningModel } from "./running-model.ts";

/** Some windows of one recording, or of several, in the order of their times. */
export interface Scanned {
  readonly count: number;
  /** Numbers by which recordings are told apart. */
  readonly recordings: ArrayLike<number>;
  /** Seconds from the recording's start. */
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
  /** [count, dimensions], in the room that was given. */
  readonly vectors: Float32Array;
}

/** Finds the events of heads in windows that come recording by recording; its state is bounded. */
export class EventFinder {
  readonly #kernels: WebAssembly.Module;
  readonly #model: CollectionModel;
  readonly #heads: readonly LoadedHead[];
  readonly #options: RunningOptions;
  readonly #facts: (recording: number) => RecordingPlace | undefined;
  readonly #path: (name: string) => string;
  readonly #logits: Logits;
  readonly #values: Float64Array;
  #open:
    | { readonly id: number; readonly stage: HeadStage; readonly quiet: Float64Array; quietWindows: number }
    | undefined;

  /** Throws `bad_option` for heads of another model. @param path  where a recording lies, by its name */
  constructor(
    kernels: WebAssembly.Module,
    model: CollectionModel,
    heads: readonly LoadedHead[],
    options: RunningOptions,
    facts: (recording: number) => RecordingPlace | undefined,
    path: (name: string) => string,
  ) {
    this.#kernels = kernels;
    this.#model = model;
    this.#heads = heads;
    this.#options = options;
    this.#facts = facts;
    this.#path = path;
    // Heads that do not fit are refused before there are windows.
    new HeadStage(kernels, runningModel(model), heads, [], options);
    this.#logits = new Logits(
      kernels,
      heads.map(({ head }) => head),
    );
    this.#values = new Float64Array(COPY_ROWS * this.#logits.count);
  }

  /** Where `count` vectors, COPY_ROWS at most, are put for `push`: good until the next call. */
  room(count: number): Float32Array<ArrayBuffer> {
    return this.#logits.room(count);
  }

  /** The events that end with these windows. */
  push({ count, recordings, starts, ends, vectors }: Scanned): Detection[] {
    const found: Detection[] = [];
    const { dimensions } = this.#model;
    const logits = this.#logits;
    const values = this.#values;
    logits.runThere(count, values);
    for (let at = 0; at < count; at++) {
      const id = recordings[at] as number;
      if (this.#open?.id !== id) {
        found.push(...this.flush());
        this.#open = this.#begin(id);
      }
      const open = this.#open;
      if (isQuiet(values, at * logits.count, open.quiet)) {
        open.quietWindows++;
        continue;
      }
      open.stage.skip(open.quietWindows);
      open.quietWindows = 0;
      const vector = vectors.subarray(at * dimensions, (at + 1) * dimensions);
      const scores = open.stage.scoreOf(values, at * logits.count, vector, undefined);
      // The last window may reach beyond the recording.
      const end = Math.min(ends[at] as number, this.#facts(id)?.seconds ?? Number.POSITIVE_INFINITY);
      found.push(...this.#told(id, open.stage.events({ start: starts[at] as number, end }, scores)));
    }
    return found;
  }

  /** The recording has ended: so have all events. */
  flush(): Detection[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? [] : this.#told(open.id, open.stage.flush());
  }

  #begin(id: number) {
    const site = this.#options.site ?? this.#facts(id)?.site;
    const options = { ...this.#options, site };
    const stage = new HeadStage(this.#kernels, runningModel(this.#model), this.#heads, [], options);
    return { id, stage, quiet: stage.quietBelow(), quietWindows: 0 };
  }

  #told(id: number, events: ReturnType<HeadStage["flush"]>): Detection[] {
    const { name = "", site = "", utc } = this.#facts(id) ?? {};
    const high = (this.#model.rate ?? 0) / 2;
    return events.flatMap((event): Detection[] => {
      if (event.phase !== "end") return [];
      const { start, end, peak, peakStart, mean, windows, head, class: one } = event;
      return [
        {
          recording: name,
          path: this.#path(name),
          site,
          start,
          end,
          utc: utc === undefined ? undefined : utc + 1000 * start,
          head,
          class: one.name,
          peak,
          peakStart,
          mean,
          windows,
          low: one.low ?? 0,
          high: one.high ?? high,
          model: this.#model.id,
        },
      ];
    });
  }
}

/** The events of heads in a collection's recordings, by recordings and then by time. */
export async function detectionsIn(
  folder: CollectionFolder,
  kernels: WebAssembly.Module,
  heads: readonly LoadedHead[],
  options: RunningOptions,
  recordings: readonly string[] = [],
  path: (name: string) => string = (name) => name,
): Promise<{ readonly detections: Detection[]; readonly windows: number }> {
  const { collection } = folder;
  const facts = await recordingFacts(collection);
  const finder = new EventFinder(kernels, collection.model, heads, options, (id) => facts.get(id), path);
  const detections: Detection[] = [];
  let windows = 0;
  for await (const block of folder.placed((count) => finder.room(count), recordings)) {
    windows += block.count;
    for (const detection of finder.push(block)) detections.push(detection);
  }
  return { detections: [...detections, ...finder.flush()], windows };
}

/** Whether every class is so far below its thresholds that the window is no part of an event. */
function isQuiet(logits: Float64Array, first: number, below: Float64Array): boolean {
  for (let k = 0; k < below.length; k++) if (!((logits[first + k] as number) < (below[k] as number))) return false;
  return true;
}
