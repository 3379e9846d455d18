import type { Finding } from "./types.ts";

/** Seconds of silence that stand for what is missing in one place, at most: what is longer is a gap. */
export const LONGEST_FILL = 60;

/** What a step gives that found no sound: see AudioDecoder. */
export const NO_SOUND = new Float32Array(0);

/**
 * What is said of a gap.
 * @param what  frame or page, and @param source  its first byte
 * @param missing  seconds before it, and @param seconds  where in the audio that is
 */
export function gapFinding(what: string, source: number, missing: number, seconds: number): Finding {
  const message =
    `The ${what} at byte ${source} begins ${missing.toFixed(3)} s after the end of the one before; more than ${LONGEST_FILL} s ` +
    "are not filled with silence. What follows is in windows of its own, at its own time.";
  return { code: "gap", message, lost: true, byteOffset: source, seconds };
}

/** Units that are missing one behind the other, of a container that has an index: silence stands for a minute of them. */
export class MissingUnits {
  #row = 0;
  #beyond = 0;
  #gap = 0;

  /** One is missing. @param seconds  its length. @returns whether silence is to stand for it */
  miss(seconds: number): boolean {
    this.#row += seconds;
    if (this.#row <= LONGEST_FILL) return true;
    this.#beyond += seconds;
    return false;
  }

  /** One is there, at byte `source` and `at` seconds of sound. @returns what is to be said of those before it */
  found(source: number, at: number): Finding | undefined {
    const beyond = this.#beyond;
    this.#row = 0;
    this.#beyond = 0;
    this.#gap += beyond;
    return beyond > 0 ? gapFinding("unit", source, beyond, at) : undefined;
  }

  /** See AudioDecoder. */
  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }
}
