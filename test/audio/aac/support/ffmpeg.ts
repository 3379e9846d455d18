import { ffmpeg } from "../../../support/ffmpeg.ts";

/** What ffmpeg decodes of AAC, interleaved. @param format  "aac" (ADTS) or "mpegts" */
export function oracle(stream: Uint8Array, format = "aac"): Float32Array {
  const bytes = ffmpeg(["-f", format, "-i", "-", "-f", "f32le", "-c:a", "pcm_f32le"], stream);
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}

export interface Encoding {
  readonly rate: number;
  readonly channels: 1 | 2;
  readonly seconds?: number;
  readonly format?: "adts" | "mpegts";
  /** Options of ffmpeg's aac encoder. */
  readonly options?: readonly string[];
}

/**
 * An AAC stream of a sound with everything in it: two sweeps, one mostly left, one on both sides but not alike; noise;
 * and clicks, four a second, that make the encoder use short windows.
 */
export function encode({
  rate,
  channels,
  seconds = 2,
  format = "adts",
  options = [],
}: Encoding): Uint8Array<ArrayBuffer> {
  const clicks = "0.6*exp(-400*mod(t,0.25))*sin(9000*t)";
  const left = `0.25*sin(400*t*t+900*t)+0.02*(random(0)-0.5)+${clicks}`;
  const right = `0.05*sin(400*t*t+900*t)+0.2*sin(5000*t-700*t*t)+0.02*(random(1)-0.5)+${clicks}`;
  const source = `aevalsrc='${channels === 1 ? left : `${left}|${right}`}':s=${rate}:d=${seconds}`;
  return ffmpeg(["-f", "lavfi", "-i", source, "-c:a", "aac", ...options, "-f", format]);
}
