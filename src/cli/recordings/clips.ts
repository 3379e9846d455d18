import type { Stretch } from "../../labels/index.ts";
import { soundPicture } from "../../output/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { cut, type Piece } from "./cut.ts";

/** A stretch of a recording that was cut out. */
export interface Clip<T> extends Piece {
  readonly of: T;
  /** Its spectrogram with axes, as a PNG; undefined where the recording has no sound there. */
  readonly picture: Uint8Array | undefined;
}

/**
 * Stretches of one recording, which is read once, up to the last of them. No model is needed.
 * @param highest  of the pictures, Hz; half of the recording's rate at most, and where it is left out
 */
export async function* clipsOf<T extends Stretch>(
  file: string,
  stretches: readonly T[],
  runtime: Runtime,
  highest?: number,
): AsyncGenerator<Clip<T>> {
  const pieces = await cut(file, stretches, runtime);
  for (const [at, of] of stretches.entries()) {
    const { samples, rate } = pieces[at] as Piece;
    const picture = soundPicture(runtime.kernels, { samples, rate, start: of.start, highest });
    yield { of, samples, rate, picture };
  }
}
