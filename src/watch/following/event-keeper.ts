import { DRIFT } from "../../live/index.ts";
import type { EventRecord, HeaderRecord, WindowRecord } from "../../records/index.ts";
import type { WatchConfig, WatchedHydrophone } from "../config.ts";
import type { Telling } from "../deliveries/telling.ts";
import type { FoundEvent, MadeBy, WatchEvent } from "../event.ts";
import type { EventStore } from "../store/event-store.ts";
import type { ClipMaker } from "./clip-maker.ts";
import type { SoundKept } from "./sound-kept.ts";
import type { Suppressing } from "./suppressing.ts";

/** Events whose sound waits to be kept: beyond them nothing more is listened to until some is. */
const MOST_OPEN = 32;
/** Windows that are looked back at when an event begins. */
const MOST_RECENT = 256;

/** An event whose sound is still to be kept. */
interface Open {
  readonly id: string;
  /** Seconds of the stretch. */
  readonly start: number;
  end: number;
  ended: boolean;
  /** Its sound, where that is cut out already. */
  cut?: Cut;
}

interface Cut {
  readonly samples: Float32Array;
  readonly rate: number;
  /** When the first sample was taken, ms since 1970. */
  readonly utc: number;
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
  /** An event's sound was kept. */
  readonly changed: () => void;
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
  #working: Promise<void> | undefined;
  /** What the work failed with, for whoever asks next. */
  #failure: { readonly thrown: unknown } | undefined;

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

  /** From which second of the stretch on sound is still to be cut out; infinity where none is. */
  get uncut(): number {
    return this.#from(this.#open.filter(({ cut }) => cut === undefined));
  }

  /** From which second of the stretch on sound is not kept yet: a run that follows goes on there. */
  get unkept(): number {
    return this.#from(this.#open);
  }

  #from(open: readonly Open[]): number {
    const { before } = this.#parts.config.clips;
    return open.reduce((least, { start }) => Math.min(least, start - before), Number.POSITIVE_INFINITY);
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

  /**
   * Keeps the sound of events that have ended, or are long enough, one after the other, while other things go on. Resolves at
   * once, but where many wait.
   */
  async keepSound(now: () => number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    this.#working ??= this.#work(now)
      .catch((thrown: unknown) => {
        this.#failure = { thrown };
      })
      .finally(() => {
        this.#working = undefined;
      });
    if (this.#open.length > MOST_OPEN) await this.#working;
  }

  /** The stretch is over, or its rest is not heard: keeps the sound of all that are left. */
  async keepRest(now: () => number): Promise<void> {
    const { sound } = this.#parts;
    for (const open of this.#open) open.cut ??= this.#cut(open, sound.seconds);
    await this.#working;
    if (this.#failure !== undefined) throw this.#failure.thrown;
    await this.#work(now);
  }

  /** Resolves when nothing is being kept any more. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(now: () => number): Promise<void> {
    const { clips, store, telling, hydrophone, changed } = this.#parts;
    if (clips === undefined) return;
    for (let open = this.#ready(); open !== undefined; open = this.#ready()) {
      const one = open;
      const { samples, rate, utc } = one.cut as Cut;
      const event = store.event(one.id);
      const kept = event === undefined ? undefined : await clips.make(event, samples, rate, utc);
      this.#open = this.#open.filter((other) => other !== one);
      if (kept === undefined) continue;
      store.transaction(() => {
        const changed = typeof kept === "string" ? store.clipless(one.id, kept) : store.keepClip(one.id, kept);
        if (one.ended) telling.tell(changed, "end", hydrophone.deliver, now());
      });
      changed();
    }
  }

  /** The next event whose sound is all there, cut out. */
  #ready(): Open | undefined {
    const { sound, config } = this.#parts;
    const { before, after, longest } = config.clips;
    for (const open of this.#open) {
      if (open.cut !== undefined) return open;
      const from = Math.max(0, open.start - before);
      const to = Math.min(open.ended ? open.end + after : Number.POSITIVE_INFINITY, from + longest);
      if (sound.seconds < to) continue;
      open.cut = this.#cut(open, to);
      return open;
    }
    return undefined;
  }

  #cut({ start, end, ended }: Open, most: number): Cut {
    const { sound, config } = this.#parts;
    const { before, after, longest } = config.clips;
    const from = Math.max(0, start - before);
    const to = Math.min(ended ? end + after : Number.POSITIVE_INFINITY, from + longest, most, sound.seconds);
    const cut = sound.cut(from, to);
    return { samples: cut.samples, rate: sound.rate, utc: this.utc(cut.start) };
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
