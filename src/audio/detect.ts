import { OrcaError } from "../errors.ts";
import type { Kernels } from "../kernels/index.ts";
import type { MetadataBlock } from "../times/index.ts";
import { AdtsDecoder } from "./aac/index.ts";
import { AiffDecoder } from "./aiff.ts";
import { ByteQueue } from "./byte-queue.ts";
import { CafDecoder } from "./caf.ts";
import { type CodecModules, moduleOf } from "./codecs.ts";
import { FlacDecoder } from "./flac/index.ts";
import type { Format } from "./formats.ts";
import { Mp3Decoder } from "./mp3/index.ts";
import { Mp4Decoder } from "./mp4/index.ts";
import { MpegTsDecoder } from "./mpeg-ts/index.ts";
import { OggDecoder } from "./ogg/index.ts";
import { isDetections, makersKind, unreadError } from "./other-kinds.ts";
import type { EnterableDecoder } from "./pieces.ts";
import { RawDecoder } from "./raw.ts";
import { isWave, sniff } from "./sniff.ts";
import type { AudioDecoder, AudioInfo, ClockSpan, DecodeOptions, Finding } from "./types.ts";
import { WavDecoder } from "./wav.ts";

/** Bytes by which a WAVE file is told where the caller says that it is raw. */
const WAVE_MAGIC = 4;

/**
 * Finds out by the first bytes what the audio is and hands everything to that decoder. With `options.raw` the bytes are
 * taken as raw PCM. At most 16 KiB wait until that is known.
 */
export class DetectingDecoder implements AudioDecoder {
  readonly #kernels: Kernels;
  readonly #codecs: CodecModules;
  readonly #options: DecodeOptions;
  readonly #first = new ByteQueue();
  #received = 0;
  /** Bytes of a tag that are still to be passed over. */
  #skip = 0;
  /** So many bytes must be there before the next look. */
  #need: number;
  #decoder: AudioDecoder | undefined;
  #enterable: EnterableDecoder | undefined;
  readonly #detections: boolean;

  constructor(kernels: Kernels, codecs: CodecModules, options: DecodeOptions) {
    this.#kernels = kernels;
    this.#codecs = codecs;
    this.#options = options;
    this.#detections = options.file !== undefined && isDetections(options.file);
    this.#need = options.raw === undefined ? 1 : WAVE_MAGIC;
  }

  get info(): AudioInfo | undefined {
    return this.#decoder?.info;
  }

  /** The decoder, where its sound can be entered anywhere. */
  get enterable(): EnterableDecoder | undefined {
    return this.#enterable;
  }

  get span(): ClockSpan | undefined {
    return this.#decoder?.span;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    if (this.#decoder !== undefined) {
      yield* this.#decoder.push(bytes);
      return;
    }
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#received += skipped;
    this.#first.append(bytes.subarray(skipped), this.#received);
    this.#received += bytes.length - skipped;
    if (this.#first.length >= this.#need) yield* this.#look(false);
  }

  *flush(): Generator<Float32Array> {
    if (this.#decoder === undefined) {
      if (this.#first.length === 0) throw this.#nothing();
      yield* this.#look(true);
    }
    if (this.#decoder === undefined) throw this.#nothing();
    yield* this.#decoder.flush();
  }

  /** What has come is a whole header: no more is waited for to tell what it is of. */
  *settle(): Generator<Float32Array> {
    if (this.#decoder === undefined) yield* this.#look(true);
  }

  takeGap(): number {
    return this.#decoder?.takeGap?.() ?? 0;
  }

  findings(): Finding[] {
    const findings = this.#decoder?.findings() ?? [];
    if (!this.#detections) return findings;
    const message =
      "This is a SoundTrap detector's file (.dwv): short pieces of sound end to end, whose times stand in the .bcl file " +
      "beside it. Windows reach over several pieces, and have no utc.";
    return [{ code: "not_continuous", message, lost: false }, ...findings];
  }

  /** Whether a place in the audio tells when it was. */
  get continuous(): boolean {
    return !this.#detections;
  }

  metadata(): readonly MetadataBlock[] {
    return this.#decoder?.metadata?.() ?? [];
  }

  *#look(final: boolean): Generator<Float32Array> {
    for (;;) {
      const waiting = this.#first.view(this.#first.length);
      if (waiting.length === 0 && this.#received > 0) return;
      const start = this.#received - waiting.length;
      if (this.#options.raw !== undefined) {
        this.#decoder = this.#raw(waiting);
        break;
      }
      const maker = this.#options.file === undefined ? undefined : makersKind(this.#options.file);
      if (maker !== undefined) throw unreadError(maker);
      const found = sniff(waiting, final);
      if (found.kind === "more") {
        this.#need = found.bytes;
        return;
      }
      if (found.kind === "format") {
        const decoder = this.#make(found.format, start);
        this.#decoder = decoder;
        // Behind a tag decoders count from their own first byte.
        if (start === 0 && this.continuous && (decoder instanceof WavDecoder || decoder instanceof FlacDecoder))
          this.#enterable = decoder;
        break;
      }
      const skipped = Math.min(found.length, waiting.length);
      this.#skip = found.length - skipped;
      this.#first.drop(skipped);
      this.#need = 1;
    }
    const bytes = this.#first.view(this.#first.length).slice();
    this.#first.drop(bytes.length);
    yield* this.#decoder.push(bytes);
  }

  #make(format: Format, start: number): AudioDecoder {
    const [kernels, codecs, { channel, size }] = [this.#kernels, this.#codecs, this.#options];
    const bytes = size === undefined ? undefined : size - start;
    const coded = { kernels, codecs, channel, start };
    switch (format) {
      case "wav":
        return new WavDecoder(kernels, channel, bytes);
      case "aiff":
        return new AiffDecoder(kernels, channel, bytes);
      case "flac":
        return new FlacDecoder(coded);
      case "ogg":
        return new OggDecoder(coded);
      case "mp3":
        return new Mp3Decoder(coded);
      case "adts":
        return new AdtsDecoder(moduleOf(codecs, "aac", start), channel, start);
      case "caf":
        return new CafDecoder(coded, this.#options);
      case "mp4":
        return new Mp4Decoder(coded, this.#options);
      case "mpeg-ts":
        return new MpegTsDecoder(moduleOf(codecs, "aac", start), channel);
    }
  }

  #raw(first: Uint8Array): AudioDecoder {
    const { raw, channel } = this.#options;
    if (raw !== undefined && !isWave(first)) return new RawDecoder(this.#kernels, raw, channel);
    throw new OrcaError("bad_option", "The input is a WAV file, and was said to be raw PCM.", {
      byteOffset: 0,
      field: "pcm",
      hint: "Leave pcm, rate and channels away (over HTTP, send it as audio/wav).",
    });
  }

  #nothing(): OrcaError {
    if (this.#received > 0) {
      const message = `The ${this.#received} byte(s) are an ID3 tag and nothing else.`;
      return new OrcaError("no_samples", message, { byteOffset: this.#received, hint: "The file was cut short." });
    }
    return new OrcaError("empty_body", "The input is empty: there is no audio in it.", {
      byteOffset: 0,
      hint: "Nothing was recorded, or an upload had no body: curl sends one with --data-binary @recording.wav",
    });
  }
}
