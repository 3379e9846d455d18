import { OrcaError } from "../../errors.ts";
import { checkRate } from "../../kernels/index.ts";

/** What a STREAMINFO block says: RFC 9639, section 8.2. */
export interface StreamInfo {
  /** Samples of each channel in a frame; the last frame may have fewer. */
  readonly smallestBlock: number;
  readonly largestBlock: number;
  /** Bytes, or 0 where the writer did not know. */
  readonly largestFrame: number;
  readonly rate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples of each channel; undefined where the writer did not know. */
  readonly total: number | undefined;
}

export const STREAM_INFO_BYTES = 34;

/** @param at  offset of the block's contents in the file */
export function readStreamInfo(block: Uint8Array, at: number): StreamInfo {
  const view = new DataView(block.buffer, block.byteOffset, STREAM_INFO_BYTES);
  const packed = view.getUint32(10);
  const rate = packed >>> 12;
  const bits = ((packed >>> 4) & 31) + 1;
  const total = (view.getUint8(13) & 15) * 2 ** 32 + view.getUint32(14);
  const largestBlock = view.getUint16(2);
  checkRate(rate, "audio_malformed", at + 10);
  if (bits < 4 || largestBlock < 16) {
    const message = `STREAMINFO says ${bits}-bit samples in blocks of up to ${largestBlock} at byte ${at}.`;
    throw new OrcaError("audio_malformed", message, { byteOffset: at, hint: "Is this a FLAC file?" });
  }
  return {
    smallestBlock: view.getUint16(0),
    largestBlock,
    largestFrame: view.getUint32(6) & 0xffffff,
    rate,
    channels: ((packed >>> 9) & 7) + 1,
    bits,
    total: total === 0 ? undefined : total,
  };
}

/** Whether samples of the one may go on behind those of the other. */
export function sameKind(a: StreamInfo, b: StreamInfo): boolean {
  return a.rate === b.rate && a.channels === b.channels && a.bits === b.bits;
}

/** The bytes ended before the first frame. */
export function endedInHeader(byteOffset: number): OrcaError {
  const message = `The FLAC file ended at byte ${byteOffset}, before its first frame.`;
  return new OrcaError("audio_malformed", message, { byteOffset, hint: "The file was cut short." });
}
