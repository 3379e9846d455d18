import { OrcaError } from "../errors.ts";
import type { PcmEncoding } from "../kernels/index.ts";

/** What a COMM chunk says of the samples. */
export interface AiffFormat {
  readonly encoding: PcmEncoding;
  readonly bigEndian: boolean;
  /** 8-bit samples with a sign: 128 makes u8 of them. */
  readonly signed8: boolean;
}

/** Kinds of AIFF-C that are not PCM, for a message that names what it is. */
const NAMES: Readonly<Record<string, string>> = {
  alaw: "A-law",
  ALAW: "A-law",
  ulaw: "mu-law",
  ULAW: "mu-law",
  ima4: "IMA ADPCM",
  MAC3: "MACE 3:1",
  MAC6: "MACE 6:1",
  GSM: "GSM",
  QDMC: "QDesign Music",
};

const INTEGERS: Readonly<Record<number, PcmEncoding>> = { 1: "u8", 2: "s16", 3: "s24", 4: "s32" };

/**
 * @param kind  the compression type; `NONE` in plain AIFF
 * @param source  offset of the COMM chunk's contents
 * Throws `unsupported_encoding`.
 */
export function pcmFormat(kind: string, bits: number, source: number): AiffFormat {
  const integers = (width: number, bigEndian: boolean): AiffFormat | undefined => {
    const encoding = INTEGERS[width];
    return encoding === undefined ? undefined : { encoding, bigEndian, signed8: width === 1 && kind !== "raw " };
  };
  const width = Math.ceil(bits / 8);
  const kinds: Readonly<Record<string, () => AiffFormat | undefined>> = {
    NONE: () => integers(width, true),
    twos: () => integers(width, true),
    sowt: () => integers(width, false),
    "raw ": () => (width === 1 ? integers(1, true) : undefined),
    in24: () => integers(3, true),
    in32: () => integers(4, true),
    fl32: (): AiffFormat => ({ encoding: "f32", bigEndian: true, signed8: false }),
    FL32: (): AiffFormat => ({ encoding: "f32", bigEndian: true, signed8: false }),
    fl64: (): AiffFormat => ({ encoding: "f64", bigEndian: true, signed8: false }),
    FL64: (): AiffFormat => ({ encoding: "f64", bigEndian: true, signed8: false }),
  };
  const found = kinds[kind]?.();
  if (found !== undefined) return found;
  const name = NAMES[kind.trim()] ?? `${bits}-bit samples of kind ${JSON.stringify(kind)}`;
  throw new OrcaError("unsupported_encoding", `The AIFF file holds ${name} (COMM chunk at byte ${source}).`, {
    byteOffset: source,
    hint: "PCM is read. Convert it with: ffmpeg -i in.aiff -c:a pcm_s16be out.aiff",
  });
}

/** An 80-bit float of the 68881: sign and exponent in 16 bits, 64 bits of mantissa with its leading one. */
export function extended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16383 - 63;
  return (view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6)) * 2 ** exponent;
}
