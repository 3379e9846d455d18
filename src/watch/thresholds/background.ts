import type { EventRecord, HeaderRecord, WindowRecord } from "../../records/index.ts";
import type { BackgroundStore } from "../store/background-store.ts";
import { BINS, binOf } from "./scores.ts";

/** Windows that are counted before they are written down. */
const AT_ONCE = 120;
/** Windows that wait, as an event may yet begin with them. */
const WAITING = 64;
const DAY = 86_400_000;

/** Whose scores a stretch's windows have. */
export function madeOf({ model, variant, heads = [] }: HeaderRecord, head: string): string {
  return `${model}/${variant}/${heads.find(({ id }) => id === head)?.sha256 ?? ""}`;
}

/** Counts the scores of windows that are no part of an event: a site's background. */
export class Background {
  readonly #hydrophone: string;
  readonly #store: BackgroundStore;
  #header: HeaderRecord | undefined;
  /** Probabilities by `HEAD\nCLASS`. */
  #waiting: { readonly end: number; readonly scores: Map<string, number> }[] = [];
  readonly #going = new Set<string>();
  readonly #counts = new Map<string, Float64Array<ArrayBuffer>>();
  #windows = 0;

  constructor(hydrophone: string, store: BackgroundStore) {
    this.#hydrophone = hydrophone;
    this.#store = store;
  }

  /** A stretch begins. */
  begin(header: HeaderRecord): void {
    this.#header = header;
    this.#waiting = [];
    this.#going.clear();
  }

  /** Windows come before the events that they begin. Within a transaction. @param now  ms since 1970 */
  pushWindow({ end, heads = {}, noise }: WindowRecord, now: number): void {
    const scores = new Map<string, number>();
    for (const [head, classes] of Object.entries(heads)) {
      if (noise?.[head] !== undefined) continue;
      for (const [name, probability] of Object.entries(classes)) {
        const key = `${head}\n${name}`;
        if (!this.#going.has(key) && !Number.isNaN(probability)) scores.set(key, probability);
      }
    }
    this.#waiting.push({ end, scores });
    if (this.#waiting.length > WAITING) this.#count(this.#waiting.shift()?.scores ?? new Map());
    if (this.#windows >= AT_ONCE) this.#keep(now);
  }

  push({ head, class: name, phase, start }: EventRecord): void {
    const key = `${head}\n${name}`;
    if (phase === "end") {
      this.#going.delete(key);
      return;
    }
    this.#going.add(key);
    for (const { end, scores } of this.#waiting) if (end > start) scores.delete(key);
  }

  /** The stretch has ended: no event begins any more with what waits. Within a transaction. */
  flush(now: number): void {
    for (const { scores } of this.#waiting) this.#count(scores);
    this.#waiting = [];
    this.#keep(now);
  }

  #count(scores: ReadonlyMap<string, number>): void {
    for (const [key, probability] of scores) {
      const counts = this.#counts.get(key) ?? new Float64Array(BINS);
      const bin = binOf(probability);
      counts[bin] = (counts[bin] ?? 0) + 1;
      this.#counts.set(key, counts);
    }
    this.#windows++;
  }

  #keep(now: number): void {
    const header = this.#header;
    if (header === undefined || this.#windows === 0) return;
    for (const [key, counts] of this.#counts) {
      const [head = "", name = ""] = key.split("\n");
      const of = { hydrophone: this.#hydrophone, made: madeOf(header, head), head, class: name };
      this.#store.add({ ...of, counts }, Math.floor(now / DAY));
    }
    this.#counts.clear();
    this.#windows = 0;
  }
}
