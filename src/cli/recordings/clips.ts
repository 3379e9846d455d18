import { lookBehindFile } from "../../audio/behind.node.ts";
import { DetectingDecoder } from "../../audio/index.ts";
import { extract } from "../../extract.ts";
import { joinFloats } from "../../join.ts";
import { Kernels } from "../../kernels/index.ts";
import type { Stretch } from "../../labels/index.ts";
import { spectrogramPng } from "../../output/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { fileBytes } from "../readable-file.ts";

/** A stretch of a recording that was cut out. */
export interface Clip<T> {
  readonly of: T;
  /** The mean of its channels, at its own rate. */
  readonly samples: Float32Array;
  readonly rate: number;
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
  for (const { of, samples, rate } of await cut(file, stretches, runtime))
    yield { of, samples, rate, picture: await pictureOf(samples, rate, model, runtime) };
}

async function cut<T extends Stretch>(
  file: string,
  stretches: readonly T[],
  runtime: Runtime,
): Promise<Omit<Clip<T>, "picture">[]> {
  const kernels = new Kernels(runtime.kernels);
  const options = { channel: "mean" as const, file, ...(await lookBehindFile(file)) };
  const decoder = new DetectingDecoder(kernels, runtime.codecs ?? {}, options);
  const last = Math.max(...stretches.map(({ end }) => end));
  const pieces = stretches.map(() => [] as Float32Array[]);
  let heard = 0;
  const take = (samples: Float32Array) => {
    const rate = decoder.info?.rate ?? 1;
    for (const [at, { start, end }] of stretches.entries()) {
      const from = Math.max(0, Math.round(start * rate) - heard);
      const to = Math.min(samples.length, Math.round(end * rate) - heard);
      if (to > from) pieces[at]?.push(samples.slice(from, to));
    }
    heard += samples.length;
    return heard > last * rate;
  };
  let enough = false;
  for await (const bytes of fileBytes(file)) {
    for (const samples of decoder.push(bytes)) enough ||= take(samples);
    if (enough) break;
  }
  if (!enough) for (const samples of decoder.flush()) take(samples);
  return stretches.map((of, at) => ({ of, samples: joinFloats(pieces[at] ?? []), rate: decoder.info?.rate ?? 1 }));
}

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
