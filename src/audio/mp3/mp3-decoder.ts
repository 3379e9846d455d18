import { OrcaError } from "../../errors.ts";
import { checkRate } from "../../kernels/index.ts";
import { moduleOf } from "../codecs.ts";
import { gapFinding, LONGEST_FILL } from "../filling.ts";
import { FindingLog } from "../finding-log.ts";
import { FloatSink } from "../float-sink.ts";
import { FrameFinder, type Unit } from "../frame-finder.ts";
import type { AudioDecoder, AudioInfo, CodedOptions, Finding } from "../types.ts";
import { DECODER_DELAY, type InfoFrame, readInfoFrame } from "./info-frame.ts";
import { Libmpg123 } from "./libmpg123.ts";
import { MPEG_AUDIO, type MpegHeader } from "./mpeg-header.ts";

/** Bytes handed to the finder at a time: bounds the memory, changes no number. */
const SLICE = 1 << 14;

type UnitOf<Kind> = Extract<Unit<MpegHeader>, { kind: Kind }>;

/**
 * MPEG audio, layers I to III. Every frame gives its samples, whole or damaged. Where the encoder says by how much its
 * sound is late and how much is put behind it (the LAME tag), both are cut off; otherwise nothing is, as ffmpeg does it.
 */
export class Mp3Decoder implements AudioDecoder {
  readonly #options: CodedOptions;
  readonly #log = new FindingLog("MPEG audio frame");
  readonly #finder = new FrameFinder(MPEG_AUDIO);
  readonly #sink: FloatSink;
  #received: number;
  #decoder: Libmpg123 | undefined;
  #header: MpegHeader | undefined;
  #info: InfoFrame | undefined;
  #fresh = false;
  /** Samples decoded, and frames and bytes of them. */
  #decoded = 0;
  #frames = 0;
  #frameBytes = 0;
  /** Samples from `skip` and up to `from`, and from `to` on, are given; the encoder's padding lies between the two. */
  #skip = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.POSITIVE_INFINITY;
  #stopped = false;
  /** Seconds that were left out before what is to come. */
  #gap = 0;

  constructor(options: CodedOptions) {
    this.#options = options;
    this.#received = options.start;
    this.#sink = new FloatSink(options.kernels, options.channel);
  }

