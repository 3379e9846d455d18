import { OrcaError } from "../../errors.ts";
import { checkRate } from "../../kernels/index.ts";

/** ALACSpecificConfig, "magic cookie": macosforge/alac, ALACMagicCookieDescription.txt. */
export interface AlacConfig {
  /** Samples of each channel in a whole frame. */
  readonly frame: number;
  readonly bits: number;
  readonly history: number;
  readonly start: number;
  readonly limit: number;
  readonly channels: number;
  /** Hz. */
  readonly rate: number;
}

export const ALAC_CONFIG_BYTES = 24;

/** Encoders have 4096. */
const LONGEST_FRAME = 1 << 14;

/** @param source  offset in the file. Throws `unsupported_encoding` or `audio_malformed`. */
export function readAlacConfig(bytes: Uint8Array, source: number): AlacConfig {
  const refuse = (what: string, code: "unsupported_encoding" | "audio_malformed", hint: string) => {
    const message = `The ALAC configuration at byte ${source} says ${what}.`;
    return new OrcaError(code, message, { byteOffset: source, hint });
  };
  if (bytes.length < ALAC_CONFIG_BYTES) throw refuse(`${bytes.length} bytes`, "audio_malformed", "It is damaged.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, ALAC_CONFIG_BYTES);
  const frame = view.getUint32(0);
  const [bits, history, start, limit, channels] = [5, 6, 7, 8, 9].map((at) => view.getUint8(at)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const rate = view.getUint32(20);
  if (channels > 2) {
    const hint = "One and two channels are read. Convert it with: ffmpeg -i INPUT -vn -c:a flac OUTPUT.flac";
    throw refuse(`${channels} channels`, "unsupported_encoding", hint);
  }
  const sound = [16, 20, 24, 32].includes(bits) && limit <= 24 && channels >= 1;
  if (!sound || frame === 0 || frame > LONGEST_FRAME) {
    const what = `${bits} bits, ${channels} channels, ${frame} samples a frame, codes of ${limit} bits`;
    throw refuse(what, "audio_malformed", "The header is damaged.");
  }
  checkRate(rate, "audio_malformed", source + 20);
  return { frame, bits, history, start, limit, channels, rate };
}
