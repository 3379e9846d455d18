import { OrcaError } from "../errors.ts";
import { type ChannelChoice, checkRate, frameBytes, type Kernels, MAX_CHANNELS, PcmReader } from "../kernels/index.ts";
import { type AiffFormat, extended, pcmFormat } from "./aiff-format.ts";
import { ByteQueue } from "./byte-queue.ts";
import { anotherFile, Tail, unwrapped, wrapped } from "./data-size.ts";
import { FindingList } from "./finding-list.ts";
import { sampleFindings } from "./sample-findings.ts";
import type { AudioDecoder, AudioInfo, Finding } from "./types.ts";

/** COMM without a compression type has 18 bytes, with one 22 and its name. */
const COMMON_BYTES = 18;
const COMMON_CODED_BYTES = 22;

/** Bytes taken in at a time: bounds the memory, changes no number. */
const SLICE = 1 << 14;

/**
 * AIFF and AIFF-C with PCM in it (`NONE`, `twos`, `sowt`, `raw `, `in24`, `in32`, `fl32`, `fl64`), as a stream: COMM must
 * come before SSND, as all writers have it. Integers are at the top of their bytes.
 */
export class AiffDecoder implements AudioDecoder {
  readonly #kernels: Kernels;
  readonly #channel: ChannelChoice;
  readonly #findings = new FindingList();
  readonly #queue = new ByteQueue();
  #state: "form" | "chunk" | "common" | "sound" | "skip" | "samples" | "tail" = "form";
  #compressed = false;
  /** Whether COMM tells how many bytes of samples there are, not SSND. */
  #counted = false;
  /** Where the file ends by FORM's size. */
  #formEnd = 0;
  /** Bytes of the chunk that are still to come, its padding included. */
  #remaining = 0;
  #padding = 0;
  /** Bytes between the SSND header and the first sample. */
  #skipBefore = 0;
  #format: AiffFormat | undefined;
  #reader: PcmReader | undefined;
  #received = 0;
  #endOfData = 0;
  /** Bytes of one sample of all channels. */
  #width = 1;
  readonly #tail = new Tail();
  info: AudioInfo | undefined;

  readonly #fileSize: number | undefined;

  /** @param fileSize  bytes of the whole file, where the caller knows */
  constructor(kernels: Kernels, channel: ChannelChoice, fileSize?: number) {
    this.#kernels = kernels;
    this.#channel = channel;
    this.#fileSize = fileSize;
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
    if (this.#reader === undefined) {
      throw new OrcaError("audio_malformed", `The AIFF file ended at byte ${end} before any sound (SSND).`, {
        byteOffset: end,
        hint: "The file was cut short, or it is not a recording.",
      });
    }
    if (this.#state === "samples" && this.#remaining > this.#padding && Number.isFinite(this.#remaining)) {
      this.#missing(this.#remaining - this.#padding, this.#reader.frames);
    }
    if (this.#state === "tail") {
      const bytesPerSecond = this.#width * (this.info?.rate ?? 1);
      this.#findings.add(this.#tail.finding(end, bytesPerSecond, true));
    }
    const counted = this.info?.declaredFrames;
    if (counted !== undefined && counted !== this.#reader.frames && this.#findings.all().length === 0) {
      const message = `COMM counts ${counted} sample(s), and SSND holds ${this.#reader.frames}: these were read.`;
      this.#findings.add({ code: "header_contradiction", message, lost: false });
    }
    if (this.#reader.frames === 0) {
      throw new OrcaError("no_samples", `The SSND chunk ends at byte ${this.#endOfData} without one whole sample.`, {
        byteOffset: this.#endOfData,
        hint: "The recording is empty.",
      });
    }
    return [];
  }

