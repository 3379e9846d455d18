import { OrcaError } from "../../errors.ts";
import { ByteQueue } from "../byte-queue.ts";
import { MissingUnits, NO_SOUND } from "../filling.ts";
import { FindingList } from "../finding-list.ts";
import type { AudioDecoder, AudioInfo, CodedOptions, DecodeOptions, Finding } from "../types.ts";
import { Priming } from "../units.ts";
import { boxHeader, LONG_BOX_HEADER } from "./boxes.ts";
import { type Movie, readMovie } from "./movie.ts";
import { FragmentSamples, type Sample } from "./samples.ts";

/** Bytes of an index: 4 for each unit, 0.6 MB an hour of AAC at 48 kHz. */
export const LONGEST_INDEX = 1 << 26;
/** Bytes of a fragment's index. */
const LONGEST_FRAGMENT = 1 << 22;

/** Bytes taken in at a time: bounds the memory, changes no number. */
const SLICE = 1 << 14;

/**
 * MP4, M4A and QuickTime files with AAC-LC or ALAC, whole or in fragments, as a stream. The index (moov) must come before
 * the sound, or be given: it tells where the sound stands.
 */
export class Mp4Decoder implements AudioDecoder {
  readonly #options: CodedOptions;
  readonly #queue = new ByteQueue();
  readonly #findings = new FindingList();
  readonly #missing = new MissingUnits();
  #state: "box" | "skip" | "index" | "fragment" | "media" = "box";
  #received: number;
  /** Bytes of the box that are still to come. */
  #left = 0;
  /** Where the box began. */
  #boxStart = 0;
  /** Whether the index was given, and the file's own is passed over. */
  readonly #given: boolean;
  /** Whether the file has none. */
  readonly #noIndex: boolean;
  #movie: Movie | undefined;
  #priming = new Priming(0);
  #next: Sample | undefined;
  #units = 0;
  #samples = 0;
  #disordered = false;
  info: AudioInfo | undefined;

  /** @param behind  moov's contents, where they stand behind the sound and could be read ahead, or that there are none */
  constructor(options: CodedOptions, { index, noIndex = false }: Pick<DecodeOptions, "index" | "noIndex"> = {}) {
    this.#options = options;
    this.#noIndex = noIndex;
    this.#received = options.start;
    this.#given = index !== undefined;
    if (index !== undefined) this.#open(index.bytes, index.source);
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    for (let at = 0; at < bytes.length; at += SLICE) {
      const part = bytes.subarray(at, at + SLICE);
      this.#queue.append(part, this.#received);
      this.#received += part.length;
      let stepped = true;
      while (stepped) stepped = yield* this.#step();
    }
  }

