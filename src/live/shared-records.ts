import { OrcaError } from "../errors.ts";
import type { EventRecord, HeaderRecord, LiveRecord, WaitingRecord, WindowRecord } from "../records/index.ts";
import { utcText } from "../times/index.ts";
import { shiftedRecord } from "./shifted-records.ts";

/** Bytes that may wait for one listener: minutes of embeddings and sound. Beyond them it is left behind. */
const MOST_WAITING = 16 * 2 ** 20;
/** What a record takes at least, bytes. */
const LEAST_RECORD = 512;

/** Is given sound as it is heard: mono, full scale is 1; a view that nobody may change. */
export type Heard = (samples: Float32Array, rate: number) => void;

/** What goes to listeners, in order. */
type Item = { readonly records: readonly LiveRecord[] } | Sound;

/** What is made of a hydrophone's sound by one net, for all who listen: it is fetched, decoded and embedded once. */
export class SharedRecords {
  /** Seconds of windows, with their sound, that whoever comes is given to begin with; the last window always is. */
  readonly #keep: number;
  readonly #listeners = new Set<Listener>();
  /** Of the stretch that goes on. */
  #header: HeaderRecord | undefined;
  #windows: WindowRecord[] = [];
  #sound: Sound[] = [];
  #heard = 0;
  #waiting: WaitingRecord | undefined;
  #over = false;
  #failure: unknown;
  #roomMade = () => {};
  /** Nobody is let in before the first window that ends behind this, ms since 1970. */
  #since: number | undefined;
  #letIn = () => {};
  readonly #open: Promise<void>;
  /** Called when the last listener has left. */
  deserted = () => {};

