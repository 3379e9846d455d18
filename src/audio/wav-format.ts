import { OrcaError } from "../errors.ts";
import { checkRate, MAX_CHANNELS, type PcmEncoding } from "../kernels/index.ts";
import type { Finding } from "./types.ts";

/** What a fmt chunk says of the samples. */
export interface WavFormat {
  readonly encoding: PcmEncoding;
  readonly channels: number;
  readonly rate: number;
  /** Where the header's numbers do not fit one another. */
  readonly contradiction?: Finding;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** Registered wave formats that people really send, for a message that names what it is (RFC 2361, mmreg.h). */
const NAMES: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  6: "A-law",
  7: "mu-law",
  17: "IMA ADPCM",
  80: "MPEG audio",
  85: "MP3",
  49: "GSM 6.10",
  64: "G.721 ADPCM",
  255: "AAC",
  353: "Windows Media Audio",
  5632: "AAC",
  61868: "FLAC",
};

const INTEGERS: Readonly<Record<number, PcmEncoding>> = { 1: "u8", 2: "s16", 3: "s24", 4: "s32", 8: "s64" };
const FLOATS: Readonly<Record<number, PcmEncoding>> = { 4: "f32", 8: "f64" };

/** Bytes of a fmt chunk that are looked at: the extensible form. */
export const FMT_BYTES = 40;

/**
 * @param chunk  the chunk's contents (at least 16 bytes; at most FMT_BYTES are needed)
 * @param at  byte offset of the contents in the file
 */
export function readFormat(chunk: DataView, at: number, littleEndian: boolean): WavFormat {
  const u16 = (offset: number) => chunk.getUint16(offset, littleEndian);
  const channels = u16(2);
  const rate = chunk.getUint32(4, littleEndian);
  const bits = u16(14);
  let tag = u16(0);
  if (tag === EXTENSIBLE && chunk.byteLength >= FMT_BYTES) tag = u16(24);
  if (channels === 0 || channels > MAX_CHANNELS) {
    throw new OrcaError("wav_malformed", `The fmt chunk says ${channels} channels at byte ${at + 2}.`, {
      byteOffset: at + 2,
      hint: `Is this a WAV file? Up to ${MAX_CHANNELS} channels are read.`,
    });
  }
  checkRate(rate, "wav_malformed", at + 4);
  if (tag !== PCM && tag !== FLOAT) {
    const name = NAMES[tag] ?? "an encoding unknown here";
    throw new OrcaError("unsupported_encoding", `The WAV file holds ${name} (format tag ${tag} at byte ${at}).`, {
      byteOffset: at,
      hint:
        NAMES[tag] === undefined
          ? "PCM is read. A recorder's own compression (.w4v and others) its maker's program turns into PCM."
          : "Convert it to PCM, for example: ffmpeg -i in.wav -c:a pcm_s16le out.wav",
    });
  }
  const blockAlign = u16(12);
  const container = sampleBytes(bits, channels, { blockAlign, bytesPerSecond: chunk.getUint32(8, littleEndian), rate });
  const encoding = (tag === PCM ? INTEGERS : FLOATS)[container];
  if (encoding === undefined || bits === 0) {
    const kind = tag === PCM ? "integer" : "float";
    throw new OrcaError(
      "unsupported_encoding",
      `The fmt chunk at byte ${at} says ${bits}-bit ${kind} samples in ${container} byte(s).`,
      { byteOffset: at + 14, hint: "8, 16, 24, 32 and 64-bit integers and 32 and 64-bit floats are read." },
    );
  }
  const contradiction = contradictionOf(container * channels, blockAlign, bits, channels, at);
  return { encoding, channels, rate, ...(contradiction === undefined ? {} : { contradiction }) };
}

/**
 * Bytes of one sample. Bits and channels tell: a block's bytes are derived from them, and recorders write 1, 2 or 4 there
 * whatever it is. But 24 bits stand in words of 32 where both the block and the bytes of a second say so, as other
 * readers have it (libsndfile src/wav.c); 20 bits in words of 24 are what their bits give.
 */
function sampleBytes(
  bits: number,
  channels: number,
  said: { blockAlign: number; bytesPerSecond: number; rate: number },
): number {
  const words = bits === 24 && said.blockAlign === 4 * channels && said.bytesPerSecond === said.blockAlign * said.rate;
  return words ? 4 : Math.ceil(bits / 8);
}

function contradictionOf(
  block: number,
  blockAlign: number,
  bits: number,
  channels: number,
  at: number,
): Finding | undefined {
  // 0 is what was left empty.
  if (blockAlign === block || blockAlign === 0) return undefined;
  const message =
    `The fmt chunk says ${bits}-bit samples of ${channels} channel(s), which take ${block} byte(s), ` +
    `and a block of ${blockAlign}; the samples were read by their bits and channels.`;
  return { code: "header_contradiction", message, lost: false, byteOffset: at + 12 };
}

/** Of several fmt chunks others read the first as well (ffmpeg, libavformat/wavdec.c). */
export function secondFormat(byteOffset: number): Finding {
  const message = `A second fmt chunk, at byte ${byteOffset}, was passed over: the samples were read by the first.`;
  return { code: "header_contradiction", message, lost: false, byteOffset };
}

/** The bytes ended where a chunk was still to come. */
export function endedBefore(chunk: "fmt" | "data", byteOffset: number): OrcaError {
  return new OrcaError("wav_malformed", `The WAV file ended at byte ${byteOffset} before any ${chunk} chunk.`, {
    byteOffset,
    hint: "The file was cut short, or it is not a recording.",
  });
}

/** A chunk's name. */
export function fourCharacters(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
