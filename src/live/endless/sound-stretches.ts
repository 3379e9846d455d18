import { OggHeaders } from "../../audio/index.ts";
import { asOrcaError } from "../../errors.ts";
import { joinBytes } from "../../join.ts";
import type { GapReason } from "../../records/index.ts";
import type { Start } from "../../times/index.ts";
import { gapEvent } from "../gaps.ts";
import type { Inspector } from "../inspecting.ts";
import type { Patience } from "../patience.ts";
import type { LiveEvent } from "../types.ts";
import { Arrival } from "./arrival.ts";
import { Meter } from "./meter.ts";
import { Tail } from "./tail.ts";

/** What comes is held for so long before it is told when it was made, and whether it makes up for what was late: ms. */
const SETTLE = 3000;
/** Bytes that are held at most: a minute at 128 kbit/s. */
const MOST_HELD = 1 << 20;
/** Seconds by which sound may be late and still come, and what two clocks without a master drift apart by. */
const [LATE, DRIFT] = [5, 200e-6];
/** A line that was waited at for so long had nothing to give: what is late then is not late by the listener's own doing. ms. */
const EMPTY = 200;
/** Seconds that sound is on its way at most, through an encoder, a server and a line: nobody measures it. */
const ON_ITS_WAY = 10;

interface Held {
  readonly bytes: Uint8Array;
  /** When it came, ms since 1970. */
  readonly at: number;
}

/** What is given out without a break. */
interface Measured {
  readonly meter: Meter;
  readonly arrival: Arrival;
}

/** A stretch that is no more, while the next one has not begun. */
interface Ended {
  readonly reason: GapReason;
  readonly message: string;
  /** When its sound ended, ms since 1970. */
  readonly utc: number;
}

/**
 * Cuts the sound of connections into stretches: where a connection begins without going on from the one before, where
 * sound is late and what comes does not make up for it, and where something is damaged.
 */
export class SoundStretches {
  readonly #name: string;
  readonly #inspector: Inspector;
  readonly #patience: Patience;
  #stretch: Measured | undefined;
  #ended: Ended | undefined;
  #tail = new Tail();
  #headers = new OggHeaders();
  /** What came and is not given out yet; undefined while everything is given out as it comes. */
  #held: Held[] | undefined;
  /** Seconds of the stretch before what is held because it is late; undefined where it is held for another reason. */
  #lateFrom: number | undefined;
  /** Whether what is held begins where the connection does. */
  #fromStart = true;
  #file = false;
  #due = Number.POSITIVE_INFINITY;
  #damage: string | undefined;

  /** @param name  of the sound, for messages */
  constructor(name: string, inspector: Inspector, patience: Patience) {
    this.#name = name;
    this.#inspector = inspector;
    this.#patience = patience;
  }

  /** When what is held is to be let go, ms since 1970; infinity where nothing is held. */
  get due(): number {
    return this.#due;
  }

  /** Why a connection cannot be listened to any longer, once. */
  takeDamage(): string | undefined {
    const damage = this.#damage;
    this.#damage = undefined;
    // Who says it puts a point behind it.
    return damage?.replace(/\.$/, "");
  }

  /** A connection begins. @param file  whether it is a file's, which was made at any time */
  join(file: boolean): void {
    this.#headers = new OggHeaders();
    this.#file = file;
    this.#fromStart = true;
    this.#hold();
  }

