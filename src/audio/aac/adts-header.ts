import type { HeaderFormat } from "../frame-finder.ts";

/** adts_fixed_header and adts_variable_header: ISO/IEC 14496-3:2009, 1.A.2.2, tables 1.A.6 and 1.A.7. */

/** samplingFrequencyIndex to Hz: ISO/IEC 14496-3:2009, table 1.18. */
export const RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350] as const;

/** Bytes of a header without checksums: what is needed to read it. */
export const HEADER_BYTES = 7;

/** The largest aac_frame_length. */
export const LARGEST_FRAME = 8191;

/** profile_ObjectType. */
export const PROFILES = ["Main", "LC", "SSR", "LTP"] as const;

export interface AdtsHeader {
  /** All that is the same in every frame of a stream, as one number. */
  readonly key: number;
  readonly profile: (typeof PROFILES)[number];
  readonly rateIndex: number;
  /** Hz. */
  readonly rate: number;
  /** channel_configuration: 1 mono, 2 stereo, 0 said by the elements, more for more channels. */
  readonly channels: number;
  /** Bytes of the whole frame. */
  readonly length: number;
  /** Bytes before the first block. */
  readonly headerLength: number;
  /** Blocks of 1024 samples in the frame, 1 to 4. */
  readonly blocks: number;
  /** Whether 16 bits of checksum follow each block. */
  readonly blockChecksums: boolean;
}

/** Reads the header whose bytes `byte` gives by place from 0 to 6, or gives undefined where there is none. */
export function readHeader(byte: (place: number) => number): AdtsHeader | undefined {
  // Twelve ones, any ID bit, layer 0.
  if (byte(0) !== 0xff || (byte(1) & 0xf6) !== 0xf0) return undefined;
  const [b1, b2, b3] = [byte(1), byte(2), byte(3)];
  const rateIndex = (b2 >> 2) & 15;
  const rate = RATES[rateIndex];
  if (rate === undefined) return undefined;
  const isProtected = (b1 & 1) === 0;
  const blocks = (byte(6) & 3) + 1;
  const length = ((b3 & 3) << 11) | (byte(4) << 3) | (byte(5) >> 5);
  // With checksums, several blocks also have their places: 16 bits for each but the first.
  const headerLength = HEADER_BYTES + (isProtected ? 2 * blocks : 0);
  if (length <= headerLength) return undefined;
  return {
    // Without private_bit, original_copy and home, which are of no consequence.
    key: (b1 << 16) | ((b2 & 0xfd) << 8) | (b3 & 0xc0),
    profile: PROFILES[b2 >> 6] ?? "LC",
    rateIndex,
    rate,
    channels: ((b2 & 1) << 2) | (b3 >> 6),
    length,
    headerLength,
    blocks,
    blockChecksums: isProtected && blocks > 1,
  };
}

/** For the frame finder. */
export const ADTS: HeaderFormat<AdtsHeader> = { bytes: HEADER_BYTES, read: readHeader };