  /** SSND says more than came: COMM, which counts the samples, tells whether any of them are missing. */
  #missing(count: number, frames: number): void {
    const byteOffset = this.#received;
    const counted = this.info?.declaredFrames;
    if (counted !== undefined && frames >= counted) {
      const message = `The SSND chunk says ${count} byte(s) more than there are; all ${counted} sample(s) of COMM are there.`;
      this.#findings.add({ code: "wrong_size", message, lost: false, byteOffset, count });
      return;
    }
    const message = `The SSND chunk says ${count} byte(s) more than came; the audio up to byte ${byteOffset} was used.`;
    this.#findings.add({ code: "truncated", message, lost: true, byteOffset, count });
  }

  findings(): Finding[] {
    const findings = this.#findings.all();
    if (this.#reader === undefined || this.info === undefined) return findings;
    return [...findings, ...sampleFindings(this.#reader, this.info.rate, this.#endOfData)];
  }

  /** @returns whether there may be more to do with the bytes that are there */
  *#step(): Generator<Float32Array, boolean> {
    const queue = this.#queue;
    const source = queue.sourceOf(queue.position);
    switch (this.#state) {
      case "form":
        if (queue.length < 12) return false;
        this.#form(this.#take(12));
        return true;
      case "chunk":
        if (queue.length < 8) return false;
        this.#chunk(this.#take(8), source);
        return true;
      case "common": {
        const wanted = Math.min(this.#remaining, this.#compressed ? COMMON_CODED_BYTES : COMMON_BYTES);
        if (queue.length < wanted) return false;
        this.#common(this.#take(wanted), source);
        this.#remaining -= wanted;
        this.#state = "skip";
        return true;
      }
      case "sound": {
        if (queue.length < 8) return false;
        const offset = this.#take(8).getUint32(0);
        this.#remaining -= 8;
        if (offset > 0) {
          // What COMM counts begins behind the offset.
          if (this.#counted) this.#remaining += offset;
          if (offset > this.#remaining) throw malformed(source, `an offset of ${offset} bytes`);
          this.#skipBefore = offset;
        }
        this.#state = "samples";
        return true;
      }
      case "skip": {
        const skipped = Math.min(queue.length, this.#remaining);
        queue.drop(skipped);
        this.#remaining -= skipped;
        if (this.#remaining > 0) return false;
        this.#state = "chunk";
        return true;
      }
      case "samples":
        return yield* this.#samples();
      case "tail":
        this.#tail.push(queue.view(queue.length));
        queue.drop(queue.length);
        return false;
    }
  }

  *#samples(): Generator<Float32Array, boolean> {
    const queue = this.#queue;
    const skipped = Math.min(queue.length, this.#skipBefore);
    queue.drop(skipped);
    this.#skipBefore -= skipped;
    this.#remaining -= skipped;
    if (this.#remaining <= this.#padding) {
      this.#state = "skip";
      return true;
    }
    if (queue.length === 0) return false;
    const part = queue.view(Math.min(queue.length, this.#remaining - this.#padding));
    this.#remaining -= part.length;
    this.#endOfData = queue.sourceOf(queue.position) + part.length;
    const samples = this.#format?.signed8 === true ? part.map((byte) => byte ^ 0x80) : part;
    yield* this.#reader?.push(samples) ?? [];
    queue.drop(part.length);
    return true;
  }

  #take(length: number): DataView {
    const bytes = this.#queue.view(length).slice();
    this.#queue.drop(length);
    return new DataView(bytes.buffer);
  }

  #form(view: DataView): void {
    const kind = latin(view, 8, 4);
    if (kind !== "AIFF" && kind !== "AIFC") {
      throw new OrcaError("not_audio", `An IFF file of kind ${JSON.stringify(kind)}, not AIFF (byte 8).`, {
        byteOffset: 8,
        hint: "Send a recording: WAV, AIFF, FLAC, MP3, Ogg, AAC.",
      });
    }
    this.#compressed = kind === "AIFC";
    this.#formEnd = view.getUint32(4) + 8;
    this.#state = "chunk";
  }

  #chunk(view: DataView, source: number): void {
    const id = latin(view, 0, 4);
    const size = view.getUint32(4);
    this.#padding = size % 2;
    this.#remaining = size + this.#padding;
    if (id === "COMM" && this.#format === undefined) {
      if (size < COMMON_BYTES) throw malformed(source, `a COMM chunk of ${size} bytes`);
      this.#state = "common";
    } else if (id === "SSND" && this.#reader === undefined) this.#sound(size, source);
    else if (/^[\x20-\x7e]{4}$/.test(id)) {
      if (id === "FORM" && this.#reader !== undefined) this.#findings.addChunk(anotherFile(source, size + 8));
      if (id === "SSND") {
        const message = `A second SSND chunk of ${size} byte(s) was passed over.`;
        this.#findings.addChunk({ code: "second_data_chunk", message, lost: true, byteOffset: source, count: size });
      }
      this.#state = "skip";
    } else if (this.#reader === undefined) throw malformed(source, "no chunk's name");
    else {
      this.#tail.push(new Uint8Array(view.buffer));
      this.#state = "tail";
    }
  }

  #sound(size: number, source: number): void {
    const { info } = this;
    const format = this.#format;
    if (info === undefined || format === undefined) {
      throw new OrcaError(
        "audio_malformed",
        `The SSND chunk at byte ${source} comes before COMM, which says what it is.`,
        {
          byteOffset: source,
          hint: "Re-export the file, or send it as raw PCM.",
        },
      );
    }
    const { channels } = info;
    this.#reader = new PcmReader(
      this.#kernels,
      { encoding: format.encoding, bigEndian: format.bigEndian, channels },
      this.#channel,
    );
    this.#endOfData = source + 16;
    this.#width = frameBytes({ ...format, channels });
    // A stream's writer cannot know the size: 0 or all ones mean up to the end.
    const unknown = size < 8 || size === 0xffff_ffff;
    const counted = this.#countedBytes(size, source);
    const known = counted ?? unwrapped(size, source + 8, this.#fileSize);
    if (unknown) this.#remaining = Number.POSITIVE_INFINITY;
    else if (known > size) {
      this.#findings.add(
        counted === undefined ? wrapped("SSND", size, known, source + 4) : tooShort(size, known, source),
      );
      this.#remaining = known;
      this.#counted = counted !== undefined;
    }
    if (unknown || known > size) this.#padding = 0;
    this.#state = "sound";
  }

  /** SSND's size by COMM's number of samples, where SSND's own is too small for them and FORM's has room for them. */
  #countedBytes(size: number, source: number): number | undefined {
    const bytes = 8 + (this.info?.declaredFrames ?? 0) * this.#width;
    return size < bytes && source + 8 + bytes <= this.#formEnd ? bytes : undefined;
  }

  #common(view: DataView, source: number): void {
    const channels = view.getUint16(0);
    const frames = view.getUint32(2);
    const bits = view.getUint16(6);
    const rate = extended(view, 8);
    if (channels === 0 || channels > MAX_CHANNELS) throw malformed(source, `${channels} channels`);
    checkRate(rate, "audio_malformed", source + 8);
    const kind = view.byteLength >= COMMON_CODED_BYTES ? latin(view, 18, 4) : "NONE";
    const format = pcmFormat(kind, bits, source);
    this.#format = format;
    const { encoding, bigEndian } = format;
    this.info = {
      container: "aiff",
      encoding,
      bigEndian,
      rate,
      channels,
      declaredFrames: frames === 0 || frames === 0xffff_ffff ? undefined : frames,
    };
  }
}

/** SSND is over by its own size, and neither by COMM's number of samples nor by FORM's size. */
function tooShort(said: number, counted: number, source: number): Finding {
  const message =
    `The SSND chunk says ${said} byte(s), COMM's number of samples ${counted}, and FORM's size has room for them: ` +
    "all of it is read as audio.";
  return { code: "wrong_size", message, lost: false, byteOffset: source + 4 };
}

function latin(view: DataView, at: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function malformed(byteOffset: number, what: string): OrcaError {
  return new OrcaError("audio_malformed", `The AIFF file has ${what} at byte ${byteOffset}.`, {
    byteOffset,
    hint: "The header is damaged; re-export the file.",
  });
}
