import type { EventRecord, HeaderRecord, WindowRecord } from "../../records/index.ts";
import type { WatchConfig, WatchedHydrophone } from "../config.ts";
import type { Telling } from "../deliveries/telling.ts";
import type { FoundEvent, MadeBy, WatchEvent } from "../event.ts";
import type { EventStore } from "../store/event-store.ts";
import type { ClipMaker } from "./clip-maker.ts";
import type { SoundKept } from "./sound-kept.ts";
import type { Suppressing } from "./suppressing.ts";

/** A sound card's clock against UTC, as live/segment-starts.ts has it. */
const DRIFT = 50e-6;
/** Windows that are looked back at when an event begins. */
const MOST_RECENT = 256;

/** An event whose sound is still to be kept. */
interface Open {
  readonly id: string;
  /** Seconds of the stretch. */
  readonly start: number;
  end: number;
  ended: boolean;
}

/** When a stretch began, as far as anybody knows. */
interface StretchTime {
  /** ms since 1970. */
  readonly utc: number;
  readonly source: string;
  readonly uncertainty: number | undefined;
}

interface Parts {
  readonly hydrophone: WatchedHydrophone;
  readonly store: EventStore;
  readonly telling: Telling;
  readonly sound: SoundKept;
  readonly suppressing: Suppressing;
  readonly clips: ClipMaker | undefined;
  readonly config: WatchConfig;
  /** Seconds between two events by which an earlier run may have found them as one. */
  readonly apart: number;
}

