import type { AudioInfo } from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import { type Start, utcText } from "../times/index.ts";
import { gapEvent } from "./gaps.ts";
import type { Clock, LiveEvent } from "./types.ts";

/** Bytes that wait for a listener: beyond them the sender waits. */
const MOST_WAITING = 4 * 2 ** 20;
/** A sender's clock is believed where it differs no more than this from when its sound came, s. */
const CLOCKS_APART = 60;
/** Seconds that sound is on its way at most, from a sound card through a pipe and a line: nobody measures it. */
const ON_ITS_WAY = 5;
/** Sound comes as fast as time goes, by so much, once so many seconds have gone by: else its rate is not what was said. */
const [FASTER, SLOWER, SEEN] = [1.25, 0.8, 20];

/** What a sender says of its sound, once: 16-bit integers, little-endian, channels interleaved. */
export interface PushedFormat {
  /** Hz. */
  readonly rate: number;
  readonly channels: number;
  /** When its first sample was taken by the sender's clock, ms since 1970. */
  readonly start?: number | undefined;
}

/** What a sender does. */
export interface Sending {
  /** Resolves when there is room for more. Throws `bad_option` where sound comes otherwise than was said, `cancelled`. */
  push(bytes: Uint8Array): Promise<void>;
  /** It has left. @param why  a sentence without its point */
  end(why: string): void;
}

/** Sound that one sender at a time brings, for whoever listens. */
export class PushedSound {
  readonly #clock: Clock;
  #sending = false;
  #listener: Listener | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A sender begins. Throws `busy` where there is one, `bad_option` for a format that cannot be. */
  begin(format: PushedFormat): Sending {
    checkFormat(format);
    if (this.#sending) {
      throw new OrcaError("busy", "Somebody else sends the sound of this hydrophone.", {
        hint: "One at a time does: stop the other one, or take another name.",
      });
    }
    this.#sending = true;
    const began = this.#clock.now();
    let bytes = 0;
    let here = true;
    const frame = 2 * format.channels;
    return {
      push: async (part) => {
        if (!here) throw new OrcaError("cancelled", "It has left.");
        this.#listener?.add(part, format, bytes, began);
        bytes += part.length;
        const [elapsed, sound] = [(this.#clock.now() - began) / 1000, bytes / frame / format.rate];
        if (elapsed > SEEN && (sound > FASTER * elapsed || sound < SLOWER * elapsed)) {
          const seems = Math.round(bytes / frame / elapsed);
          throw new OrcaError("bad_option", `It said ${format.rate} Hz, and sends as if it were ${seems}.`, {
            field: "rate",
            hint: "Say the rate and the channels that are sent; sound is sent as it is made.",
          });
        }
        await this.#listener?.room();
      },
      end: (why) => {
        if (!here) return;
        here = false;
        this.#sending = false;
        if (bytes > 0) this.#listener?.end(why, this.#clock.now());
      },
    };
  }

  /** What is sent, until `signal` aborts: one listener at a time. Each sender's sound is a stretch, with a named gap between. */
  async *follow(signal: AbortSignal): AsyncGenerator<LiveEvent> {
    const listener = new Listener(this.#clock);
    this.#listener = listener;
    signal.addEventListener("abort", () => listener.leave(), { once: true });
    listener.wait("Nobody sends its sound.");
    try {
      while (!signal.aborted) {
        const event = await listener.next();
        if (event === undefined) return;
        yield event;
      }
    } finally {
      if (this.#listener === listener) this.#listener = undefined;
      listener.leave();
    }
  }
}

/** Events that wait to be taken. */
class Listener {
  readonly #clock: Clock;
  readonly #events: LiveEvent[] = [];
  #waiting = 0;
  #left = false;
  /** When what was sent last ended, ms since 1970, and why. */
  #ended: { readonly utc: number; readonly why: string } | undefined;
  #begun = false;
  #come = () => {};
  #taken = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  #begin(format: PushedFormat, arrived: number): void {
    const start = startOf(format, arrived);
    if (this.#ended !== undefined) {
      const { utc, why } = this.#ended;
      const seconds = Math.max(0, (start.utc - utc) / 1000);
      this.#put(gapEvent("disconnected", `The sender was away: ${why}.`, { utc, seconds }));
      this.#ended = undefined;
    }
    this.#begun = true;
    this.#put({ kind: "start", start, info: infoOf(format), cut: true });
    this.#put({ kind: "segment", bytes: headerOf(format) });
  }

  /** @param before  bytes that were sent before these @param began  when the sender did, ms since 1970 */
  add(bytes: Uint8Array, format: PushedFormat, before: number, began: number): void {
    const frame = 2 * format.channels;
    // Who begins to listen amid what is sent begins with a whole frame.
    const skip = this.#begun ? 0 : (frame - (before % frame)) % frame;
    if (bytes.length <= skip) return;
    if (!this.#begun) {
      if (before === 0) this.#begin(format, began);
      else this.#begin({ ...format, start: undefined }, this.#clock.now());
    }
    const part = bytes.subarray(skip);
    this.#waiting += part.length;
    this.#put({ kind: "segment", bytes: part });
  }

  end(why: string, now: number): void {
    this.#begun = false;
    this.#ended = { utc: now, why };
    this.wait(`The sender has left: ${why}.`);
  }

  wait(message: string): void {
    this.#put({ kind: "waiting", waiting: { type: "waiting", utc: utcText(this.#clock.now()), message } });
  }

  leave(): void {
    this.#left = true;
    this.#come();
    this.#taken();
  }

  /** Undefined when it has left. */
  async next(): Promise<LiveEvent | undefined> {
    while (this.#events.length === 0 && !this.#left)
      await new Promise<void>((resolve) => {
        this.#come = resolve;
      });
    const event = this.#events.shift();
    if (event?.kind === "segment") this.#waiting = Math.max(0, this.#waiting - event.bytes.length);
    this.#taken();
    return this.#left ? undefined : event;
  }

  async room(): Promise<void> {
    while (this.#waiting > MOST_WAITING && !this.#left)
      await new Promise<void>((resolve) => {
        this.#taken = resolve;
      });
  }

  #put(event: LiveEvent): void {
    this.#events.push(event);
    this.#come();
  }
}

function checkFormat({ rate, channels }: PushedFormat): void {
  const whole = (value: number, from: number, to: number) => Number.isInteger(value) && value >= from && value <= to;
  if (whole(rate, 1000, 768_000) && whole(channels, 1, 256)) return;
  throw new OrcaError("bad_option", "The sound's rate or channels cannot be.", {
    field: whole(channels, 1, 256) ? "rate" : "channels",
    hint: "rate= is 1000 to 768000 Hz, channels= 1 to 256.",
  });
}

function startOf({ start }: PushedFormat, arrived: number): Start {
  if (start !== undefined && Math.abs(start - arrived) <= 1000 * CLOCKS_APART)
    return { utc: start, source: "sender's clock", uncertainty: ON_ITS_WAY };
  return { utc: arrived, source: "arrival", uncertainty: ON_ITS_WAY };
}

const infoOf = ({ rate, channels }: PushedFormat): AudioInfo => ({
  ...{ container: "wav", encoding: "s16", bigEndian: false, rate, channels, declaredFrames: undefined },
});

/** A WAV header of sound whose length nobody knows (RIFF, 16-bit PCM). */
function headerOf({ rate, channels }: PushedFormat): Uint8Array {
  const bytes = new Uint8Array(44);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, "RIFF");
  view.setUint32(4, 0xffffffff, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * channels * rate, true);
  view.setUint16(32, 2 * channels, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 0xffffffff, true);
  return bytes;
}
