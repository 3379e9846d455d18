import type { FrameHeader, HeaderFormat } from "../frame-finder.ts";

/** What a frame's four bytes say: ISO/IEC 11172-3, 2.4.1.3, and 13818-3 for the lower rates. */
export interface MpegHeader extends FrameHeader {
  readonly layer: 1 | 2 | 3;
  /** Hz. */
  readonly rate: number;
  readonly channels: 1 | 2;
  /** Samples of each channel in the frame. */
  readonly samples: number;
  /** Whether it is of MPEG-1, not of the lower rates of MPEG-2 or 2.5. */
  readonly first: boolean;
}

export const HEADER_BYTES = 4;

/** The longest frame: layer II, 160 kbit/s at 8 kHz, and a slot. */
export const LARGEST_FRAME = 2881;

/** kbit/s by layer, for MPEG-1 and for the lower rates. */
const BITS = {
  first: {
    1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  lower: {
    1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;
const RATES = [44100, 48000, 32000] as const;
const MONO = 3;

/** The header whose bytes `byte` gives, or undefined where there is none; frames of free format are not known. */
export function readMpegHeader(byte: (at: number) => number): MpegHeader | undefined {
  const [b1, b2, b3] = [byte(1), byte(2), byte(3)];
  if (byte(0) !== 0xff || (b1 & 0xe0) !== 0xe0) return undefined;
  const version = (b1 >> 3) & 3;
  const layer = (4 - ((b1 >> 1) & 3)) as 1 | 2 | 3 | 4;
  const base = RATES[(b2 >> 2) & 3];
  if (version === 1 || layer === 4 || base === undefined || (b3 & 3) === 2) return undefined;
  const first = version === 3;
  const bits = BITS[first ? "first" : "lower"][layer][(b2 >> 4) - 1];
  if (bits === undefined) return undefined;
  const rate = base / (first ? 1 : version === 2 ? 2 : 4);
  const padding = (b2 >> 1) & 1;
  const samples = layer === 1 ? 384 : layer === 3 && !first ? 576 : 1152;
  const length =
    layer === 1
      ? 4 * (Math.floor((12000 * bits) / rate) + padding)
      : Math.floor((samples * 125 * bits) / rate) + padding;
  // Version, layer and rate stay; bit rate, padding, and with joint stereo even the mode may change.
  const key = ((b1 & 0x1e) << 8) | (b2 & 0x0c);
  return { length, key, layer, rate, channels: b3 >> 6 === MONO ? 1 : 2, samples, first };
}

/** For the frame finder. */
export const MPEG_AUDIO: HeaderFormat<MpegHeader> = { bytes: HEADER_BYTES, read: readMpegHeader };
