import { OrcaError } from "../../errors.ts";
import { checkChannel, PcmReader } from "../../kernels/index.ts";
import type { MetadataBlock } from "../../times/index.ts";
import { ByteQueue } from "../byte-queue.ts";
import { moduleOf } from "../codecs.ts";
import { gapFinding, LONGEST_FILL, NO_SOUND } from "../filling.ts";
import { FindingLog } from "../finding-log.ts";
import { chunkKind, MetadataBlocks } from "../metadata.ts";
import {
  countsOf,
  type EnterableDecoder,
  type Entrance,
  notInPieces,
  type PieceFindings,
  type SampleRange,
  type SoundLayout,
  type SoundPlace,
} from "../pieces.ts";
import { sampleFindings } from "../sample-findings.ts";
import type { AudioDecoder, AudioInfo, CodedOptions, Finding } from "../types.ts";
import { FlacFrames, type FlacUnit, sampleBytes } from "./flac-frames.ts";
import { endedInHeader, readStreamInfo, STREAM_INFO_BYTES, type StreamInfo, sameKind } from "./stream-info.ts";

const MARKER = 4;
const BLOCK_HEADER = 4;
const STREAM_INFO = 0;
const APPLICATION = 2;
const VORBIS_COMMENT = 4;
/** Identifier, chunk's name and its size. */
const FOREIGN_HEADER = 12;
const INVALID_BLOCK = 127;

/** Frames of silence put in at a time. */
const SILENT_FRAMES = 4096;

/** Where the length of the whole is not known, a longer gap than this is taken for another recording: seconds. */
const LONGEST_GAP = 3600;

type UnitOf<Kind> = Extract<FlacUnit, { kind: Kind }>;

/**
 * Native FLAC, and the packets of Ogg FLAC put in a row. Samples are those of a WAV file of the same recording, bit for
 * bit. Where frames are damaged or missing, the numbers of those that follow tell how much silence stands for them.
 */
export class FlacDecoder implements AudioDecoder, EnterableDecoder {
  readonly #options: CodedOptions;
  readonly #container: "flac" | "ogg";
  readonly #log = new FindingLog("FLAC frame");
  readonly #blocks = new MetadataBlocks();
  readonly #queue = new ByteQueue();
  #received: number;
  /** Bytes of a metadata block that are passed over. */
  #skip = 0;
  #markerSeen = false;
  #stream: StreamInfo | undefined;
  /** The first stream's, which those behind it must be like. */
  #kind: StreamInfo | undefined;
  #lastBlock = false;
  #frames: FlacFrames | undefined;
  #reader: PcmReader | undefined;
  #width = 0;
  /** Samples given out. */
  #samples = 0;
  /** Sample number, in the stream's own count, of the first sample given out; undefined until its first frame. */
  #origin: number | undefined;
  /** Samples given out before this stream of a chain. */
  #before = 0;
  #nominalBlock = 0;
  #damage: UnitOf<"garbage"> | undefined;
  /** Seconds that were left out before the frame to come. */
  #gap = 0;
  #stopped = false;
  /** Of a piece: the samples whose findings are its own. */
  #own: SampleRange | undefined;
  sound: SoundPlace | undefined;
  info: AudioInfo | undefined;

