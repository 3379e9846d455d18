import type { Sound } from "./sound.ts";
import { Stretcher } from "./stretcher.ts";

/** Seconds of the sound that are read and scheduled at a time: a click is heard at once, and an hour never lies in memory. */
const PIECE = 4;
/** Seconds before the end of what is scheduled at which the next piece is read. */
const AHEAD = 2;

/** What was scheduled: for the playhead, and for whoever wants to check it. */
export interface Playing {
  readonly from: number;
  readonly to: number;
}

/** How a sound is heard. */
export interface Hearing {
  /** 1, 0.5 or 0.25. */
  readonly speed: number;
  /** Whether a slower sound keeps its pitch; otherwise a call is heard that much lower. */
  readonly keepPitch: boolean;
  /** From the end on it begins anew. */
  readonly loop: boolean;
  /** Hz between which it is heard; all of it where left out. */
  readonly band?: readonly [low: number, high: number] | undefined;
}

/** Plays spans of a sound, one at a time. */
export class Player {
  #context: AudioContext | undefined;
  #output: GainNode | undefined;
  #tap: MediaStreamAudioDestinationNode | undefined;
  #run = 0;
  /** The context's time at which the playing span began, or its last round did. */
  #begun = 0;
  #speed = 1;
  #sources = new Set<AudioBufferSourceNode>();
  playing: Playing | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Seconds in the sound that are heard now. */
  get position(): number | undefined {
    if (this.playing === undefined || this.#context === undefined) return undefined;
    const { from, to } = this.playing;
    const heard = Math.max(0, (this.#context.currentTime - this.#begun) * this.#speed);
    return from + (heard % Math.max(0.01, to - from));
  }

  /** What is heard, for a recorder. */
  stream(): MediaStream {
    const { context, output } = this.#ready();
    this.#tap ??= context.createMediaStreamDestination();
    output.connect(this.#tap);
    return this.#tap.stream;
  }

  /** Plays from one time to another; resolves when it has ended or was stopped. */
  async play(sound: Sound, from: number, to: number, hearing: Hearing): Promise<void> {
    this.stop();
    const run = ++this.#run;
    const { context, output } = this.#ready();
    await context.resume();
    const end = Math.min(to, sound.seconds);
    const { speed, keepPitch, loop } = hearing;
    const filtered = filters(context, output, hearing.band, keepPitch ? 1 : speed);
    let when = context.currentTime + 0.02;
    let ended = Promise.resolve();
    do {
      const stretcher = keepPitch && speed !== 1 ? new Stretcher(sound.rate, speed) : undefined;
      for (let at = from; at < end; at += PIECE) {
        const last = at + PIECE >= end;
        const read = await sound.read(at, Math.min(end, at + PIECE));
        if (this.#run !== run || read.length === 0) return;
        const samples = stretcher === undefined ? read : stretcher.push(read, last);
        if (samples.length === 0) continue;
        const buffer = context.createBuffer(1, samples.length, sound.rate);
        buffer.copyToChannel(samples, 0);
        const source = new AudioBufferSourceNode(context, { buffer });
        const rate = stretcher === undefined ? speed : 1;
        source.playbackRate.value = rate;
        source.connect(filtered);
        if (at === from && this.playing === undefined) {
          [this.#begun, this.#speed] = [when, speed];
          this.playing = { from, to: end };
          this.#changed();
        }
        source.start(when, 0, buffer.duration);
        when += buffer.duration / rate;
        this.#sources.add(source);
        ended = new Promise((resolve) => {
          source.onended = () => {
            this.#sources.delete(source);
            resolve();
          };
        });
        const wait = when - AHEAD - context.currentTime;
        if (wait > 0 && (!last || loop)) await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
        if (this.#run !== run) return;
      }
    } while (loop && end > from);
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

/** The way to the output through a band: two filters of the second order at each of its ends. */
function filters(context: AudioContext, output: AudioNode, band: Hearing["band"], speed: number): AudioNode {
  if (band === undefined) return output;
  const [low, high] = band;
  const made = [
    ...[0, 1].map(() => new BiquadFilterNode(context, { type: "highpass", frequency: Math.max(1, low * speed) })),
    ...[0, 1].map(
      () =>
        new BiquadFilterNode(context, { type: "lowpass", frequency: Math.min(context.sampleRate / 2, high * speed) }),
    ),
  ];
  for (const [at, filter] of made.entries()) filter.connect(made[at + 1] ?? output);
  return made[0] as AudioNode;
}
