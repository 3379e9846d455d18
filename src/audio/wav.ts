import { OrcaError } from "../errors.ts";
import { joinBytes } from "../join.ts";
import { type ChannelChoice, frameBytes, type Kernels, type PcmFormat, PcmReader } from "../kernels/index.ts";
import type { MetadataBlock } from "../times/index.ts";
import { anotherFile, dataSize, goesOn, missing, riffEnd, type SizeClaims, Tail, wrapped } from "./data-size.ts";
import { FindingList } from "./finding-list.ts";
import { chunkKind, isOrdinaryChunk, MetadataBlocks } from "./metadata.ts";
import {
  countsOf,
  type EnterableDecoder,
  type Entrance,
  type PieceFindings,
  type SampleRange,
  type SoundPlace,
} from "./pieces.ts";
import { sampleFindings } from "./sample-findings.ts";
import { isWave } from "./sniff.ts";
import type { AudioDecoder, AudioInfo, Finding } from "./types.ts";
import { endedBefore, FMT_BYTES, fourCharacters, readFormat, secondFormat } from "./wav-format.ts";

/** Where the parser is: collecting bytes of a header, passing over a chunk, in the samples, or behind all chunks. */
type State =
  | { readonly at: "collect"; readonly length: number; readonly use: (view: DataView, start: number) => void }
  | { readonly at: "skip" | "samples"; remaining: number; readonly odd: boolean }
  | { readonly at: "tail" };

/**
 * RIFF, RIFX, RF64 and BW64 WAVE, as a stream: nothing is sought, chunks may come in any order as long as fmt is before
 * data, and a data size of 0 or "unknown" means up to the end of the bytes. What sizes that lie are held against is in
 * data-size.ts.
 */
export class WavDecoder implements AudioDecoder, EnterableDecoder {
  readonly #kernels: Kernels;
  readonly #channel: ChannelChoice;
  readonly #findings = new FindingList();
  readonly #metadata = new MetadataBlocks();
  readonly #scratch = new Uint8Array(FMT_BYTES);
  #collected = 0;
  #position = 0;
  #state: State = { at: "collect", length: 12, use: (view) => this.#riff(view) };
  #littleEndian = true;
  #riffSize = 0;
  /** Where the file ends by RIFF's size, or by ds64's of it; 0 where neither says. */
  #riffEnd = 0;
  /** The data size of RF64's ds64 chunk; 0 where a stream's writer could not know. */
  #longDataSize: number | undefined;
  #reader: PcmReader | undefined;
  #endOfData = 0;
  #format: PcmFormat | undefined;
  readonly #fileSize: number | undefined;
  #claims: SizeClaims = { said: 0, riff: 0, start: 0, file: undefined };
  /** The samples are over by the data chunk's size, and nothing that stands behind them was looked at yet. */
  #atEndOfData = false;
  /** The byte before the last header that was taken for padding. */
  #padding: number | undefined;
  /** Bytes that were taken for a header and are to be read again as samples. */
  #again: Uint8Array | undefined;
  readonly #tail = new Tail();
  /** Of a piece: whether it is the last, which says what the header and what stands behind the sound tell. */
  #last = true;
  sound: SoundPlace | undefined;
  /** Of the chunk that is passed over: whether nobody knows its name. */
  #unknownChunk = false;
  info: AudioInfo | undefined;

  /** @param fileSize  bytes of the whole file, where the caller knows */
  constructor(kernels: Kernels, channel: ChannelChoice, fileSize?: number) {
    this.#kernels = kernels;
    this.#channel = channel;
    this.#fileSize = fileSize;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    for (let at = 0; at < bytes.length; ) {
      const state = this.#state;
      if (state.at === "tail") {
        this.#tail.push(bytes.subarray(at));
        this.#position += bytes.length - at;
        return;
      }
      if (state.at === "collect") {
        at += this.#collect(state, bytes.subarray(at));
        const again = this.#again;
        this.#again = undefined;
        if (again !== undefined) yield* this.push(again);
        continue;
      }
      const part = bytes.subarray(at, at + Math.min(bytes.length - at, state.remaining));
      at += part.length;
      this.#position += part.length;
      state.remaining -= part.length;
      if (state.at === "samples" && this.#reader !== undefined) {
        this.#endOfData = this.#position;
        yield* this.#reader.push(part);
      } else {
        this.#metadata.push(part);
        if (this.#unknownChunk) this.#tail.push(part);
      }
      if (state.remaining > 0) continue;
      this.#metadata.end();
      this.#atEndOfData = state.at === "samples";
      this.#afterChunk(state.odd);
    }
  }

