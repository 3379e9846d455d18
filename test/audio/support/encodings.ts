import { ffmpeg } from "../../support/ffmpeg.ts";

/** A way of ffmpeg's to write a recording. */
export interface Encoding {
  readonly name: string;
  readonly rate: number;
  readonly channels: number;
  readonly seconds?: number;
  /** The encoder's and the container's options. */
  readonly options: readonly string[];
}

/** Sweeps and noise in one file of a temporary folder: ffmpeg writes sizes and tags only where it can go back. */
export function encodeFile(path: string, { rate, channels, seconds = 1, options }: Encoding): string {
  const voices = Array.from(
    { length: channels },
    (_, channel) => `0.4*sin(${400 + 100 * channel}*t*t)+0.1*(random(${channel})-0.5)`,
  );
  const source = `aevalsrc='${voices.join("|")}':s=${rate}:d=${seconds}`;
  ffmpeg(["-f", "lavfi", "-i", source, ...options], undefined, ["-y", path]);
  return path;
}