  constructor(options: CodedOptions, container: "flac" | "ogg" = "flac") {
    this.#options = options;
    this.#container = container;
    this.#received = options.start;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    for (let at = 0; at < bytes.length && !this.#stopped; ) {
      const frames = this.#frames;
      if (frames === undefined) {
        const part = bytes.subarray(at, at + (1 << 16));
        this.#queue.append(part, this.#received);
        at += part.length;
        this.#received += part.length;
        yield* this.#metadata();
      } else {
        const taken = frames.append(bytes.subarray(at));
        at += taken;
        this.#received += taken;
        yield* this.#drain(false);
      }
    }
  }

  *flush(): Generator<Float32Array> {
    if (this.#frames === undefined && !this.#stopped) throw endedInHeader(this.#received);
    yield* this.#drain(true);
    this.#reportEnd();
    if (this.#samples === 0) {
      const message = `The FLAC file has no whole frame up to its end at byte ${this.#received}.`;
      const hint = "The file was cut short or is damaged.";
      throw new OrcaError("no_samples", message, { byteOffset: this.#received, hint });
    }
  }

  findings(): Finding[] {
    const clipping =
      this.#reader === undefined || this.info === undefined
        ? []
        : sampleFindings(this.#reader, this.info.rate, this.#received);
    return [...this.#log.all(), ...clipping];
  }

  enter({ byte, sample }: Entrance, own: SampleRange, { origin, unit }: SoundLayout): void {
    this.#received = byte;
    this.#frames?.restart(byte);
    this.#reader?.enter(sample, own);
    this.#origin = origin;
    this.#nominalBlock = unit;
    this.#samples = sample;
    this.#own = own;
  }

  found(): PieceFindings {
    return { log: this.#log.state(), ...countsOf(this.#reader as PcmReader), endOfData: this.#received };
  }

  metadata(): readonly MetadataBlock[] {
    return this.#blocks.all();
  }

  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }

  /** The marker and the metadata blocks, as far as they have come. */
  *#metadata(): Generator<Float32Array> {
    const queue = this.#queue;
    for (;;) {
      const skipped = Math.min(this.#skip, queue.length);
      this.#blocks.push(queue.view(skipped));
      queue.drop(skipped);
      this.#skip -= skipped;
      if (this.#skip > 0) return;
      this.#blocks.end();
      const source = queue.sourceOf(queue.position);
      if (!this.#markerSeen) {
        if (queue.length < MARKER) return;
        this.#markerSeen = true;
        queue.drop(MARKER);
      } else if (this.#lastBlock) {
        yield* this.#begin(source);
        return;
      } else if (!this.#block(source)) return;
    }
  }

  /** @returns whether a whole block header was there */
  #block(source: number): boolean {
    const queue = this.#queue;
    const type = queue.byte(0) & 127;
    const wanted = this.#stream === undefined ? BLOCK_HEADER + STREAM_INFO_BYTES : BLOCK_HEADER;
    if (queue.length < wanted) return false;
    const length = queue.byte(1) * 65536 + queue.byte(2) * 256 + queue.byte(3);
    const first = this.#stream === undefined;
    if (type === INVALID_BLOCK || (first && (type !== STREAM_INFO || length < STREAM_INFO_BYTES))) {
      throw new OrcaError("audio_malformed", `At byte ${source} a FLAC file's STREAMINFO or metadata should stand.`, {
        byteOffset: source,
        hint: "The header is damaged.",
      });
    }
    this.#lastBlock = queue.byte(0) >= 128;
    if (first) this.#stream = readStreamInfo(queue.view(wanted).slice(BLOCK_HEADER), source + BLOCK_HEADER);
    const foreign = type === APPLICATION && length >= FOREIGN_HEADER;
    if (foreign && queue.length < BLOCK_HEADER + FOREIGN_HEADER) return false;
    queue.drop(BLOCK_HEADER);
    this.#skip = length;
    // Of a chain, the first stream's metadata say when the whole began.
    if (this.#kind !== undefined || length === 0) return true;
    if (type === VORBIS_COMMENT) this.#blocks.begin("vorbis");
    else if (foreign) this.#foreign();
    return true;
  }

  /** A chunk of the WAV file that this was made from, as `flac --keep-foreign-metadata` keeps them: "riff", name, size. */
  #foreign(): void {
    const head = String.fromCharCode(...this.#queue.view(8));
    if (!head.startsWith("riff")) return;
    this.#blocks.begin(chunkKind(head.slice(4)));
    this.#queue.drop(FOREIGN_HEADER);
    this.#skip -= FOREIGN_HEADER;
  }

  *#begin(source: number): Generator<Float32Array> {
    const stream = this.#stream as StreamInfo;
    const { rate, channels, bits, total } = stream;
    const { kernels, channel, codecs } = this.#options;
    const kind = this.#kind;
    if (kind !== undefined && !sameKind(kind, stream)) {
      const message =
        `From byte ${source} on there is another FLAC stream, of ${rate} Hz, ${channels} channel(s) and ${bits} bits; ` +
        "it was left aside.";
      this.#log.add({ code: "stopped", message, lost: true, byteOffset: source });
      this.#stopped = true;
      return;
    }
    this.#kind = stream;
    if (this.#reader === undefined) {
      checkChannel(channel, channels);
      this.info = {
        container: this.#container,
        encoding: "flac",
        bigEndian: false,
        rate,
        channels,
        declaredFrames: total,
        bits,
      };
      const encoding = ({ 2: "s16", 3: "s24", 4: "s32" } as const)[sampleBytes(bits)];
      this.#reader = new PcmReader(kernels, { encoding, bigEndian: false, channels }, channel);
      this.#width = channels * sampleBytes(bits);
      this.#log.setRate(rate);
    }
    this.#frames = new FlacFrames(moduleOf(codecs, "flac"), stream, source);
    this.#nominalBlock = stream.smallestBlock === stream.largestBlock ? stream.largestBlock : 0;
    this.sound ??= { container: "flac", start: source, stream };
    const rest = this.#queue.view(this.#queue.length).slice();
    this.#queue.drop(rest.length);
    for (let at = 0; at < rest.length && this.#frames !== undefined; ) {
      at += this.#frames.append(rest.subarray(at));
      yield* this.#drain(false);
    }
  }

  *#drain(final: boolean): Generator<Float32Array> {
    for (let unit = this.#frames?.next(final); unit !== undefined; unit = this.#frames?.next(final)) {
      if (unit.kind === "frame") yield* this.#frame(unit);
      else if (unit.kind === "garbage") this.#damage = unit;
      else if (unit.kind === "vain") yield NO_SOUND;
      else {
        yield* this.#chain();
        return;
      }
    }
  }

  *#frame({ source, length, number, variable, pcm }: UnitOf<"frame">): Generator<Float32Array> {
    if (this.#nominalBlock === 0) this.#nominalBlock = length;
    const first = variable ? number : number * this.#nominalBlock;
    if (this.#origin === undefined) this.#origin = first;
    const gap = first - this.#origin - (this.#samples - this.#before);
    if (gap !== 0) yield* this.#fill(gap, source);
    else if (this.#damage !== undefined && this.#owns(first)) this.#noteGarbage(this.#damage, false);
    this.#damage = undefined;
    this.#samples += length;
    yield* (this.#reader as PcmReader).push(pcm);
  }

  /** The frame at byte `source` begins `gap` samples after the last one's end. */
  *#fill(gap: number, source: number): Generator<Float32Array> {
    const stream = this.#stream as StreamInfo;
    const damage = this.#damage;
    const behind = this.#samples - this.#before + gap;
    const believable =
      gap > 0 && (stream.total === undefined ? gap <= LONGEST_GAP * stream.rate : behind <= stream.total);
    const fills = believable && gap <= LONGEST_FILL * stream.rate;
    if (!fills && this.#own !== undefined)
      throw notInPieces(source, `a frame's number leaps by ${gap / stream.rate} s`);
    if (!believable) {
      const where = `The frame at byte ${source} says that it is ${gap / stream.rate} s away from where the last one ended`;
      const message = `${where}; nothing was put in between.`;
      this.#log.add({ code: "time_jump", message, lost: gap > 0 || damage !== undefined, byteOffset: source });
      this.#origin = (this.#origin ?? 0) + gap;
      return;
    }
    if (!fills) {
      this.#gap += gap / stream.rate;
      this.#log.add(gapFinding("frame", source, gap / stream.rate, this.#samples / stream.rate));
      this.#origin = (this.#origin ?? 0) + gap;
      return;
    }
    const reason = damage?.reason ?? "frames are missing by their numbers";
    if (this.#owns((this.#origin ?? 0) + behind)) {
      this.#log.damagedBlock(this.#samples, gap, damage?.source ?? source, reason);
    }
    const silence = new Uint8Array(SILENT_FRAMES * this.#width);
    for (let left = gap; left > 0; left -= SILENT_FRAMES) {
      const frames = Math.min(left, SILENT_FRAMES);
      this.#samples += frames;
      yield* (this.#reader as PcmReader).push(silence.subarray(0, frames * this.#width));
    }
  }

  /** Whether what is found before the frame of a number is this decoder's to tell: a piece tells its own. */
  #owns(first: number): boolean {
    const { from, to } = this.#own ?? { from: 0, to: Number.POSITIVE_INFINITY };
    const sample = first - (this.#origin ?? 0);
    return sample >= from && sample < to;
  }

  #noteGarbage({ source, length }: UnitOf<"garbage">, lost: boolean): void {
    const message = `${length} byte(s) from byte ${source} are of no FLAC frame.`;
    this.#log.add({ code: "lost_sync", message, lost, byteOffset: source, count: length });
  }

  /** Another stream begins behind this one. */
  *#chain(): Generator<Float32Array> {
    const rest = this.#frames?.rest() ?? new Uint8Array(0);
    if (this.#own !== undefined) throw notInPieces(this.#received - rest.length, "another stream begins there");
    this.#reportEnd();
    this.#frames = undefined;
    this.#stream = undefined;
    this.#markerSeen = false;
    this.#lastBlock = false;
    this.#origin = undefined;
    this.#before = this.#samples;
    this.#queue.append(rest, this.#received - rest.length);
    yield* this.#metadata();
  }

  /** What is missing or too much where a stream ends. */
  #reportEnd(): void {
    if (this.#own !== undefined && this.#own.to !== Number.POSITIVE_INFINITY) return;
    const damage = this.#damage;
    const total = this.#stream?.total;
    const missing = total === undefined ? 0 : total - (this.#origin ?? 0) - (this.#samples - this.#before);
    if (damage?.cut === true) {
      const message = `The last FLAC frame, at byte ${damage.source}, is cut off; its ${damage.length} byte(s) were dropped.`;
      this.#log.add({ code: "truncated", message, lost: true, byteOffset: damage.source, count: damage.length });
    } else if (damage !== undefined) this.#noteGarbage(damage, total === undefined);
    if (missing > 0 && !this.#stopped) {
      const message = `STREAMINFO says ${missing} sample(s) more than came up to byte ${this.#received}.`;
      this.#log.add({ code: "truncated", message, lost: true, byteOffset: this.#received, count: missing });
    }
    this.#damage = undefined;
  }
}
