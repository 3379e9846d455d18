import { OrcaError } from "../../errors.ts";
import { RATES } from "./adts-header.ts";

/** AudioSpecificConfig: ISO/IEC 14496-3:2009, 1.6.2.1. */
export interface AacConfig {
  /** samplingFrequencyIndex, whose tables the decoder uses. */
  readonly rateIndex: number;
  /** Hz, of the LC core. */
  readonly rate: number;
  /** 1, 2, or 0 where the elements say it. */
  readonly channels: number;
}

const LC = 2;
const SBR = 5;
const PS = 29;
const ESCAPE = 31;
const NAMES: Readonly<Record<number, string>> = {
  1: "Main",
  3: "SSR",
  4: "LTP",
  23: "LD",
  39: "ELD",
  42: "USAC (xHE)",
};

const HINT = "Read are AAC-LC streams, mono or stereo. Convert with: ffmpeg -i INPUT -c:a flac OUTPUT.flac";

/** @param source  offset in the file. Throws `unsupported_encoding` or `audio_malformed`. */
export function readAacConfig(bytes: Uint8Array, source: number): AacConfig {
  let at = 0;
  const read = (bits: number) => {
    let value = 0;
    for (let i = 0; i < bits; i++, at++) value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  const readType = () => {
    const type = read(5);
    return type === ESCAPE ? 32 + read(6) : type;
  };
  const readRate = () => {
    const index = read(4);
    return index === 15 ? read(24) : (RATES[index] ?? 0);
  };
  let type = readType();
  const rate = readRate();
  const channels = read(4);
  if (type === SBR || type === PS) {
    readRate();
    type = readType();
  }
  if (type !== LC) throw unsupported(`AAC ${NAMES[type] ?? `of object type ${type}`}`, source);
  if (channels > 2) throw unsupported(`AAC of channel configuration ${channels}`, source);
  if (read(1) === 1) throw unsupported("AAC with 960 samples a frame", source);
  if (at > 8 * bytes.length || rate < 1000 || rate > 96_000) {
    throw new OrcaError("audio_malformed", `The AAC configuration at byte ${source} says a rate of ${rate} Hz.`, {
      byteOffset: source,
      hint: "The header is damaged.",
    });
  }
  return { rateIndex: nearestIndex(rate), rate, channels };
}

/** The tables of a rate that is not in the list: ISO/IEC 14496-3:2009, table 4.82. */
function nearestIndex(rate: number): number {
  const bounds = [92017, 75132, 55426, 46009, 37566, 27713, 23004, 18783, 13856, 11502, 9391, 0];
  return bounds.findIndex((bound) => rate >= bound);
}

function unsupported(what: string, byteOffset: number): OrcaError {
  return new OrcaError("unsupported_encoding", `This is ${what} (byte ${byteOffset}), which is not read.`, {
    byteOffset,
    hint: HINT,
  });
}