  /** @param waited  how long nothing came before these bytes, ms */
  async *push(bytes: Uint8Array, now: number, waited: number): AsyncGenerator<LiveEvent> {
    this.#headers.push(bytes);
    if (this.#stretch !== undefined && (this.#held === undefined || this.#lateFrom !== undefined))
      yield* this.#goOn(this.#stretch, bytes, now, waited);
    else {
      if (this.#held?.length === 0) this.#due = now + SETTLE;
      this.#held?.push({ bytes, at: now });
    }
    yield* this.settle(now);
  }

  /** Lets go what is held, where its time has come. */
  async *settle(now: number, over = false): AsyncGenerator<LiveEvent> {
    const held = this.#held;
    if (held === undefined || held.length === 0) return;
    const bytes = held.reduce((sum, part) => sum + part.bytes.length, 0);
    if (now < this.#due && bytes < MOST_HELD && !over) return;
    if (this.#stretch !== undefined && this.#lateFrom !== undefined) {
      this.#endStretch("stalled", `${this.#name} stood still, and went on without what was missing.`, this.#lateFrom);
    } else if (this.#stretch !== undefined) {
      const whole = joinBytes(held.map((part) => part.bytes));
      const end = this.#tail.endIn(whole);
      if (end !== undefined) {
        this.#release();
        yield* this.#goOn(this.#stretch, whole.subarray(end), now, 0);
        return;
      }
      this.#endStretch("disconnected", `The connection to ${this.#name} broke, and another one began elsewhere.`);
    }
    yield* this.#begin(held, now);
  }

  /** The connection is no more. @param whole  whether it was a file's and has come to its end */
  async *end(now: number, whole: boolean): AsyncGenerator<LiveEvent> {
    yield* this.settle(now, true);
    if (!whole) return;
    const message = `${this.#name} is a file and has ended: nothing more will come.`;
    yield { kind: "finding", finding: { code: "ended", message, lost: false } };
  }

  #hold(): void {
    this.#held = [];
    this.#lateFrom = undefined;
    this.#due = Number.POSITIVE_INFINITY;
  }

  #release(): void {
    this.#held = undefined;
    this.#lateFrom = undefined;
    this.#fromStart = false;
    this.#due = Number.POSITIVE_INFINITY;
    this.#patience.heard();
  }

  /** More of the open stretch. */
  async *#goOn(stretch: Measured, bytes: Uint8Array, now: number, waited: number): AsyncGenerator<LiveEvent> {
    const { meter, arrival } = stretch;
    const before = this.#lateFrom ?? meter.seconds;
    const lost = await this.#measure(meter, bytes);
    if (lost !== undefined) {
      this.#endStretch("damaged", `${this.#name} is damaged: ${lost}`, before);
      this.#hold();
      return;
    }
    this.#tail.push(bytes);
    const late = arrival.behind(meter.seconds, now) > LATE + DRIFT * meter.seconds;
    arrival.heard(meter.seconds, now);
    if (late && (this.#held !== undefined || waited >= EMPTY)) {
      if (this.#held === undefined) {
        this.#hold();
        this.#lateFrom = before;
        this.#due = now + SETTLE;
      }
      this.#held?.push({ bytes, at: now });
      return;
    }
    const held = this.#held ?? [];
    this.#release();
    for (const part of held) yield { kind: "segment", bytes: part.bytes };
    yield { kind: "segment", bytes };
  }

  #endStretch(reason: GapReason, message: string, seconds?: number): void {
    const stretch = this.#stretch as Measured;
    this.#ended = { reason, message, utc: stretch.arrival.utc(seconds ?? stretch.meter.seconds) };
    this.#stretch = undefined;
  }

  /** A stretch begins with what is held, once that tells what it is. */
  async *#begin(held: readonly Held[], now: number): AsyncGenerator<LiveEvent> {
    const begun = await this.#measureAll(held);
    const { meter, arrival, parts } = begun;
    const { info } = meter;
    if (info === undefined || meter.seconds === 0) {
      this.#due = now + SETTLE;
      return;
    }
    const utc = arrival.utc(0);
    if (this.#ended !== undefined) {
      const { reason, message, utc: end } = this.#ended;
      yield gapEvent(reason, message, { utc: end, seconds: Math.max(0, (utc - end) / 1000) });
    }
    this.#stretch = { meter, arrival };
    this.#ended = undefined;
    this.#tail = new Tail();
    this.#patience.know();
    this.#release();
    yield { kind: "start", start: this.#file ? undefined : startBy(utc), info, cut: true };
    for (const bytes of parts) {
      this.#tail.push(bytes);
      yield { kind: "segment", bytes };
    }
  }

  /** What is held, from behind the last place in it where something is damaged. */
  async #measureAll(held: readonly Held[]): Promise<Measured & { parts: readonly Uint8Array[] }> {
    let [stretch, parts] = await this.#fresh(!this.#fromStart);
    for (const { bytes, at } of held) {
      if ((await this.#measure(stretch.meter, bytes)) !== undefined) {
        [stretch, parts] = await this.#fresh(true);
        continue;
      }
      parts.push(bytes);
      stretch.arrival.heard(stretch.meter.seconds, at);
    }
    return { ...stretch, parts };
  }

  /** @param onItsWay  whether its bytes begin behind the headers of a stream that needs them */
  async #fresh(onItsWay: boolean): Promise<[stretch: Measured, parts: Uint8Array[]]> {
    const stretch = { meter: new Meter(this.#inspector.decoder()), arrival: new Arrival() };
    const parts = onItsWay ? [...this.#headers.pages] : [];
    for (const bytes of parts) await stretch.meter.push(bytes);
    return [stretch, parts];
  }

  /** What is lost in the bytes, in words. Throws what is wrong with the sound where none was heard yet. */
  async #measure(meter: Meter, bytes: Uint8Array): Promise<string | undefined> {
    try {
      return await meter.push(bytes);
    } catch (thrown) {
      if (this.#stretch === undefined && this.#ended === undefined) throw thrown;
      this.#damage = `${this.#name} cannot be read: ${asOrcaError(thrown).message}`;
      return this.#damage;
    }
  }
}

function startBy(utc: number): Start {
  const assumed = `Sound takes no longer than ${ON_ITS_WAY} s to come.`;
  return { utc, source: "arrival", uncertainty: ON_ITS_WAY, assumed };
}
