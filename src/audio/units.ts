import type { AudioInfo, Finding } from "./types.ts";

/** What a container's header says of its codec. */
export interface UnitCodec {
  /** Without container and length, which the container knows. */
  readonly info: Pick<AudioInfo, "encoding" | "rate" | "channels" | "bits">;
  /** Samples of each channel in a whole unit. */
  readonly unitSamples: number;
  /** Bytes of the longest unit that may be sound. */
  readonly longest: number;
  /** Decodes one unit to mono samples; of a damaged one gives silence of its length. Views are good until the next step. */
  decode(unit: Uint8Array, byteOffset: number): Generator<Float32Array>;
  /** In place of a unit that is not there, or cannot be one. */
  conceal(byteOffset: number, reason: string): Generator<Float32Array>;
  /** What was odd. @param end  offset of the end of the bytes */
  findings(end: number): Finding[];
}

/** Cuts the codec's delay off the front of a signal. */
export class Priming {
  #left: number;

  constructor(samples: number) {
    this.#left = samples;
  }

  *cut(parts: Iterable<Float32Array>): Generator<Float32Array> {
    for (const part of parts) {
      const dropped = Math.min(this.#left, part.length);
      this.#left -= dropped;
      if (dropped < part.length) yield part.subarray(dropped);
    }
  }
}
