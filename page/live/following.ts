import { counted } from "../../src/counted.ts";
import type { GapRecord, HeaderRecord, LiveRecord } from "../../src/records/index.ts";
import { MOST_MINUTES } from "../audio/microphone.ts";
import { PartsSound, partOf } from "../audio/parts-sound.ts";
import type { Recording } from "../session/recording.ts";
import { Result } from "../session/result.ts";
import { follow, type Hydrophone } from "./hydrophone-socket.ts";
import { LivePlayer } from "./live-player.ts";

/** What following changes around it. */
export interface Surroundings {
  newRecording(name: string, header: HeaderRecord): Recording;
  changed(): void;
}

/** A hydrophone that is followed, or was: each stretch of unbroken audio is a recording of its own. */
export class Following {
  readonly hydrophone: Hydrophone;
  readonly model: string;
  readonly player = new LivePlayer();
  readonly gaps: GapRecord[] = [];
  /** Why nothing comes. */
  waiting: string | undefined;
  running = true;
  readonly #around: Surroundings;
  readonly #leaving = new AbortController();
  #result: Result | undefined;
  #sound: PartsSound | undefined;
  #windows = 0;
  #seconds = 0;

  constructor(hydrophone: Hydrophone, model: string, around: Surroundings) {
    this.hydrophone = hydrophone;
    this.model = model;
    this.#around = around;
  }

  /** What has come is kept. */
  stop(): void {
    this.#leaving.abort();
  }

  /** Resolves with what came of it, in words. */
  async run(): Promise<string> {
    const receiver = {
      record: (record: LiveRecord) => this.#record(record),
      sound: (samples: Int16Array<ArrayBuffer>, rate: number) => this.#hear(samples, rate),
    };
    try {
      await follow(this.hydrophone.name, this.model, receiver, this.#leaving.signal);
    } finally {
      this.running = false;
      this.player.stop();
      this.#result?.finish(this.#result.summary);
    }
    const gaps = this.gaps.length === 0 ? "without a gap" : `with ${this.gaps.length} gap(s)`;
    return `${counted(this.#windows, "window")} of ${this.hydrophone.title} by ${this.model}, ${gaps}.`;
  }

  #record(record: LiveRecord): void {
    this.waiting = record.type === "waiting" ? record.message : undefined;
    if (record.type === "header") this.#begin(record);
    else if (record.type === "window") {
      this.#windows++;
      this.#result?.push(record);
    } else if (record.type === "summary") this.#result?.finish(record);
    else if (record.type === "gap") this.gaps.push(record);
    this.#around.changed();
  }

  #begin(header: HeaderRecord): void {
    const utc = header.start?.utc;
    const when = utc === undefined ? "" : `, ${utc.slice(0, 19).replace("T", " ")} UTC`;
    const recording = this.#around.newRecording(this.hydrophone.title + when, header);
    this.#sound = new PartsSound(header.source.rate);
    recording.sound = this.#sound;
    this.#result = new Result(header);
    recording.results.set(this.model, this.#result);
    this.#around.changed();
  }

  #hear(samples: Int16Array<ArrayBuffer>, rate: number): void {
    this.#sound?.push(partOf(samples));
    this.player.push(samples, rate);
    this.#seconds += samples.length / rate;
    this.#around.changed();
    // What is heard is held for playing it again.
    if (this.#seconds >= 60 * MOST_MINUTES) this.stop();
  }
}