  flush(): Iterable<Float32Array> {
    const state = this.#state;
    this.#metadata.end();
    if (this.info === undefined) throw endedBefore("fmt", this.#position);
    if (this.#reader === undefined) throw endedBefore("data", this.#position);
    if (state.at === "samples" && Number.isFinite(state.remaining) && state.remaining > 0) {
      this.#findings.add(missing(state.remaining, this.#position, this.#claims));
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

  enter({ byte, sample }: Entrance, own: SampleRange): void {
    const state = this.#state;
    if (state.at !== "samples") throw new Error("a WAV file can be entered where its samples begin");
    state.remaining -= byte - this.#position;
    this.#position = byte;
    this.#last = own.to === Number.POSITIVE_INFINITY;
    this.#reader?.enter(sample, own);
  }

  found(): PieceFindings {
    const kept = this.#last ? this.#findings.all() : [];
    const counts = countsOf(this.#reader as PcmReader);
    return { log: { kept, unkept: 0, unkeptLost: false }, ...counts, endOfData: this.#endOfData };
  }

  metadata(): readonly MetadataBlock[] {
    return this.#metadata.all();
  }

  /** What stands after the audio and is none, or cut off: a chunk's contents, or too few bytes for a chunk's header. */
  #reportRest(state: State): void {
    const end = this.#position;
    if (state.at === "tail" || (state.at === "skip" && this.#unknownChunk && this.#tail.mayBeAudio)) {
      const { rate = 1 } = this.info ?? {};
      const bytesPerSecond = rate * (this.#format === undefined ? 1 : frameBytes(this.#format));
      this.#findings.add(this.#tail.finding(end, bytesPerSecond, this.#fileSize !== undefined));
    } else if (state.at === "skip") {
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
    this.#riffSize = view.getUint32(4, this.#littleEndian);
    this.#riffEnd = riffEnd(this.#riffSize);
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
    const atEndOfData = this.#atEndOfData;
    this.#atEndOfData = false;
    const known = chunkKind(id) !== undefined || isOrdinaryChunk(id);
    const fits = known || this.#fileSize === undefined || start + 8 + size <= this.#fileSize;
    if (!/^[\x20-\x7e]{4}$/.test(id) || (!before && !fits)) this.#noChunk(view, start, atEndOfData);
    else if (id === "fmt " && this.info === undefined) this.#formatChunk(size, start);
    else if (id === "ds64" && before) this.#longSizes(size, start);
    else if (id === "data") this.#dataChunk(size, start);
    else {
      const kind = chunkKind(id);
      const another = !before && isWave(new Uint8Array(view.buffer, view.byteOffset, 4));
      this.#unknownChunk = !known && !before && !another;
      if (another) this.#findings.addChunk(anotherFile(start, size + 8));
      else if (id === "fmt ") this.#findings.addChunk(secondFormat(start));
      else if (!known) {
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
      const { encoding, channels, rate, contradiction } = readFormat(view, at, this.#littleEndian);
      if (contradiction !== undefined) this.#findings.add(contradiction);
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
      const riffSize = Number(view.getBigUint64(0, true));
      if (riffSize > 0) {
        this.#riffSize = riffSize;
        this.#riffEnd = riffSize + 8;
      }
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
    const said = size === 0xffff_ffff && this.#longDataSize ? this.#longDataSize : size;
    this.#claims = { said, riff: this.#riffSize, start: start + 8, file: this.#fileSize };
    if (said === 0 && this.#riffEnd > start + 8) {
      // The RIFF size counts what is beyond: chunks, then the recording is empty, or the samples.
      this.#atEndOfData = true;
      this.#nextChunk();
      return;
    }
    const known = said > 0xffff_ffff ? said : dataSize(this.#claims, frameBytes(format));
    if (known !== undefined && known > said) this.#findings.add(wrapped("data", said, known, start + 4));
    if (known !== undefined) this.info = { ...info, declaredFrames: Math.floor(known / frameBytes(format)) };
    this.#state = { at: "samples", remaining: known ?? Number.POSITIVE_INFINITY, odd: (known ?? 0) % 2 === 1 };
    this.sound = { container: "wav", start: start + 8, unit: frameBytes(format) };
  }

  /** A chunk of odd length is followed by a zero byte, but not all writers know that. */
  #afterChunk(odd: boolean): void {
    this.#padding = undefined;
    if (!odd) {
      this.#nextChunk();
      return;
    }
    const use = (view: DataView, start: number) => {
      this.#nextChunk();
      if (view.getUint8(0) === 0) {
        this.#padding = 0;
        return;
      }
      const message = `The chunk that ends at byte ${start} has an odd length and no padding byte; read on without it.`;
      this.#findings.addChunk({ code: "unpadded_chunk", message, lost: false, byteOffset: start });
      this.#scratch[0] = view.getUint8(0);
      this.#collected = 1;
    };
    this.#state = { at: "collect", length: 1, use };
  }

  /** Where a chunk's header was expected stands none. */
  #noChunk(view: DataView, start: number, atEndOfData: boolean): void {
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
    const header = new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    const end = this.#riffEnd;
    if (!atEndOfData || end < start + header.length) {
      this.#state = { at: "tail" };
      this.#tail.push(header);
      return;
    }
    this.#findings.add(goesOn(this.#claims));
    this.#again = this.#padding === undefined ? header : joinBytes([Uint8Array.of(this.#padding), header]);
    this.#position = start + header.length - this.#again.length;
    this.#state = { at: "samples", remaining: end - this.#position, odd: (end - this.#claims.start) % 2 === 1 };
  }
}
