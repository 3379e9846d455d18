import { OrcaError } from "../errors.ts";
import { readHeader as readAdtsHeader } from "./aac/index.ts";
import type { Format } from "./formats.ts";
import type { FrameHeader } from "./frame-finder.ts";
import { readMpegHeader } from "./mp3/index.ts";
import { PACKET_BYTES } from "./mpeg-ts/index.ts";
import { otherKind, READ_ARE } from "./other-kinds.ts";

export type Sniffed =
  | { readonly kind: "format"; readonly format: Format }
  /** An ID3 tag of so many bytes stands before it. */
  | { readonly kind: "tag"; readonly length: number }
  /** So many bytes are needed to tell. */
  | { readonly kind: "more"; readonly bytes: number };

/** Bytes of the shortest magic of a recording. */
const LEAST_BYTES = 4;

/** Bytes that tell most kinds. */
const MAGIC_BYTES = 64;

/** Bytes that are searched for frames or packets where the first ones are of no kind: a live stream joined on its way. */
export const SNIFFED_BYTES = 1 << 14;

const MAGICS: readonly (readonly [magic: string, format: Format])[] = [
  ["RIFF", "wav"],
  ["RIFX", "wav"],
  ["RF64", "wav"],
  ["BW64", "wav"],
  ["fLaC", "flac"],
  ["OggS", "ogg"],
  ["caff", "caf"],
];

const ID3_HEADER = 10;

const text = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** Whether the bytes begin a file that says of itself that it is WAVE. */
export function isWave(bytes: Uint8Array): boolean {
  return MAGICS.some(([magic, format]) => format === "wav" && magic === text(bytes, 0, 4));
}

/**
 * What a recording is, by its first bytes. @param final  whether there are no more
 * Throws `unsupported_encoding` with the name of a kind that is known and not read, else `not_audio`.
 */
export function sniff(bytes: Uint8Array, final: boolean): Sniffed {
  if (bytes.length < MAGIC_BYTES && !final) return { kind: "more", bytes: MAGIC_BYTES };
  if (bytes.length < LEAST_BYTES) {
    throw new OrcaError("not_audio", `The input ends after ${bytes.length} byte(s): too few to tell what it is.`, {
      byteOffset: bytes.length,
      hint: "The recording or its upload was cut off.",
    });
  }
  const start = text(bytes, 0, 4);
  const magic = MAGICS.find(([known]) => known === start);
  // An AVI video is RIFF as well; what else is not WAVE, the WAV decoder says.
  if (magic !== undefined && text(bytes, 8, 12) !== "AVI ") return { kind: "format", format: magic[1] };
  if (start === "FORM" && ["AIFF", "AIFC"].includes(text(bytes, 8, 12))) return { kind: "format", format: "aiff" };
  if (["ftyp", "moov", "mdat", "wide"].includes(text(bytes, 4, 8))) return { kind: "format", format: "mp4" };
  const tag = id3Length(bytes);
  if (tag > 0) return { kind: "tag", length: tag };
  const framed = framesAt(bytes, 0, 2, final);
  if (typeof framed === "string") return { kind: "format", format: framed };
  if (framed !== undefined && !final) return { kind: "more", bytes: framed };
  const other = otherKind(bytes);
  if (other?.sure === true) throw other.error;
  if (bytes.length < SNIFFED_BYTES && !final) return { kind: "more", bytes: SNIFFED_BYTES };
  for (let at = 1; at < Math.min(bytes.length, SNIFFED_BYTES); at++) {
    const found = framesAt(bytes, at, 3, false);
    if (typeof found === "string") return { kind: "format", format: found };
  }
  if (other !== undefined) throw other.error;
  const what = bytes.length < 12 ? `${bytes.length} byte(s) are` : "input is";
  throw new OrcaError("not_audio", `The ${what} of no kind that is known here (byte 0), not audio.`, {
    byteOffset: 0,
    hint: READ_ARE,
  });
}

/**
 * Whether `links` frames or packets follow on one another from `at` on; a number of bytes where that cannot be told yet.
 * @param final  whether what is cut off at the end of the bytes is taken on trust
 */
function framesAt(bytes: Uint8Array, at: number, links: number, final: boolean): Format | number | undefined {
  if (bytes[at] === 0x47) {
    // One packet more than of frames, because a packet has no more than one byte to tell it by.
    const last = at + links * PACKET_BYTES;
    for (let packet = at; packet <= Math.min(last, bytes.length - 1); packet += PACKET_BYTES) {
      if (bytes[packet] !== 0x47) return undefined;
    }
    if (bytes.length > last || (final && bytes.length >= at + PACKET_BYTES)) return "mpeg-ts";
    return last + 1;
  }
  if (bytes[at] !== 0xff) return undefined;
  const adts = chain(bytes, at, links, final, readAdtsHeader);
  if (adts !== undefined) return adts === true ? "adts" : adts;
  const mpeg = chain(bytes, at, links, final, readMpegHeader);
  return mpeg === true ? "mp3" : mpeg;
}

/** Bytes that each header's reader may look at. */
const HEADER_BYTES = 7;

function chain(
  bytes: Uint8Array,
  start: number,
  links: number,
  final: boolean,
  read: (byte: (at: number) => number) => FrameHeader | undefined,
): true | number | undefined {
  let at = start;
  let key: number | undefined;
  for (let link = 0; link < links; link++) {
    if (at + HEADER_BYTES > bytes.length) return final && link > 0 ? true : at + HEADER_BYTES;
    const header = read((place) => bytes[at + place] ?? 0);
    // Behind the one frame of a short file a tag may stand.
    if (header === undefined) return link > 0 && text(bytes, at, at + 3) === "TAG" ? true : undefined;
    if (key !== undefined && header.key !== key) return undefined;
    key = header.key;
    at += header.length;
  }
  return true;
}

/** Bytes of the ID3v2 tag that the bytes begin with, or 0: https://id3.org/id3v2.4.0-structure, 3.1. */
export function id3Length(bytes: Uint8Array): number {
  if (bytes.length < ID3_HEADER || text(bytes, 0, 3) !== "ID3") return 0;
  const size = bytes.subarray(6, 10);
  if (bytes[3] === 0xff || size.some((part) => part > 0x7f)) return 0;
  const footer = ((bytes[5] ?? 0) & 0x10) !== 0 ? ID3_HEADER : 0;
  return size.reduce((sum, part) => sum * 128 + part, 0) + ID3_HEADER + footer;
}
