import { OrcaError } from "../errors.ts";
import { type ChannelChoice, frameBytes, type Kernels, type PcmFormat, PcmReader } from "../kernels/index.ts";
import type { MetadataBlock } from "../times/index.ts";
import { FindingList } from "./finding-list.ts";
import { chunkKind, MetadataBlocks } from "./metadata.ts";
import { sampleFindings } from "./sample-findings.ts";
import type { AudioDecoder, AudioInfo, Finding } from "./types.ts";
import { FMT_BYTES, readFormat } from "./wav-format.ts";

/** Chunks that carry neither audio nor times and are passed over without a word (RIFF, ID3 and recorders' own). */
const SILENT_CHUNKS = new Set(["fact", "cue ", "id3 ", "ID3 ", "JUNK", "junk", "PAD "]);

/**
 * Sizes that stand for "unknown" in streams. ffmpeg writes 0xFFFFFFFF, others that less their header; sox writes
 * 0x7FFFF000 rounded down to whole frames (sox src/wav.c, MS_UNSPEC), others up to 0x80000000. What lies between the
 * two is the size of a real file above 2 GiB.
 */
const UNKNOWN_SIZE = 0x7fff_f000;
const LAST_UNKNOWN_SIZE = 0x8000_0000;
const MAXIMAL_SIZE = 0xffff_ff00;

/** Where the parser is: collecting bytes of a header, passing over a chunk, in the samples, or done. */
type State =
  | { readonly at: "collect"; readonly length: number; readonly use: (view: DataView, start: number) => void }
  | { readonly at: "skip" | "samples"; remaining: number; readonly odd: boolean }
  | { readonly at: "done" };

/**
 * RIFF, RIFX, RF64 and BW64 WAVE, as a stream: nothing is sought, chunks may come in any order as long as fmt is before
 * data, and a data size of 0 or "unknown" means up to the end of the bytes.
 */
export class WavDecoder implements AudioDecoder {
  readonly #kernels: Kernels;
  readonly #channel: ChannelChoice;
  readonly #findings = new FindingList();
  readonly #metadata = new MetadataBlocks();
  readonly #scratch = new Uint8Array(FMT_BYTES);
  #collected = 0;
  #position = 0;
  #state: State = { at: "collect", length: 12, use: (view) => this.#riff(view) };
  #littleEndian = true;
  /** Where the file ends by the RIFF size, or 0 where a stream's writer could not know. */
  #riffEnd = 0;
  /** The data size of RF64's ds64 chunk; 0 where a stream's writer could not know. */
  #longDataSize: number | undefined;
  #reader: PcmReader | undefined;
  #endOfData = 0;
  #format: PcmFormat | undefined;
  info: AudioInfo | undefined;

