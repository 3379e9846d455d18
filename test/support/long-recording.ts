import type { SeekableBytes } from "../../src/embed/index.ts";
import { wav16 } from "../../src/sample/index.ts";
import { flacFrame, flacHeader } from "../audio/flac/support/flac-writer.ts";
import { wander } from "../audio/flac/support/signal.ts";

/** Samples of a block, and how many different ones there are: they follow on one another in no short period. */
const [BLOCK, KINDS] = [4096, 61];

/** A recording that is made where it is read: of any length, and nowhere kept. 16 bits, one channel. */
export interface LongRecording {
  readonly wav: SeekableBytes;
  readonly flac: SeekableBytes;
}

/** The same sound as WAV and as FLAC; sounds of one seed begin alike. */
export function longRecording(seconds: number, rate: number): LongRecording {
  const blocks = Math.floor((seconds * rate) / BLOCK);
  const kinds = Array.from({ length: KINDS }, (_, kind) => wander(BLOCK, 16, kind + 1));
  const kindOf = (block: number) => (block * block + 3 * block) % KINDS;
  const pcm = kinds.map((samples) => new Uint8Array(Int16Array.from(samples).buffer));
  const header = riffHeader(blocks * BLOCK * 2, rate);
  const wav = fromParts(
    header,
    blocks,
    () => BLOCK * 2,
    (block) => pcm[kindOf(block)] as Uint8Array,
  );
  // A frame of a number up to 127, and what the numbers of later ones take more.
  const frames = kinds.map((samples) => flacFrame({ channels: [samples], bits: 16, number: 0 }));
  const plain = (frames[0] as Uint8Array).length;
  const more = (number: number) => (number < 128 ? 0 : number < 2048 ? 1 : number < 65_536 ? 2 : 3);
  const flac = fromParts(
    flacHeader({ rate, channels: 1, bits: 16, largest: BLOCK, total: blocks * BLOCK }),
    blocks,
    (block) => plain + more(block),
    (block) => numbered(frames[kindOf(block)] as Uint8Array, block),
  );
  return { wav, flac };
}

function riffHeader(bytes: number, rate: number): Uint8Array {
  const header = wav16(new Float32Array(0), rate);
  const view = new DataView(header.buffer);
  view.setUint32(4, 36 + bytes, true);
  view.setUint32(40, bytes, true);
  return header;
}

/** The frame of number 0 as frame `number`: its header's number and both checksums are other ones. */
function numbered(frame: Uint8Array, number: number): Uint8Array {
  const body = frame.subarray(8, frame.length - 2);
  const coded = codedNumber(number);
  const out = new Uint8Array(4 + coded.length + 3 + body.length + 2);
  out.set(frame.subarray(0, 4));
  out.set(coded, 4);
  const at = 4 + coded.length;
  // The block's size, in 16 bits.
  out.set(frame.subarray(5, 7), at);
  out[at + 2] = crc8(out.subarray(0, at + 2));
  out.set(body, at + 3);
  const sum = crc16(out.subarray(0, out.length - 2));
  out.set([sum >> 8, sum & 255], out.length - 2);
  return out;
}

function codedNumber(number: number): number[] {
  if (number < 128) return [number];
  const tail = (bits: number) => 0x80 | ((number >> bits) & 63);
  if (number < 2048) return [0xc0 | (number >> 6), tail(0)];
  if (number < 65_536) return [0xe0 | (number >> 12), tail(6), tail(0)];
  return [0xf0 | (number >> 18), tail(12), tail(6), tail(0)];
}

const TABLE8 = Uint8Array.from({ length: 256 }, (_, byte) => shifted(byte, 0x07, 8));
const TABLE16 = Uint16Array.from({ length: 256 }, (_, byte) => shifted(byte << 8, 0x8005, 16));

function shifted(value: number, polynomial: number, bits: number): number {
  let sum = value;
  for (let i = 0; i < 8; i++) sum = ((sum << 1) ^ ((sum >> (bits - 1)) & 1 ? polynomial : 0)) & (2 ** bits - 1);
  return sum;
}

function crc8(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = TABLE8[sum ^ byte] as number;
  return sum;
}

function crc16(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) {
    sum = ((sum << 8) & 0xffff) ^ (TABLE16[(sum >> 8) ^ (bytes[at] as number)] as number);
  }
  return sum;
}

/** Bytes of a header and of parts whose sizes are known before they are made. */
function fromParts(
  header: Uint8Array,
  count: number,
  sizeOf: (part: number) => number,
  make: (part: number) => Uint8Array,
): SeekableBytes {
  const starts = new Float64Array(count + 1);
  starts[0] = header.length;
  for (let part = 0; part < count; part++) starts[part + 1] = (starts[part] as number) + sizeOf(part);
  const size = starts[count] as number;
  const partAt = (at: number) => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const from = (at: number): Uint8Array => {
    if (at < header.length) return header.subarray(at);
    const part = partAt(at);
    return make(part).subarray(at - (starts[part] as number));
  };
  return {
    size,
    async read(at, length) {
      const out = new Uint8Array(Math.max(0, Math.min(length, size - at)));
      for (let done = 0; done < out.length; ) {
        const some = from(at + done).subarray(0, out.length - done);
        out.set(some, done);
        done += some.length;
      }
      return out;
    },
    async *stream(at) {
      for (let next = at; next < size; ) {
        const some = from(next);
        next += some.length;
        yield some;
      }
    },
  };
}