  /** @param since  ms since 1970: what was recorded before is caught up with, and nobody listens to it; undefined where all is new */
  constructor(keep: number, since?: number) {
    this.#keep = keep;
    this.#since = since;
    this.#open = new Promise((resolve) => {
      this.#letIn = resolve;
    });
    if (since === undefined) this.#letIn();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Whether nothing more comes. */
  get over(): boolean {
    return this.#over;
  }

  /** Passes records on. What heads say is left out: each listener has heads of his own. */
  publish(records: readonly LiveRecord[]): void {
    const own = records.flatMap((record) => withoutHeads(record) ?? []);
    if (own.length === 0) return;
    for (const record of own) this.#remember(record);
    const bytes = own.reduce((sum, record) => sum + bytesOf(record), 0);
    for (const listener of this.#listeners) listener.put({ records: own }, bytes);
  }

  /** Sound comes before the windows that it is in. */
  readonly hear: Heard = (samples, rate) => {
    const item = { samples: samples.slice(), rate, from: this.#heard };
    this.#heard += samples.length;
    this.#sound.push(item);
    for (const listener of this.#listeners) if (listener.hears) listener.put(item, 4 * samples.length);
  };

  /** Resolves when a listener has room for more, or nobody listens: the fastest one sets the pace. */
  async room(): Promise<void> {
    while (this.#listeners.size > 0 && [...this.#listeners].every(({ full }) => full))
      await new Promise<void>((resolve) => {
        this.#roomMade = resolve;
      });
  }

  /** No more comes. @param failure  why, where that is an error */
  end(failure?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#letIn();
    for (const listener of this.#listeners) listener.end(failure);
  }

  /**
   * What comes from now on, until it is over or `signal` aborts. Amid a stretch a listener is given a header of his own: his
   * stretch begins with the first window that he gets. Throws `too_slow` where he takes less than comes, and why it ended.
   */
  async *listen(signal: AbortSignal, heard?: Heard): AsyncGenerator<readonly LiveRecord[]> {
    const listener = new Listener(heard !== undefined);
    const leave = () => {
      listener.end();
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.deserted();
      this.#roomMade();
    };
    signal.addEventListener("abort", leave, { once: true });
    if (this.#since !== undefined) {
      yield [
        { type: "waiting", utc: utcText(Date.now()), message: "What came while nobody followed it is caught up with." },
      ];
      await Promise.race([this.#open, listener.gone]);
    }
    if (signal.aborted) return;
    this.#listeners.add(listener);
    if (this.#over) listener.end(this.#failure);
    // All of it now: what comes later waits for this listener already.
    const [waiting, header, windows, sound] = [this.#waiting, this.#header, [...this.#windows], [...this.#sound]];
    const first = windows[0];
    // The stretch of this listener begins so much later than that of all.
    let shift = { windows: first?.index ?? 0, seconds: first?.start ?? 0 };
    try {
      if (waiting !== undefined) yield [waiting];
      if (header !== undefined) {
        yield [shiftedRecord(header, shift)];
        if (heard !== undefined) for (const part of sound) give(part, shift.seconds, heard);
        if (windows.length > 0) yield windows.map((window) => shiftedRecord(window, shift));
      }
      for (;;) {
        const item = await listener.next();
        if (item === undefined) return;
        this.#roomMade();
        if ("samples" in item) {
          heard?.(item.samples, item.rate);
          continue;
        }
        const since = shift;
        const records = item.records.map((one) => shiftedRecord(one, since));
        // The stretches behind it are whole.
        if (item.records.some(({ type }) => type === "summary")) shift = NOTHING;
        yield records;
      }
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }

  #remember(record: LiveRecord): void {
    this.#waiting = record.type === "waiting" ? record : undefined;
    if (record.type === "header") {
      this.#header = record;
      this.#windows = [];
      this.#sound = [];
      this.#heard = 0;
    } else if (record.type === "summary") {
      this.#header = undefined;
      this.#windows = [];
      this.#sound = [];
    } else if (record.type === "window") {
      if (this.#since !== undefined && !(endOf(record) < this.#since)) {
        this.#since = undefined;
        this.#letIn();
      }
      this.#windows.push(record);
      const from = record.end - this.#keep;
      while (this.#windows.length > 1 && (this.#windows[0] as WindowRecord).start < from) this.#windows.shift();
      const needed = (this.#windows[0] as WindowRecord).start;
      const after = this.#sound.findIndex(({ from: at, samples, rate }) => at + samples.length > needed * rate);
      if (after > 0) this.#sound.splice(0, after);
    }
  }
}

const NOTHING = { windows: 0, seconds: 0 };

/** Sound, and which sample of the stretch its first one is. */
interface Sound {
  readonly samples: Float32Array;
  /** Hz. */
  readonly rate: number;
  readonly from: number;
}

/** Sound from a second of the stretch on. */
function give(part: Sound, second: number, heard: Heard): void {
  const skip = Math.max(0, Math.round(second * part.rate) - part.from);
  if (skip < part.samples.length) heard(part.samples.subarray(skip), part.rate);
}

/** ms since 1970; NaN where nobody knows. */
const endOf = ({ utc = "", start, end }: WindowRecord) => Date.parse(utc) + 1000 * (end - start);

/** One who listens, and what waits for him. */
class Listener {
  /** Whether he wants the sound as well. */
  readonly hears: boolean;
  readonly #items: { readonly item: Item; readonly bytes: number }[] = [];
  #bytes = 0;
  #over = false;
  #failure: unknown;
  #come = () => {};
  #leave = () => {};
  /** Resolves when no more comes for him. */
  readonly gone = new Promise<void>((resolve) => {
    this.#leave = resolve;
  });

  constructor(hears: boolean) {
    this.hears = hears;
  }

  get full(): boolean {
    return this.#bytes > MOST_WAITING / 2;
  }

  put(item: Item, bytes: number): void {
    if (this.#over) return;
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    if (this.#bytes > MOST_WAITING) {
      this.#items.length = 0;
      this.end(
        new OrcaError("too_slow", "You took less than comes of this hydrophone, and were left behind.", {
          hint: "Ask again to go on from now; sound and scores may be left away.",
        }),
      );
    }
    this.#come();
  }

  end(failure?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#come();
    this.#leave();
  }

  /** Undefined when there is no more. Throws why, where that is an error. */
  async next(): Promise<Item | undefined> {
    while (this.#items.length === 0 && !this.#over)
      await new Promise<void>((resolve) => {
        this.#come = resolve;
      });
    const next = this.#items.shift();
    if (next === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    this.#bytes -= next.bytes;
    return next.item;
  }
}

function bytesOf(record: LiveRecord): number {
  if (record.type !== "window") return LEAST_RECORD;
  const { embedding, scores, spectrogram } = record;
  return LEAST_RECORD + 4 * (embedding.length + (scores?.length ?? 0) + (spectrogram?.length ?? 0));
}

function withoutHeads(record: LiveRecord): Exclude<LiveRecord, EventRecord> | undefined {
  if (record.type === "event") return undefined;
  if (record.type === "header") {
    const { heads: _, ...rest } = record;
    return rest;
  }
  if (record.type === "window") {
    const { heads: _, noise: __, ...rest } = record;
    return rest;
  }
  return record;
}