  get info(): AudioInfo | undefined {
    return this.#sink.info;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    for (let at = 0; at < bytes.length && !this.#stopped; at += SLICE) {
      const part = bytes.subarray(at, at + SLICE);
      this.#finder.queue.append(part, this.#received);
      this.#received += part.length;
      yield* this.#drain(false);
    }
  }

  *flush(): Generator<Float32Array> {
    if (!this.#stopped) yield* this.#drain(true);
    const announced = this.#info?.frames;
    if (announced !== undefined && this.#frames < announced && !this.#stopped) {
      const count = announced - this.#frames;
      const message = `The first frame says that there are ${announced} frames; ${count} of them did not come.`;
      this.#log.add({ code: "truncated", message, lost: true, byteOffset: this.#received, count });
    }
    if (this.#sink.samples > 0) return;
    throw new OrcaError("no_samples", `Up to byte ${this.#received} there is no whole frame of MPEG audio.`, {
      byteOffset: this.#received,
      hint: "The file was cut short, or it is no MP3 file.",
    });
  }

  findings(): Finding[] {
    return [...this.#log.all(), ...this.#sink.findings(this.#received)];
  }

  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }

  *#drain(final: boolean): Generator<Float32Array> {
    for (let unit = this.#finder.next(final); unit !== undefined; unit = this.#finder.next(final)) {
      const byteOffset = this.#finder.queue.sourceOf(unit.position);
      if (unit.kind === "frame") yield* this.#frame(unit, byteOffset);
      else if (unit.kind === "cut") {
        yield* this.#damaged(unit.header.samples, byteOffset, `the next frame begins after ${unit.length} byte(s)`);
      } else if (unit.kind === "garbage") yield* this.#garbage(unit.length, byteOffset);
      else {
        const message = `The last frame ends after ${unit.length} byte(s); it was dropped.`;
        this.#log.add({ code: "truncated", message, lost: true, byteOffset, count: unit.length });
      }
      if (this.#stopped) return;
    }
  }

  *#frame({ header, bytes }: UnitOf<"frame">, byteOffset: number): Generator<Float32Array> {
    if (this.#header === undefined) {
      this.#info = readInfoFrame(header, bytes);
      this.#begin(header, byteOffset);
      if (this.#info !== undefined) return;
    } else if (!this.#follows(header, byteOffset)) return;
    this.#frames++;
    this.#frameBytes += header.length;
    const decoder = this.#decoder as Libmpg123;
    if (!this.#fresh) decoder.restart(bytes);
    this.#fresh = true;
    const planes = decoder.decode(bytes, header);
    if (planes === undefined) {
      this.#frames--;
      yield* this.#damaged(header.samples, byteOffset, "it cannot be decoded");
      return;
    }
    yield* this.#give(planes, header.samples);
  }

  #begin(header: MpegHeader, byteOffset: number): void {
    const { codecs } = this.#options;
    this.#header = header;
    const { rate, channels, layer, samples } = header;
    checkRate(rate, "audio_malformed", byteOffset);
    this.#decoder = new Libmpg123(moduleOf(codecs, "mp3", byteOffset));
    this.#log.setRate(rate);
    const { frames, delay, padding } = this.#info ?? {};
    let total = frames === undefined ? undefined : frames * samples;
    if (delay !== undefined) this.#skip = delay + DECODER_DELAY;
    if (total !== undefined && padding !== undefined) {
      this.#to = total;
      this.#from = Math.min(total, total - padding + DECODER_DELAY);
      total = Math.max(0, this.#from - this.#skip);
    }
    const encoding = ({ 1: "mp1", 2: "mp2", 3: "mp3" } as const)[layer];
    const priming = this.#skip > 0 ? { priming: this.#skip } : {};
    this.#sink.open({
      container: "mp3",
      encoding,
      bigEndian: false,
      rate,
      channels,
      declaredFrames: total,
      ...priming,
    });
  }

  /** Whether a frame can go on behind those before it. */
  #follows(header: MpegHeader, byteOffset: number): boolean {
    const before = this.#header as MpegHeader;
    if (before.rate !== header.rate || before.layer !== header.layer) {
      const message = `From byte ${byteOffset} on there is MPEG audio of layer ${header.layer} at ${header.rate} Hz; it was left aside.`;
      this.#log.add({ code: "stopped", message, lost: true, byteOffset });
      this.#stopped = true;
      return false;
    }
    if (before.channels !== header.channels) {
      this.#header = header;
      const message = `From byte ${byteOffset} on there are ${header.channels} channel(s), not ${before.channels}.`;
      this.#log.add({ code: "channels_changed", message, lost: false, byteOffset });
    }
    return true;
  }

  /** Bytes of no frame: how many frames they were is told from the length of those before. */
  *#garbage(length: number, byteOffset: number): Generator<Float32Array> {
    const known = this.#frames > 0 && this.#header !== undefined;
    const worth = known ? Math.max(1, Math.round((length * this.#frames) / this.#frameBytes)) : 0;
    const { samples = 0, rate = 1 } = this.#header ?? {};
    const missing = (worth * samples) / rate;
    const frames = missing > LONGEST_FILL ? 0 : worth;
    if (missing > LONGEST_FILL) {
      this.#gap += missing;
      this.#fresh = false;
      this.#log.add(gapFinding("frame", byteOffset + length, missing, this.#sink.samples / rate));
    }
    const stands = frames > 0 ? `; ${frames} frame(s) of silence, by their number, stand for them` : "";
    const message = `${length} byte(s) from byte ${byteOffset} are of no MPEG audio frame${stands}.`;
    this.#log.add({ code: "lost_sync", message, lost: known, byteOffset, count: length });
    if (this.#header !== undefined && frames > 0) yield* this.#silence(frames * this.#header.samples);
  }

  *#damaged(samples: number, byteOffset: number, reason: string): Generator<Float32Array> {
    if (this.#header === undefined) return;
    this.#log.damagedBlock(this.#sink.samples, samples, byteOffset, reason);
    this.#frames++;
    yield* this.#silence(samples);
  }

  /** What comes behind silence does not go on from what was before it. */
  *#silence(samples: number): Generator<Float32Array> {
    this.#fresh = false;
    for (let left = samples; left > 0; left -= 1152) {
      const count = Math.min(1152, left);
      const plane = new Float32Array(count);
      yield* this.#give([plane, plane], count);
    }
  }

  /** Gives what is neither the encoder's delay nor its padding. */
  *#give(planes: readonly Float32Array[], samples: number): Generator<Float32Array> {
    const begin = this.#decoded;
    this.#decoded += samples;
    const channels = this.#sink.info?.channels === 1 ? this.#one(planes) : planes;
    for (const [from, to] of [
      [this.#skip, this.#from],
      [Math.max(this.#to, this.#skip), Number.POSITIVE_INFINITY],
    ] as const) {
      const [first, last] = [Math.max(from - begin, 0), Math.min(to - begin, samples)];
      if (first < last) yield* this.#sink.push(channels.map((plane) => plane.subarray(first, last)));
    }
  }

  /** One channel of two, where the stream began with one: both are the same, unless it has changed since. */
  #one([left, right]: readonly Float32Array[]): readonly Float32Array[] {
    if (left === undefined || right === undefined || this.#header?.channels === 1)
      return left === undefined ? [] : [left];
    return [left.map((value, i) => (value + (right[i] as number)) / 2)];
  }
}