/** Events of a hydrophone as they are found: written down, told, their sound kept. */
export class EventKeeper {
  readonly #parts: Parts;
  /** Numbers of events that an earlier run wrote down. */
  readonly #before: number;
  #time: StretchTime = { utc: 0, source: "", uncertainty: undefined };
  #window = 0;
  #header: HeaderRecord | undefined;
  /** By head, class and number. */
  readonly #going = new Map<string, Open>();
  /** Windows that may be of an event that begins, and the rule that each falls under. */
  #recent: { readonly window: WindowRecord; readonly rule: string | undefined }[] = [];
  #open: Open[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#before = parts.store.lastNumber();
  }

  /** A stretch begins. @param now  ms since 1970 */
  begin(header: HeaderRecord, now: number): void {
    this.#header = header;
    this.#recent = [];
    this.#window = header.window.seconds;
    this.#time =
      header.start === undefined
        ? { utc: now, source: "when it came here", uncertainty: undefined }
        : { ...header.start, utc: Date.parse(header.start.utc) };
  }

  /** When a second of the stretch was, ms since 1970. */
  utc(seconds: number): number {
    return Math.round(this.#time.utc + 1000 * seconds);
  }

  /** From which second of the stretch on sound is still needed; infinity where none is. */
  get needed(): number {
    const { before } = this.#parts.config.clips;
    return this.#open.reduce((least, { start }) => Math.min(least, start - before), Number.POSITIVE_INFINITY);
  }

  /** Windows come before the events that they begin. Within a transaction. */
  pushWindow(window: WindowRecord, now: number): void {
    const { suppressing, store, telling, hydrophone } = this.#parts;
    const rule = suppressing.ruleOf(window.embedding, this.#model);
    this.#recent.push({ window, rule });
    if (this.#recent.length > MOST_RECENT) this.#recent.shift();
    if (rule !== undefined) return;
    for (const [key, { id }] of this.#going) {
      const event = store.event(id);
      const [head = "", name = ""] = key.split("\n");
      // What sounds like something else in it is worth telling after all.
      if (event?.suppressed !== undefined && this.#carries(window, head, name))
        telling.tell(store.suppress(id, undefined), "begin", hydrophone.deliver, now);
    }
  }

  /** Within a transaction. */
  push(record: EventRecord, now: number): void {
    const { hydrophone, store, telling, clips } = this.#parts;
    const key = `${record.head}\n${record.class}\n${record.number}`;
    const found = this.#found(record);
    const going = this.#going.get(key);
    if (record.phase === "begin") {
      const before = store.foundBefore(found, 1000 * this.#parts.apart, this.#before);
      const known = before === undefined ? store.begin(found, now) : store.extend(before.id, found, "begin");
      const rule = before === undefined ? this.#ruleOf(record) : undefined;
      const event = rule === undefined ? known : store.suppress(known.id, rule);
      telling.tell(event, "begin", hydrophone.deliver, now);
      const open = { id: event.id, start: record.start, end: record.end, ended: false };
      this.#going.set(key, open);
      if (event.clip === undefined && clips !== undefined) this.#open.push(open);
      return;
    }
    if (going === undefined) return;
    this.#going.delete(key);
    const event = store.extend(going.id, found, "end");
    going.end = record.end;
    going.ended = true;
    // With its sound, where that is still to come.
    if (!this.#open.includes(going)) telling.tell(event, "end", hydrophone.deliver, now);
  }

  /** Events that go on were heard so far. Within a transaction. */
  goOn(seconds: number): void {
    const ids = Array.from(this.#going.values(), ({ id }) => id);
    this.#parts.store.goOn(ids, this.utc(seconds));
  }

  /** Events of an earlier run whose time has been heard again, and that were not found again, are over. */
  closeBefore(heard: number, now: number): void {
    const { store, hydrophone, telling, apart } = this.#parts;
    for (const event of [...store.unfinished(hydrophone.name, this.#before)]) {
      if (event.end + 1000 * (apart + this.#window) >= heard) continue;
      if ([...this.#going.values(), ...this.#open].some(({ id }) => id === event.id)) continue;
      store.close(event.id, "The watch was stopped before its sound was kept.");
      telling.tell(store.event(event.id) as WatchEvent, "end", hydrophone.deliver, now);
    }
  }

  /** Keeps the sound of events that have ended, or are long enough. @param all  nothing more comes of this stretch */
  async keepSound(all: boolean, now: () => number): Promise<void> {
    const { clips, config, sound, store, telling, hydrophone } = this.#parts;
    if (clips === undefined) return;
    const { before, after, longest } = config.clips;
    for (const open of [...this.#open]) {
      const from = Math.max(0, open.start - before);
      const to = Math.min(open.ended ? open.end + after : Number.POSITIVE_INFINITY, from + longest);
      if (!all && sound.seconds < to) continue;
      const { samples, start } = sound.cut(from, Math.min(to, sound.seconds));
      const event = store.event(open.id);
      this.#open = this.#open.filter((one) => one !== open);
      if (event === undefined) continue;
      const kept = await clips.make(event, samples, sound.rate, this.utc(start));
      store.transaction(() => {
        const changed = typeof kept === "string" ? store.clipless(open.id, kept) : store.keepClip(open.id, kept);
        if (open.ended) telling.tell(changed, "end", hydrophone.deliver, now());
      });
    }
  }

  /** The rule by which an event that begins is not told: all windows that carry it fall under one. */
  #ruleOf({ head, class: name, start }: EventRecord): string | undefined {
    const own = this.#recent.filter(({ window }) => window.start >= start && this.#carries(window, head, name));
    return own.every(({ rule }) => rule !== undefined) ? own[0]?.rule : undefined;
  }

  #carries({ heads, noise }: WindowRecord, head: string, name: string): boolean {
    const facts = this.#header?.heads?.find(({ id }) => id === head);
    const threshold = facts?.events.on ?? facts?.classes.find((one) => one.name === name)?.threshold ?? 1;
    return noise?.[head] === undefined && (heads?.[head]?.[name] ?? 0) >= threshold;
  }

  /** Whose embeddings these are. */
  get #model(): string {
    return `${this.#header?.model}/${this.#header?.variant}`;
  }

  #found({ head, class: name, start, end, utc, peak, peakStart, mean, windows }: EventRecord): FoundEvent {
    const { uncertainty, source } = this.#time;
    const from = utc === undefined ? this.utc(start) : Date.parse(utc);
    return {
      hydrophone: this.#parts.hydrophone.name,
      head,
      class: name,
      start: from,
      end: Math.round(from + 1000 * (end - start)),
      // A call lies anywhere in its first window, and may have begun in the one before, which did not reach the threshold.
      uncertainty: uncertainty === undefined ? undefined : round(uncertainty + DRIFT * start + this.#window),
      source,
      peak,
      peakStart: Math.round(from + 1000 * (peakStart - start)),
      mean,
      windows,
      made: this.#made(head, name),
    };
  }

  #made(head: string, name: string): MadeBy {
    const { model, variant, sha256, engine, version, weights, heads } = this.#header as HeaderRecord;
    const own = heads?.find(({ id }) => id === head);
    const threshold = own?.classes.find((one) => one.name === name)?.threshold;
    return {
      model,
      variant,
      sha256,
      engine,
      version,
      weights,
      ...(own?.sha256 === undefined ? {} : { head: own.sha256 }),
      ...(threshold === undefined ? {} : { threshold }),
    };
  }
}

const round = (seconds: number) => Math.round(1000 * seconds) / 1000;
