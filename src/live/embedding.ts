import type { Finding, ReadingModules } from "../audio/index.ts";
import { type EmbedOptions, embedBatches } from "../embed/index.ts";
import type { LoadedModel } from "../models/index.ts";
import type { LiveRecord, SummaryRecord } from "../records/index.ts";
import type { LiveEvent } from "./types.ts";

/**
 * Records of what is followed, as they are made: for each stretch a header, its windows and a summary, with decoder,
 * resampler and front end made anew; gaps between. Nobody can leave while it waits but by what ends `events`.
 */
export async function* embedLive(
  events: AsyncIterator<LiveEvent>,
  load: () => Promise<LoadedModel>,
  modules: ReadingModules,
  options: EmbedOptions,
): AsyncGenerator<readonly LiveRecord[]> {
  /** What was found between two stretches: the next one's summary tells it. */
  let findings: Finding[] = [];
  let step = await events.next();
  while (!step.done) {
    const event = step.value;
    if (event.kind === "start") {
      const stretch = new Stretch(events, event.cut === true, findings);
      findings = [];
      const start = event.start === undefined ? {} : { start: event.start };
      for await (const records of withNotes(embedBatches(stretch, load, modules, { ...options, ...start }), stretch))
        yield records.map((record) => (record.type === "summary" ? stretch.summary(record) : record));
      step = await stretch.end();
      continue;
    }
    if (event.kind === "gap") yield [event.gap];
    else if (event.kind === "waiting") yield [event.waiting];
    else if (event.kind === "finding") findings.push(event.finding);
    step = await events.next();
  }
}

/** The bytes of one stretch, out of the events; what belongs to no stretch is laid aside. */
class Stretch implements AsyncIterator<Uint8Array> {
  readonly #events: AsyncIterator<LiveEvent>;
  readonly #cut: boolean;
  readonly #findings: Finding[];
  /** What is to be said while the stretch goes on. */
  readonly notes: LiveRecord[] = [];
  /** Called when there is a note. */
  noted = () => {};
  #after: IteratorResult<LiveEvent, unknown> | undefined;

  /**
   * @param cut  whether its bytes begin and end anywhere
   * @param findings  of what is published, beside those of the bytes
   */
  constructor(events: AsyncIterator<LiveEvent>, cut: boolean, findings: Finding[]) {
    this.#events = events;
    this.#cut = cut;
    this.#findings = findings;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (this.#after === undefined) {
      const step = await this.#events.next();
      if (step.done || step.value.kind === "start" || step.value.kind === "gap" || step.value.kind === "end")
        this.#after = step;
      else if (step.value.kind === "segment") return { done: false, value: step.value.bytes };
      else if (step.value.kind === "finding") this.#findings.push(step.value.finding);
      else {
        this.notes.push(step.value.waiting);
        this.noted();
      }
    }
    return { done: true, value: undefined };
  }

  /** The event that ended it. */
  async end(): Promise<IteratorResult<LiveEvent, unknown>> {
    return this.#after ?? (await this.#events.next());
  }

  /**
   * A summary with what was found out about what is published. What a stretch lost within itself was found before it was
   * let in; where its bytes are cut anywhere, only their first and last frame are left to be incomplete.
   */
  summary(record: SummaryRecord): SummaryRecord {
    const own = this.#cut ? record.findings.map((finding) => ({ ...finding, lost: false })) : record.findings;
    return { ...record, complete: this.#cut || record.complete, findings: [...own, ...this.#findings] };
  }
}

/** The batches, and the notes as soon as they are made. */
async function* withNotes(
  batches: AsyncGenerator<readonly LiveRecord[]>,
  stretch: Stretch,
): AsyncGenerator<readonly LiveRecord[]> {
  let waited: Promise<unknown> = Promise.resolve();
  try {
    for (;;) {
      const next = batches.next();
      waited = next;
      let settled = false;
      const settle = () => {
        settled = true;
        stretch.noted();
      };
      next.then(settle, settle);
      while (!settled || stretch.notes.length > 0) {
        const note = stretch.notes.shift();
        if (note !== undefined) yield [note];
        else
          await new Promise<void>((resolve) => {
            stretch.noted = resolve;
            if (settled) resolve();
          });
      }
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    // The receiver left: what it waited for is nobody's any more, and a generator closes only after its step.
    waited.catch(() => undefined);
    void batches.return(undefined).catch(() => undefined);
  }
}
