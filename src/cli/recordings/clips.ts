import { extract } from "../../extract.ts";
import type { Stretch } from "../../labels/index.ts";
import { spectrogramPng } from "../../output/index.ts";
import type { Runtime } from "../../runtime.node.ts";
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
  const pieces = await cut(file, stretches, runtime);
  for (const [at, of] of stretches.entries()) {
    const { samples, rate } = pieces[at] as Piece;
    yield { of, samples, rate, picture: await pictureOf(samples, rate, model, runtime) };
  }
}

/** Pictures of sound as a model sees it. */
export const painterOf = (model: string, runtime: Runtime) => (samples: Float32Array, rate: number) =>
  pictureOf(samples, rate, model, runtime);

async function pictureOf(
  samples: Float32Array,
  rate: number,
  model: string,
  runtime: Runtime,
): Promise<Uint8Array | undefined> {
  if (samples.length === 0) return undefined;
  const { spectrogram, header } = await extract({ samples, rate }, model, { runtime }).result();
  if (spectrogram === undefined || header.spectrogram === undefined || spectrogram.length === 0) return undefined;
  return spectrogramPng(spectrogram, header.spectrogram.bands);
}
