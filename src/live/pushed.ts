import type { AudioInfo } from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import { type Start, utcText } from "../times/index.ts";
import { gapEvent } from "./gaps.ts";
import { type Break, Pace } from "./pace.ts";
import type { Clock, LiveEvent, PushedFormat } from "./types.ts";

/** Bytes that wait for a listener: beyond them the sender waits, or the listener is left behind. */
const MOST_WAITING = 4 * 2 ** 20;
/** A sender's clock is believed where it differs no more than this from when its sound came, s. */
const CLOCKS_APART = 60;
/** Seconds that sound is on its way at most, from a sound card through a pipe and a line: nobody measures it. */
const ON_ITS_WAY = 5;
/** How files begin that are no samples (RFC 9639, 8; RFC 3533, 6; …), by what they are called. */
const CONTAINERS: readonly (readonly [string, string])[] = [
  ["RIFF", "WAV"],
  ["fLaC", "FLAC"],
  ["OggS", "Ogg"],
  ["FORM", "AIFF"],
  ["ID3", "MP3"],
];

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
  readonly #listeners = new Set<Listener>();

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
    const pace = new Pace(format, began);
    let bytes = 0;
    let here = true;
    return {
      push: async (part) => {
        if (!here) throw new OrcaError("cancelled", "It has left.");
        if (bytes === 0) checkSamples(part);
        const now = this.#clock.now();
        const broken = pace.push(part.length, now);
        for (const listener of this.#listeners) {
          if (broken !== undefined) listener.break(broken);
          listener.add(part, format, bytes, bytes === 0 ? began : now);
        }
        bytes += part.length;
        for (const listener of this.#listeners) await listener.room();
      },
      end: (why) => {
        if (!here) return;
        here = false;
        this.#sending = false;
        if (bytes > 0) for (const listener of this.#listeners) listener.end(why, this.#clock.now());
      },
    };
  }

  /**
   * What is sent, until `signal` aborts. Each sender's sound is a stretch, with a named gap between.
   * @param waitedFor  whether the sender waits for this listener; else he is left behind where he takes too little, with `too_slow`
   */
  async *follow(signal: AbortSignal, waitedFor = true): AsyncGenerator<LiveEvent> {
    const listener = new Listener(this.#clock, waitedFor);
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => listener.leave(), { once: true });
    if (!this.#sending) listener.wait("Nobody sends its sound.");
    try {
      while (!signal.aborted) {
        const event = await listener.next();
        if (event === undefined) return;
        yield event;
      }
    } finally {
      this.#listeners.delete(listener);
      listener.leave();
    }
  }
}

function checkSamples(first: Uint8Array): void {
  const text = String.fromCharCode(...first.subarray(0, 4));
  const found = CONTAINERS.find(([begins]) => text.startsWith(begins))?.[1];
  if (found === undefined) return;
  throw new OrcaError("bad_option", `It said samples, and sends ${found}.`, {
    field: "rate",
    hint: "Send 16-bit little-endian samples without a header; orca-embed push takes WAV and sends these.",
  });
}

/** Events that wait to be taken. */
class Listener {
  readonly #clock: Clock;
  readonly #waitedFor: boolean;
  #behind = false;
  readonly #events: LiveEvent[] = [];
  #waiting = 0;
  #left = false;
  /** When what was sent last ended, ms since 1970, and why. */
  #ended: { readonly utc: number; readonly why: string } | undefined;
  #begun = false;
  #come = () => {};
  #taken = () => {};

  constructor(clock: Clock, waitedFor: boolean) {
    this.#clock = clock;
    this.#waitedFor = waitedFor;
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

  /** @param before  bytes that were sent before these @param now  when they came, or the sender, ms since 1970 */
  add(bytes: Uint8Array, format: PushedFormat, before: number, now: number): void {
    const frame = 2 * format.channels;
    // Who begins to listen amid what is sent begins with a whole frame.
    const skip = this.#begun ? 0 : (frame - (before % frame)) % frame;
    if (bytes.length <= skip) return;
    if (!this.#begun) {
      if (before === 0) this.#begin(format, now);
      else this.#begin({ ...format, start: undefined }, now - (1000 * bytes.length) / frame / format.rate);
    }
    const part = bytes.subarray(skip);
    this.#waiting += part.length;
    if (this.#waiting > MOST_WAITING && !this.#waitedFor) {
      this.#behind = true;
      this.leave();
    }
    this.#put({ kind: "segment", bytes: part });
  }

  /** Sound is missing, or its time is another one: what follows is a stretch of its own. */
  break({ utc, seconds, message }: Break): void {
    if (!this.#begun) return;
    this.#begun = false;
    this.#put(gapEvent("stalled", message, { utc, seconds }));
  }

  end(why: string, now: number): void {
    if (this.#begun) this.#put({ kind: "end" });
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

  /** Undefined when it has left. Throws `too_slow` where it was left behind. */
  async next(): Promise<LiveEvent | undefined> {
    while (this.#events.length === 0 && !this.#left)
      await new Promise<void>((resolve) => {
        this.#come = resolve;
      });
    if (this.#behind) throw new OrcaError("too_slow", "Sound came faster than it was taken.");
    const event = this.#events.shift();
    if (event?.kind === "segment") this.#waiting = Math.max(0, this.#waiting - event.bytes.length);
    this.#taken();
    return this.#left ? undefined : event;
  }

  async room(): Promise<void> {
    while (this.#waitedFor && this.#waiting > MOST_WAITING && !this.#left)
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
