/** The stages that are timed, written once for Node and for workerd. Audio is noise: no stage looks at what it hears. */
import { type FrontEndOptions, Kernels, makeFrontEnd, PcmReader, Resampler } from "../src/kernels/index.ts";
import { description as humpback } from "../src/models/humpback/description.ts";
import { type ModelDescription, samplesTaken } from "../src/models/index.ts";
import { description as yamnet } from "../src/models/yamnet/description.ts";

export const STAGES = ["pcm", "resample-16k", "resample-10k", "resample-44k1", "log-mel", "pcen", "mel-db"] as const;
export type Stage = (typeof STAGES)[number];

const BLOCK = 16384;

/** Runs one stage over `seconds` of audio and gives how many numbers came out, so that nothing can be left out. */
export function runStage(stage: Stage, module: WebAssembly.Module, seconds: number): number {
  const kernels = new Kernels(module);
  switch (stage) {
    case "pcm": {
      const reader = new PcmReader(kernels, { encoding: "s16", bigEndian: false, channels: 2 }, "mean");
      const bytes = new Uint8Array(BLOCK * 4).map((_, at) => (at * 73) & 255);
      return feed((count) => reader.push(bytes.subarray(0, count * 4)), 48000 * seconds);
    }
    case "resample-16k":
      return resample(new Resampler(kernels, 48000, 16000), 48000 * seconds);
    case "resample-10k":
      return resample(new Resampler(kernels, 48000, 10000), 48000 * seconds);
    case "resample-44k1":
      return resample(new Resampler(kernels, 44100, 16000), 44100 * seconds);
    case "log-mel":
      return resample(streamed(kernels, yamnet), 16000 * seconds);
    case "pcen":
      return resample(
        streamed(kernels, { ...humpback, frontEnd: { ...humpback.frontEnd, ...TRAINED } as typeof humpback.frontEnd }),
        10000 * seconds,
      );
    case "mel-db":
      return eachWindow(kernels, MEL_DB, 4 * MEL_DB.rate, Math.ceil(seconds / 4));
  }
}

/** A front end of the size of OrcaHello's. */
const MEL_DB: FrontEndOptions = {
  kind: "mel-db",
  rate: 20_000,
  windowLength: 2560,
  fftLength: 2560,
  hop: 256,
  bands: 256,
  lowest: 0,
  highest: 10_000,
  scale: "htk",
  slopes: "hertz",
  norm: "none",
  power: 2,
  centred: "reflect",
  amin: 1e-10,
  topDb: 100,
};

/** Vectors of the size of the trained ones. */
const TRAINED = { alpha: 0.98, delta: 2, root: 2 };

function streamed(kernels: Kernels, model: ModelDescription) {
  const made = makeFrontEnd(kernels, model.frontEnd, { samples: samplesTaken(model) });
  if (made.mode !== "streamed") throw new Error(`${model.id} is not streamed`);
  return made;
}

function eachWindow(kernels: Kernels, options: FrontEndOptions, samples: number, windows: number): number {
  const made = makeFrontEnd(kernels, options, { samples });
  if (made.mode !== "per-window") throw new Error(`${options.kind} is streamed`);
  const noise = noiseBlock(samples);
  let out = 0;
  for (let window = 0; window < windows; window++) out += made.transform(noise).length;
  return out;
}

function resample(stage: { push(samples: Float32Array): Iterable<Float32Array> }, samples: number): number {
  const noise = noiseBlock();
  return feed((count) => stage.push(noise.subarray(0, count)), samples);
}

function feed(push: (count: number) => Iterable<Float32Array>, samples: number): number {
  let out = 0;
  for (let left = samples; left > 0; left -= BLOCK) for (const run of push(Math.min(BLOCK, left))) out += run.length;
  return out;
}

/** White noise in [-0.5, 0.5). */
export function noiseBlock(length = BLOCK): Float32Array<ArrayBuffer> {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 32;
  });
}
