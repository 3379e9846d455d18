import type { ReadingModules } from "../audio/index.ts";
import { DEFAULT_OPTIONS, type EmbedOptions } from "../embed/index.ts";
import type { LoadedModel } from "../models/index.ts";
import type { LiveRecord } from "../records/index.ts";
import { embedLive } from "./embedding.ts";
import { headsBehind } from "./heads-behind.ts";
import { type Heard, SharedRecords } from "./shared-records.ts";
import type { LiveEvent } from "./types.ts";

/** Seconds of what is published in segments that whoever comes is given to begin with: a segment of most hydrophones. */
const SEGMENT = 10;

/** What a listener wants of a hydrophone. */
export interface Wanted {
  readonly load: () => Promise<LoadedModel>;
  readonly options: EmbedOptions;
}

/** A hydrophone, and those who listen to it: whoever wants the same net is given what it makes, once for all. */
export class Listening {
  readonly #modules: ReadingModules;
  readonly #events: (signal: AbortSignal) => AsyncGenerator<LiveEvent>;
  readonly #keep: number;
  /** By the net and what is chosen of it. */
  readonly #shared = new Map<string, SharedRecords>();
  /** Those that are made for listeners alone. */
  readonly #ours = new WeakSet<SharedRecords>();

  /**
   * @param events  what the hydrophone gives, from now on
   * @param published  whether it comes in segments, and not as it is made
   */
  constructor(modules: ReadingModules, events: (signal: AbortSignal) => AsyncGenerator<LiveEvent>, published: boolean) {
    this.#modules = modules;
    this.#events = events;
    this.#keep = published ? SEGMENT : 0;
  }

  /** Those who listen now. */
  get listeners(): number {
    return [...this.#shared.values()].reduce((sum, { listeners }) => sum + listeners, 0);
  }

  /**
   * What somebody makes of the hydrophone anyhow, for all who want the same; until he ends it.
   * @param since  ms since 1970: what was recorded before is caught up with, and nobody listens to it
   */
  offer(loaded: LoadedModel, options: EmbedOptions, since?: number): SharedRecords {
    const shared = new SharedRecords(this.#keep, since);
    this.#shared.get(keyOf(loaded, options))?.end();
    this.#shared.set(keyOf(loaded, options), shared);
    return shared;
  }

  /**
   * Records from now on, until the hydrophone has ended or `signal` aborts, with the listener's own heads. Throws what
   * loading, following and heads throw, and `too_slow` where he takes less than comes.
   */
  async *listen(wanted: Wanted, signal: AbortSignal, heard?: Heard): AsyncGenerator<readonly LiveRecord[]> {
    const { heads, scores } = wanted.options;
    const loaded = await wanted.load();
    const { id } = loaded.entry.description;
    const ruled = heads?.rules.some(({ model }) => model === id) ?? false;
    const options = { ...wanted.options, scores: scores || ruled };
    while (!signal.aborted) {
      const { shared, key } = this.#find(wanted.load, loaded, options);
      const records = headsBehind(shared.listen(signal, heard), loaded, this.#modules.kernels, heads);
      for await (const batch of records) yield scores ? batch : batch.map(withoutScores);
      // Where the hydrophone itself has ended there is no more; whoever offered them may only rest, or others offer them now.
      if (this.#ours.has(shared) && !this.#shared.has(key)) return;
    }
  }

  #find(load: Wanted["load"], loaded: LoadedModel, options: EmbedOptions) {
    const key = keyOf(loaded, options);
    // Scores that nobody asked for are left out later.
    for (const one of [key, keyOf(loaded, { ...options, scores: true })]) {
      const shared = this.#shared.get(one);
      if (shared !== undefined && !shared.over) return { shared, key: one };
    }
    return { shared: this.#run(load, key, options), key };
  }

  /** Embeds for as long as anybody listens. */
  #run(load: Wanted["load"], key: string, { heads: _, ...options }: EmbedOptions): SharedRecords {
    const shared = new SharedRecords(this.#keep);
    const leaving = new AbortController();
    this.#ours.add(shared);
    this.#shared.set(key, shared);
    const told = { ...options, heard: shared.hear, signal: leaving.signal };
    const run = async () => {
      for await (const records of embedLive(this.#events(leaving.signal), load, this.#modules, told)) {
        shared.publish(records);
        await shared.room();
        if (leaving.signal.aborted) return;
      }
    };
    const end = (failure?: unknown) => {
      shared.end(leaving.signal.aborted ? undefined : failure);
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
    };
    // Whoever comes now is not let in to what ends.
    shared.deserted = () => {
      leaving.abort();
      end();
    };
    run().then(() => end(), end);
    return shared;
  }
}

/** What makes records the same: the net, and what is chosen of what it hears and gives. */
function keyOf({ entry, variantName, engine }: LoadedModel, options: EmbedOptions): string {
  const { channel, highpass, pcen, postprocess, scores, spectrogram, outputs } = { ...DEFAULT_OPTIONS, ...options };
  const net = [entry.description.id, variantName, engine.id];
  return JSON.stringify([...net, channel ?? null, highpass ?? null, pcen, postprocess, scores, spectrogram, outputs]);
}

function withoutScores(record: LiveRecord): LiveRecord {
  if (record.type !== "window" || record.scores === undefined) return record;
  const { scores: _, ...rest } = record;
  return rest;
}
