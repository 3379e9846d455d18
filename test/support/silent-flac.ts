import { joinBytes } from "../../src/join.ts";
import { flacFrame, flacHeader } from "../audio/flac/support/flac-writer.ts";

const RATE = 48_000;
/** Samples of a frame, the most that there may be. */
const BLOCK = 65_535;

/** So many seconds of silence in FLAC, 14 bytes or so for each 1.4 s: honest, and long in few bytes. */
export function silentFlac(seconds: number): Uint8Array<ArrayBuffer> {
  const channels = [Array<number>(BLOCK).fill(0)];
  const frames = Array.from({ length: Math.ceil((seconds * RATE) / BLOCK) }, (_, number) =>
    flacFrame({ channels, bits: 16, number, coding: { kind: "constant" } }),
  );
  const header = flacHeader({ rate: RATE, channels: 1, bits: 16, largest: BLOCK });
  return joinBytes([header, ...frames]) as Uint8Array<ArrayBuffer>;
}