  constructor(kernels: Kernels, channel: ChannelChoice) {
    this.#kernels = kernels;
    this.#channel = channel;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    for (let at = 0; at < bytes.length; ) {
      const state = this.#state;
      if (state.at === "done") return;
      if (state.at === "collect") {
        at += this.#collect(state, bytes.subarray(at));
        continue;
      }
      const part = bytes.subarray(at, at + Math.min(bytes.length - at, state.remaining));
      at += part.length;
      this.#position += part.length;
      state.remaining -= part.length;
      if (state.at === "samples" && this.#reader !== undefined) {
        this.#endOfData = this.#position;
        yield* this.#reader.push(part);
      } else this.#metadata.push(part);
      if (state.remaining > 0) continue;
      this.#metadata.end();
      this.#afterChunk(state.odd);
    }
  }

  flush(): Iterable<Float32Array> {
    const state = this.#state;
    this.#metadata.end();
    if (this.info === undefined) throw this.#endedEarly();
    if (this.#reader === undefined) {
      throw new OrcaError("wav_malformed", `The WAV file ended at byte ${this.#position} before any data chunk.`, {
        byteOffset: this.#position,
        hint: "The file was cut short, or it is not a recording.",
      });
    }
    if (state.at === "samples" && Number.isFinite(state.remaining) && state.remaining > 0) {
      this.#findings.add({
        code: "truncated",
        message: `The data chunk says ${state.remaining} byte(s) more than came; the audio up to byte ${this.#position} was used.`,
        lost: true,
        byteOffset: this.#position,
        count: state.remaining,
      });
    }
    this.#reportRest(state);
    if (this.#reader.frames === 0) {
      throw new OrcaError("no_samples", `The data chunk ends at byte ${this.#endOfData} without one whole sample.`, {
        byteOffset: this.#endOfData,
        hint: "The recording is empty; was the recorder stopped before it wrote?",
      });
    }
    return [];
  }

  findings(): Finding[] {
    const findings = this.#findings.all();
    if (this.#reader === undefined || this.info === undefined) return findings;
    return [...findings, ...sampleFindings(this.#reader, this.info.rate, this.#endOfData)];
  }

  metadata(): readonly MetadataBlock[] {
    return this.#metadata.all();
  }

  /** What stands after the audio and is cut off: a chunk's contents, or too few bytes for a chunk's header. */
  #reportRest(state: State): void {
    const end = this.#position;
    if (state.at === "skip") {
      const message = `The file ends ${state.remaining} byte(s) before its last chunk, behind the audio, is complete.`;
      this.#findings.add({ code: "truncated", message, lost: false, byteOffset: end, count: state.remaining });
    } else if (state.at === "collect" && this.#collected > 0) {
      const message = `The last ${this.#collected} byte(s) of the file are no chunk and were ignored.`;
      this.#findings.add({ code: "trailing_bytes", message, lost: false, byteOffset: end - this.#collected });
    }
  }

  #collect(state: Extract<State, { at: "collect" }>, bytes: Uint8Array): number {
    const take = Math.min(bytes.length, state.length - this.#collected);
    this.#scratch.set(bytes.subarray(0, take), this.#collected);
    this.#collected += take;
    this.#position += take;
    if (this.#collected === state.length) {
      this.#collected = 0;
      state.use(new DataView(this.#scratch.buffer, 0, state.length), this.#position - state.length);
    }
    return take;
  }

  #riff(view: DataView): void {
    const magic = fourCharacters(view, 0);
    this.#littleEndian = magic !== "RIFX";
    const size = view.getUint32(4, this.#littleEndian);
    this.#riffEnd = size >= UNKNOWN_SIZE ? 0 : size + 8;
    if (fourCharacters(view, 8) !== "WAVE") {
      throw new OrcaError(
        "not_audio",
        `A ${magic} file of kind ${JSON.stringify(fourCharacters(view, 8))}, not WAVE (byte 8).`,
        {
          byteOffset: 8,
          hint: "Send a WAV recording.",
        },
      );
    }
    this.#nextChunk();
  }

  #nextChunk(): void {
    this.#state = { at: "collect", length: 8, use: (view, start) => this.#chunk(view, start) };
  }

  #chunk(view: DataView, start: number): void {
    const id = fourCharacters(view, 0);
    const size = view.getUint32(4, this.#littleEndian);
    const before = this.#reader === undefined;
    if (id === "fmt " && before) this.#formatChunk(size, start);
    else if (id === "ds64" && before) this.#longSizes(size, start);
    else if (id === "data") this.#dataChunk(size, start);
    else if (!/^[\x20-\x7e]{4}$/.test(id)) this.#garbage(start);
    else {
      const kind = chunkKind(id);
      if (kind === undefined && !SILENT_CHUNKS.has(id)) {
        const message = `The ${JSON.stringify(id)} chunk of ${size} byte(s) was passed over.`;
        this.#findings.addChunk({ code: "skipped_chunk", message, lost: false, byteOffset: start });
      }
      if (size > 0) this.#metadata.begin(kind);
      this.#skip(size);
    }
  }

  #skip(size: number, odd = size % 2 === 1): void {
    if (size === 0) this.#afterChunk(odd);
    else this.#state = { at: "skip", remaining: size, odd };
  }

  #formatChunk(size: number, start: number): void {
    if (size < 16) {
      throw new OrcaError("wav_malformed", `The fmt chunk at byte ${start} has ${size} byte(s); it needs 16 or more.`, {
        byteOffset: start + 4,
        hint: "Is this a WAV file?",
      });
    }
    const length = Math.min(size, FMT_BYTES);
    const use = (view: DataView, at: number) => {
      const { encoding, channels, rate } = readFormat(view, at, this.#littleEndian);
      const bigEndian = !this.#littleEndian;
      this.#format = { encoding, bigEndian, channels };
      this.info = { container: "wav", encoding, bigEndian, rate, channels, declaredFrames: undefined };
      this.#skip(size - length, size % 2 === 1);
    };
    this.#state = { at: "collect", length, use };
  }

  #longSizes(size: number, start: number): void {
    if (size < 28) {
      throw new OrcaError(
        "wav_malformed",
        `The ds64 chunk at byte ${start} has ${size} byte(s); it needs 28 or more.`,
        {
          byteOffset: start + 4,
          hint: "Is this an RF64 file?",
        },
      );
    }
    const use = (view: DataView) => {
      this.#longDataSize = Number(view.getBigUint64(8, true));
      this.#skip(size - 28, size % 2 === 1);
    };
    this.#state = { at: "collect", length: 28, use };
  }

  #dataChunk(size: number, start: number): void {
    const { info } = this;
    const format = this.#format;
    if (info === undefined || format === undefined) {
      throw new OrcaError("wav_malformed", `The data chunk at byte ${start} comes before any fmt chunk.`, {
        byteOffset: start,
        hint: "Without fmt nobody can tell the rate or the encoding; re-export the file, or send it as raw PCM.",
      });
    }
    if (this.#reader !== undefined) {
      const message = `A second data chunk of ${size} byte(s) was passed over.`;
      this.#findings.addChunk({ code: "second_data_chunk", message, lost: true, byteOffset: start, count: size });
      this.#skip(size);
      return;
    }
    this.#reader = new PcmReader(this.#kernels, format, this.#channel);
    this.#endOfData = start + 8;
    if (size === 0 && this.#riffEnd > start + 8) {
      // The RIFF size counts chunks beyond this one, so the writer knew: the recording is empty, not a stream.
      this.#nextChunk();
      return;
    }
    const long = size === 0xffff_ffff ? this.#longDataSize : undefined;
    const known = long || (standsForUnknown(size, frameBytes(format)) ? undefined : size);
    if (known !== undefined) this.info = { ...info, declaredFrames: Math.floor(known / frameBytes(format)) };
    this.#state = { at: "samples", remaining: known ?? Number.POSITIVE_INFINITY, odd: (known ?? 0) % 2 === 1 };
  }

  /** A chunk of odd length is followed by a zero byte, but not all writers know that. */
  #afterChunk(odd: boolean): void {
    if (!odd) {
      this.#nextChunk();
      return;
    }
    const use = (view: DataView, start: number) => {
      this.#nextChunk();
      if (view.getUint8(0) === 0) return;
      const message = `The chunk that ends at byte ${start} has an odd length and no padding byte; read on without it.`;
      this.#findings.addChunk({ code: "unpadded_chunk", message, lost: false, byteOffset: start });
      this.#scratch[0] = view.getUint8(0);
      this.#collected = 1;
    };
    this.#state = { at: "collect", length: 1, use };
  }

  #garbage(start: number): void {
    if (this.info === undefined || this.#reader === undefined) {
      throw new OrcaError(
        "wav_malformed",
        `At byte ${start} a chunk's name was expected; what stands there is no text.`,
        {
          byteOffset: start,
          hint: "The header is damaged; re-export the file, or send the samples as raw PCM.",
        },
      );
    }
    const message = `What follows the audio from byte ${start} on is not a chunk and was ignored.`;
    this.#findings.add({ code: "trailing_bytes", message, lost: false, byteOffset: start });
    this.#state = { at: "done" };
  }

  #endedEarly(): OrcaError {
    return new OrcaError("wav_malformed", `The WAV file ended at byte ${this.#position} before any fmt chunk.`, {
      byteOffset: this.#position,
      hint: "The file was cut short, or it is not a recording.",
    });
  }
}

/** Whether a data size is one that a stream's writer puts where it cannot know; see UNKNOWN_SIZE. */
function standsForUnknown(size: number, frame: number): boolean {
  return size === 0 || size >= MAXIMAL_SIZE || (size > UNKNOWN_SIZE - frame && size <= LAST_UNKNOWN_SIZE);
}

function fourCharacters(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
