import type { Stretch } from "../../labels/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { painterOf } from "../../watch/index.ts";
import { cut, type Piece } from "./cut.ts";

/** A stretch of a recording that was cut out. */
export interface Clip<T> extends Piece {
  readonly of: T;
  /** What the model sees of it, as a PNG; undefined where it takes the waveform itself. */
  readonly picture: Uint8Array | undefined;
}

/** Stretches of one recording, which is read once, up to the last of them. */
export async function* clipsOf<T extends Stretch>(
  file: string,
  stretches: readonly T[],
  model: string,
  runtime: Runtime,
): AsyncGenerator<Clip<T>> {
  const paint = painterOf(model, runtime);
  const pieces = await cut(file, stretches, runtime);
  for (const [at, of] of stretches.entries()) {
    const { samples, rate } = pieces[at] as Piece;
    yield { of, samples, rate, picture: await paint(samples, rate) };
  }
}
