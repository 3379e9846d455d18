import type { Sound } from "./sound.ts";

/** Seconds that are read and scheduled at a time: a click is heard at once, and an hour never lies in memory. */
const PIECE = 4;
/** Seconds before the end of what is scheduled at which the next piece is read. */
const AHEAD = 2;

/** What was scheduled: for the playhead, and for whoever wants to check it. */
export interface Playing {
  readonly from: number;
  readonly to: number;
}

/** Plays spans of a sound, one at a time. */
export class Player {
  #context: AudioContext | undefined;
  #output: GainNode | undefined;
  #tap: MediaStreamAudioDestinationNode | undefined;
  #run = 0;
  #begun = 0;
  #sources = new Set<AudioBufferSourceNode>();
  playing: Playing | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Seconds in the sound that are heard now. */
  get position(): number | undefined {
    if (this.playing === undefined || this.#context === undefined) return undefined;
    return Math.min(this.playing.to, this.playing.from + Math.max(0, this.#context.currentTime - this.#begun));
  }

  /** What is heard, for a recorder. */
  stream(): MediaStream {
    const { context, output } = this.#ready();
    this.#tap ??= context.createMediaStreamDestination();
    output.connect(this.#tap);
    return this.#tap.stream;
  }

  /** Plays from one time to another; resolves when it has ended or was stopped. */
  async play(sound: Sound, from: number, to: number): Promise<void> {
    this.stop();
    const run = ++this.#run;
    const { context, output } = this.#ready();
    await context.resume();
    const end = Math.min(to, sound.seconds);
    let ended = Promise.resolve();
    for (let at = from; at < end; at += PIECE) {
      const samples = await sound.read(at, Math.min(end, at + PIECE));
      if (this.#run !== run || samples.length === 0) return;
      const buffer = context.createBuffer(1, samples.length, sound.rate);
      buffer.copyToChannel(samples, 0);
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(output);
      if (at === from) {
        this.#begun = context.currentTime + 0.02;
        this.playing = { from, to: end };
        this.#changed();
      }
      const when = this.#begun + (at - from);
      source.start(when, 0, buffer.duration);
      this.#sources.add(source);
      ended = new Promise((resolve) => {
        source.onended = () => {
          this.#sources.delete(source);
          resolve();
        };
      });
      const wait = when + buffer.duration - AHEAD - context.currentTime;
      if (wait > 0 && at + PIECE < end) await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
      if (this.#run !== run) return;
    }
    await ended;
    if (this.#run === run) this.stop();
  }

  stop(): void {
    this.#run++;
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
    }
    this.#sources.clear();
    if (this.playing === undefined) return;
    this.playing = undefined;
    this.#changed();
  }

  #ready(): { context: AudioContext; output: GainNode } {
    this.#context ??= new AudioContext();
    if (this.#output === undefined) {
      this.#output = this.#context.createGain();
      this.#output.connect(this.#context.destination);
    }
    return { context: this.#context, output: this.#output };
  }
}
