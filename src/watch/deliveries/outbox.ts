import { OrcaError } from "../../errors.ts";
import type { Clock } from "../../live/index.ts";
import type { EventStore } from "../store/event-store.ts";
import { LONGEST_WAIT, type Message, type MessageStore } from "../store/message-store.ts";
import type { Telling } from "./telling.ts";
import type { Told } from "./told.ts";

/** What an attempt came to. */
export type Attempt =
  | { readonly delivered: true; readonly said: string }
  /** @param after  seconds that the receiver wants to be left alone */
  | { readonly delivered: false; readonly said: string; readonly after?: number };

/** Brings a message to its receiver; what it throws counts as a failure. */
export type Sender = (told: Told, signal: AbortSignal) => Promise<Attempt>;

/** Waits between attempts, ms: from the first to the longest, doubling; and for how long it is tried. */
const [FIRST_WAIT, USUAL_WAIT, GIVE_UP] = [5000, 900_000, 86_400_000];
/** How long nothing is looked at when nothing is due, ms. */
const IDLE = 60_000;
/** Messages that are on their way to a delivery at once, so that many events of a moment need not wait for each other's answers. */
const AT_ONCE = 4;

/** Sends what is to be sent, until it has arrived or a day has gone by: at least once, each delivery by itself. */
export class Outbox {
  readonly #events: EventStore;
  readonly #messages: MessageStore;
  readonly #telling: Telling;
  readonly #senders: ReadonlyMap<string, Sender>;
  readonly #clock: Clock;
  readonly #say: (line: string) => void;
  readonly #oneByOne: ReadonlySet<string>;
  readonly #waiting = new Set<AbortController>();
  /** Keys of what is on its way, by delivery. */
  readonly #sending = new Map<string, Set<string>>();
  /** What was sent and could not be written down, by key: it is not sent again meanwhile. */
  readonly #unwritten = new Map<string, () => void>();
  /** Whether it was said that nothing can be written down. */
  #full = false;

  constructor(parts: {
    readonly events: EventStore;
    readonly messages: MessageStore;
    readonly telling: Telling;
    readonly senders: ReadonlyMap<string, Sender>;
    readonly clock: Clock;
    /** Deliveries whose messages are sent one after the other. */
    readonly oneByOne?: ReadonlySet<string>;
    /** Is given what happens, a line at a time. */
    readonly say: (line: string) => void;
  }) {
    this.#events = parts.events;
    this.#messages = parts.messages;
    this.#telling = parts.telling;
    this.#senders = parts.senders;
    this.#clock = parts.clock;
    this.#oneByOne = parts.oneByOne ?? new Set();
    this.#say = parts.say;
  }

  /** There may be something new to send. */
  wake(): void {
    for (const waiting of this.#waiting) waiting.abort();
  }

  /** Sends until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#messages.tryNow(this.#clock.now());
    const lanes = [...this.#senders.keys()].flatMap((name) =>
      Array.from({ length: this.#oneByOne.has(name) ? 1 : AT_ONCE }, () => this.#lane(name, signal)),
    );
    await Promise.all(lanes);
  }

  async #lane(name: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A wake that comes while something is sent is not lost.
      const waiting = new AbortController();
      this.#waiting.add(waiting);
      let longest = IDLE;
      const sent = await this.sendNext(name, signal).catch((thrown: unknown) => {
        longest = FIRST_WAIT;
        return this.#unkept(thrown);
      });
      if (!sent && !signal.aborted) {
        const next = this.#messages.nextTime(name, [...this.#onItsWay(name)]) ?? Number.POSITIVE_INFINITY;
        const wait = longest === IDLE ? Math.max(0, Math.min(IDLE, next - this.#clock.now())) : longest;
        await this.#clock.sleep(wait, AbortSignal.any([signal, waiting.signal])).catch(() => undefined);
      }
      this.#waiting.delete(waiting);
    }
  }

  /** Where nothing can be written down that is said once, and tried again: what was sent is known meanwhile. */
  #unkept(thrown: unknown): false {
    if (!(thrown instanceof OrcaError)) throw thrown;
    if (!this.#full) this.#say(`What is delivered cannot be written down: ${thrown.message}`);
    this.#full = true;
    return false;
  }

  /** Sends what is due first at a delivery. @returns whether anything was */
  async sendNext(name: string, signal: AbortSignal): Promise<boolean> {
    for (const [key, write] of this.#unwritten) {
      write();
      this.#unwritten.delete(key);
      for (const keys of this.#sending.values()) keys.delete(key);
    }
    this.#full = false;
    this.#messages.transaction(() => this.#telling.flush(name, this.#clock.now()));
    const sending = this.#onItsWay(name);
    const message = this.#messages.due(name, this.#clock.now(), [...sending]);
    if (message === undefined) return false;
    sending.add(message.key);
    try {
      const attempt = await this.#attempt(message, signal);
      if (attempt.delivered || !signal.aborted) {
        const write = () => this.#keep(name, message, attempt);
        this.#unwritten.set(message.key, write);
        write();
        this.#unwritten.delete(message.key);
      }
    } finally {
      if (!this.#unwritten.has(message.key)) sending.delete(message.key);
    }
    return true;
  }

  #onItsWay(name: string): Set<string> {
    const sending = this.#sending.get(name) ?? new Set();
    this.#sending.set(name, sending);
    return sending;
  }

  /** Writes down what an attempt came to. */
  #keep(name: string, message: Message, attempt: Attempt): void {
    const now = this.#clock.now();
    const { key } = message;
    if (attempt.delivered) {
      this.#messages.end(key, "delivered", attempt.said, now);
      this.#say(
        `${name}: ${shown(message)} delivered${message.attempts > 0 ? ` at attempt ${message.attempts + 1}` : ""}`,
      );
    } else if (now - message.created >= GIVE_UP) {
      this.#messages.end(key, "undelivered", attempt.said, now);
      this.#say(`${name}: ${shown(message)} could not be delivered within a day: ${attempt.said}`);
    } else {
      const wait = Math.min(USUAL_WAIT, FIRST_WAIT * 2 ** Math.min(20, message.attempts));
      this.#messages.again(
        key,
        attempt.said,
        now + Math.max(wait, Math.min(LONGEST_WAIT, 1000 * (attempt.after ?? 0))),
      );
      if (message.attempts === 0) this.#say(`${name}: ${shown(message)} is tried again: ${attempt.said}`);
    }
  }

  async #attempt(message: Message, signal: AbortSignal): Promise<Attempt> {
    const sender = this.#senders.get(message.delivery) as Sender;
    const { key, kind, text, created, trouble } = message;
    const events = message.events.flatMap((id) => this.#events.event(id) ?? []);
    if (message.events.length > 0 && events.length === 0)
      return { delivered: false, said: "what it is of is no longer kept" };
    try {
      return await sender({ key, kind, events, text, created, trouble }, signal);
    } catch (thrown) {
      return { delivered: false, said: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }
}

const shown = ({ kind, events }: Message) => (events.length > 1 ? `${kind} of ${events.length} events` : kind);
