import type { Finding } from "./types.ts";

/**
 * How many bytes of samples a WAV file has where sizes in its header lie. Writers fill in 32-bit sizes that begin again at
 * 4 GiB, count the header, or never come back to write them; the bytes and the file's own size decide.
 */

/**
 * Sizes that stand for "unknown" in streams. ffmpeg writes 0xFFFFFFFF, others that less their header; sox writes
 * 0x7FFFF000 rounded down to whole frames (sox src/wav.c, MS_UNSPEC), others up to 0x80000000. What lies between the
 * two is the size of a real file above 2 GiB.
 */
const UNKNOWN_SIZE = 0x7fff_f000;
const LAST_UNKNOWN_SIZE = 0x8000_0000;
const MAXIMAL_SIZE = 0xffff_ff00;

/** Sizes of 32 bits begin again here. */
const WRAP = 2 ** 32;

/** Up to a disk's block of anything behind the samples is what was left in it; more may be audio. */
const LEFT_OVER = 4096;

/** What a header says of its samples, and what is known beside it. Bytes, and offsets in the file. */
export interface SizeClaims {
  /** Of the samples, by the data chunk. */
  readonly said: number;
  /** RIFF's size. */
  readonly riff: number;
  /** Where the samples begin. */
  readonly start: number;
  /** Of the whole file, where the caller knows it. */
  readonly file: number | undefined;
}

/** Where the file ends by RIFF's size, or 0 where that says nothing. */
export function riffEnd(riff: number): number {
  return riff >= UNKNOWN_SIZE ? 0 : riff + 8;
}

/**
 * How many bytes of samples there are; undefined means up to the end of the bytes. They are more than was said by whole
 * multiples of 4 GiB where the file is larger by as much, and either of its two sizes fits but for that.
 * @param frame  bytes of one sample of all channels
 */
export function dataSize({ said, riff, start, file = 0 }: SizeClaims, frame: number): number | undefined {
  if (said === 0 || said >= MAXIMAL_SIZE || (said > UNKNOWN_SIZE - frame && said <= LAST_UNKNOWN_SIZE))
    return undefined;
  // RIFF's size fits where it began again as well, whatever chunks stand behind the samples.
  return unwrapped(said, start, file, (file - riff - 8) % WRAP === 0);
}

/**
 * What a chunk's size of 32 bits stands for. @param start  where its contents begin
 * @param fits  whether the size of the whole file is right but for multiples of 4 GiB
 */
export function unwrapped(said: number, start: number, file = 0, fits = false): number {
  const beyond = file - start - said;
  // A padding byte behind an odd number of bytes belongs to nobody.
  return beyond >= WRAP && (fits || beyond % WRAP <= 1) ? said + beyond - (beyond % WRAP) : said;
}

/** A chunk's size began again at 4 GiB. */
export function wrapped(chunk: string, said: number, size: number, byteOffset: number): Finding {
  const message =
    `The ${chunk} chunk says ${said} byte(s), and the file holds ${size - said} more: ` +
    "its sizes began again at 4 GiB. All of it is read.";
  return { code: "wrong_size", message, lost: false, byteOffset };
}

/** The data chunk is over by its own size, not by RIFF's, and what follows is no chunk. */
export function goesOn({ said, riff, start }: SizeClaims): Finding {
  const message =
    `The data chunk says ${said} byte(s), RIFF's size ${riff + 8 - start}, and no chunk stands between: ` +
    "all of it is read as audio.";
  return { code: "wrong_size", message, lost: false, byteOffset: start - 4 };
}

/** The bytes ended, at `byteOffset`, `count` bytes before the data chunk did by its size. */
export function missing(count: number, byteOffset: number, { start, file = byteOffset }: SizeClaims): Finding {
  // What a writer adds that puts the size of more than the samples: of the whole file, or RIFF's size of it.
  const header = [start, start - 8, 44, 36, 8].includes(count);
  if (header && byteOffset === file) {
    const message =
      `The data chunk says ${count} byte(s) more than there are, as many as a writer adds that counts the header: ` +
      "nothing is missing.";
    return { code: "wrong_size", message, lost: false, byteOffset, count };
  }
  const message = `The data chunk says ${count} byte(s) more than came; the audio up to byte ${byteOffset} was used.`;
  return { code: "truncated", message, lost: true, byteOffset, count };
}

/** Another file stands behind this one, as `cat` puts them in a row. @param size  its bytes, where its header says them */
export function anotherFile(byteOffset: number, size?: number): Finding {
  const long = size === undefined ? "" : `, of ${size} bytes`;
  const message = `From byte ${byteOffset} on there is another recording${long}; it was left aside.`;
  return { code: "stopped", message, lost: true, byteOffset };
}

/** Bytes behind the samples that are no chunk. */
export class Tail {
  #length = 0;
  #blank = true;

  push(bytes: Uint8Array): void {
    this.#length += bytes.length;
    this.#blank &&= bytes.every((byte) => byte === 0);
  }

  /** Whether it may be audio: too much for what a block held before, and not blank as space that was only reserved. */
  get mayBeAudio(): boolean {
    return this.#length > LEFT_OVER && !this.#blank;
  }

  /**
   * @param end  offset of the end of the bytes
   * @param bytesPerSecond  of samples
   * @param sizeKnown  whether the file's size was given
   */
  finding(end: number, bytesPerSecond: number, sizeKnown: boolean): Finding {
    const count = this.#length;
    const byteOffset = end - count;
    if (!this.mayBeAudio) {
      const message = `What follows the audio from byte ${byteOffset} on is not a chunk and was ignored.`;
      return { code: "trailing_bytes", message, lost: false, byteOffset, count };
    }
    const size = sizeKnown
      ? ""
      : " The file's size may tell more: it is known where a file is read, or Content-Length sent.";
    const message =
      `By the header the audio ends at byte ${byteOffset}; ${count} byte(s) follow that are no chunk, ` +
      `as audio ${(count / bytesPerSecond).toFixed(1)} s. They were not read.${size}`;
    return { code: "trailing_bytes", message, lost: true, byteOffset, count };
  }
}
