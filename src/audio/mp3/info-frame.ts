import type { MpegHeader } from "./mpeg-header.ts";

/** What encoders write in a first frame without sound. */
export interface InfoFrame {
  /** Frames of sound in the file, where it says so. */
  readonly frames: number | undefined;
  /** Samples that the encoder put before the sound and behind it, where it says so. */
  readonly delay: number | undefined;
  readonly padding: number | undefined;
}

/** Samples by which every decoder of layer III is late: the LAME tag leaves them out. */
export const DECODER_DELAY = 529;

/**
 * The frame's Xing, Info or VBRI header (http://gabriel.mp3-tech.org/mp3infotag.html), or undefined where it is a frame
 * like any other.
 */
export function readInfoFrame(header: MpegHeader, frame: Uint8Array): InfoFrame | undefined {
  if (header.layer !== 3) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const text = (at: number) => String.fromCharCode(...frame.subarray(at, at + 4));
  const u32 = (at: number) => (at + 4 <= frame.length ? view.getUint32(at) : 0);
  if (text(36) === "VBRI") return { frames: u32(50) || undefined, delay: undefined, padding: undefined };
  const side = header.first ? (header.channels === 1 ? 17 : 32) : header.channels === 1 ? 9 : 17;
  // A checksum may stand between the header and the side information, which this frame has none of.
  const at = [4 + side, 6 + side].find((place) => ["Xing", "Info"].includes(text(place)));
  if (at === undefined) return undefined;
  const flags = u32(at + 4);
  const frames = (flags & 1) !== 0 ? u32(at + 8) : undefined;
  const encoder = at + 8 + ((flags & 1) + ((flags >> 1) & 1) + ((flags >> 3) & 1)) * 4 + ((flags >> 2) & 1) * 100;
  if (!["LAME", "Lavf", "Lavc"].includes(text(encoder)) || encoder + 25 > frame.length) {
    return { frames, delay: undefined, padding: undefined };
  }
  const packed = u32(encoder + 21);
  return { frames, delay: packed >>> 20, padding: (packed >>> 8) & 0xfff };
}