  flush(): Iterable<Float32Array> {
    const end = this.#received;
    const movie = this.#movie;
    if (movie === undefined) throw withoutIndex(end);
    const left = Math.min(movie.samples.left + (this.#next === undefined ? 0 : 1), movie.units - this.#units);
    if (left > 0) {
      const message = `The index names ${left} unit(s) of sound more than came up to byte ${end}.`;
      this.#findings.add({ code: "truncated", message, lost: true, byteOffset: end, count: left });
    } else if (this.#left > 0 && Number.isFinite(this.#left) && this.#state !== "skip" && this.#state !== "box") {
      const message = `The last box says ${this.#left} byte(s) more than came.`;
      this.#findings.add({ code: "truncated", message, lost: true, byteOffset: end, count: this.#left });
    }
    if (this.#samples === 0) {
      throw new OrcaError("no_samples", `The MP4 file has no sound up to its end at byte ${end}.`, {
        byteOffset: end,
        hint: "The file was cut short, or the recording is empty.",
      });
    }
    return [];
  }

  findings(): Finding[] {
    return [...this.#findings.all(), ...(this.#movie?.codec.findings(this.#received) ?? [])];
  }

  takeGap(): number {
    return this.#missing.takeGap();
  }

  *#step(): Generator<Float32Array, boolean> {
    const queue = this.#queue;
    switch (this.#state) {
      case "box":
        return this.#box();
      case "skip":
        return this.#skip(Math.min(queue.length, this.#left));
      case "media":
        return yield* this.#media(this.#movie as Movie);
      default: {
        if (queue.length < this.#left) return false;
        const bytes = queue.view(this.#left).slice();
        const source = queue.sourceOf(queue.position);
        queue.drop(bytes.length);
        if (this.#state === "index") this.#open(bytes, source);
        else if (this.#movie?.samples instanceof FragmentSamples) this.#movie.samples.add(bytes, this.#boxStart);
        this.#left = 0;
        this.#state = "box";
        return true;
      }
    }
  }

  #skip(count: number): boolean {
    this.#queue.drop(count);
    this.#left -= count;
    if (this.#left === 0) this.#state = "box";
    return count > 0 || this.#left === 0;
  }

  #box(): boolean {
    const queue = this.#queue;
    const head = boxHeader(queue.view(LONG_BOX_HEADER), 0);
    if (head === undefined) return false;
    const source = queue.sourceOf(queue.position);
    this.#boxStart = source;
    if (head.size < head.header) {
      if (this.#movie === undefined) throw malformed(source, `a box of ${head.size} bytes`);
      const message = `What follows from byte ${source} on is no box and was ignored.`;
      this.#findings.addChunk({
        code: "trailing_bytes",
        message,
        lost: this.#movie.samples.left > 0,
        byteOffset: source,
      });
      this.#left = Number.POSITIVE_INFINITY;
      this.#state = "skip";
      return true;
    }
    queue.drop(head.header);
    this.#left = head.size - head.header;
    this.#state = "skip";
    if (head.type === "moov" && !this.#given && this.#movie === undefined) {
      if (this.#left > LONGEST_INDEX) throw malformed(source, `an index of ${this.#left} bytes`);
      this.#state = "index";
    } else if (head.type === "moof" && this.#movie !== undefined) {
      if (this.#left > LONGEST_FRAGMENT) throw malformed(source, `a fragment's index of ${this.#left} bytes`);
      this.#state = "fragment";
    } else if (head.type === "mdat" && this.#left > 0) {
      if (this.#movie === undefined) throw this.#noIndex ? withoutIndex(source) : behind(source);
      this.#state = "media";
    } else if (this.#left === 0) this.#state = "box";
    return true;
  }

  #open(moov: Uint8Array, source: number): void {
    const movie = readMovie(moov, source, this.#options);
    this.#movie = movie;
    this.#priming = new Priming(movie.priming);
    const { codec, declared, priming } = movie;
    this.info = {
      container: "mp4",
      bigEndian: false,
      declaredFrames: declared,
      ...codec.info,
      ...(priming > 0 ? { priming } : {}),
    };
    if (movie.others > 0) {
      const message = `${movie.others} more track(s) of sound were left aside.`;
      this.#findings.add({ code: "skipped_stream", message, lost: false, byteOffset: source, count: movie.others });
    }
  }

  *#media(movie: Movie): Generator<Float32Array, boolean> {
    const queue = this.#queue;
    if (this.#units < movie.units) this.#next ??= movie.samples.next();
    const sample = this.#next;
    const position = queue.sourceOf(queue.position);
    if (sample === undefined) {
      this.#state = "skip";
      return true;
    }
    if (sample.offset > position) return this.#skip(Math.min(queue.length, this.#left, sample.offset - position));
    if (sample.offset < position) {
      this.#noteDisorder(sample);
      yield* this.#unit(movie, sample, undefined, "it stands before the one it follows");
      return true;
    }
    if (sample.size > movie.codec.longest || sample.size > this.#left || sample.size === 0) {
      yield* this.#unit(movie, sample, undefined, `its index says ${sample.size} bytes`);
      return true;
    }
    if (queue.length < sample.size) return false;
    const bytes = queue.view(sample.size).slice();
    queue.drop(bytes.length);
    this.#left -= bytes.length;
    if (this.#left === 0) this.#state = "box";
    yield* this.#unit(movie, sample, bytes, "");
    return true;
  }

  *#unit(movie: Movie, sample: Sample, bytes: Uint8Array | undefined, reason: string): Generator<Float32Array> {
    const { codec } = movie;
    this.#next = undefined;
    this.#units++;
    const { rate } = codec.info;
    if (bytes === undefined && !this.#missing.miss(codec.unitSamples / rate)) {
      yield NO_SOUND;
      return;
    }
    const gap = bytes === undefined ? undefined : this.#missing.found(sample.offset, this.#samples / rate);
    if (gap !== undefined) this.#findings.addChunk(gap);
    const made = bytes === undefined ? codec.conceal(sample.offset, reason) : codec.decode(bytes, sample.offset);
    for (const part of this.#priming.cut(made)) {
      this.#samples += part.length;
      yield part;
    }
  }

  #noteDisorder({ offset }: Sample): void {
    if (this.#disordered) return;
    this.#disordered = true;
    const message = `Sound at byte ${offset} is to be heard behind sound that stands after it: it came too early in the stream.`;
    this.#findings.add({ code: "lost_sync", message, lost: true, byteOffset: offset });
  }
}

function withoutIndex(byteOffset: number): OrcaError {
  return new OrcaError(
    "audio_malformed",
    `The MP4 file has no index (moov); without it no sound is found (byte ${byteOffset}).`,
    {
      byteOffset,
      hint: "It was cut short: a recorder writes the index last. Tools like untrunc can make one anew.",
    },
  );
}

function behind(byteOffset: number): OrcaError {
  return new OrcaError(
    "unsupported_encoding",
    `The index of this MP4 file (moov) stands behind its sound (byte ${byteOffset}), and the bytes come in their order.`,
    {
      byteOffset,
      hint:
        "Put it to the front with: ffmpeg -i IN.m4a -c copy -movflags faststart OUT.m4a; " +
        "or read it as a file with orca-embed extract or the library, which look behind.",
    },
  );
}

function malformed(byteOffset: number, what: string): OrcaError {
  return new OrcaError("audio_malformed", `The MP4 file has ${what} at byte ${byteOffset}.`, {
    byteOffset,
    hint: "The file is damaged.",
  });
}
