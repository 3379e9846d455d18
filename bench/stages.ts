/** The stages that are timed, written once for Node and for workerd. Audio is noise: no stage looks at what it hears. */
import {
  Kernels,
  LogMel,
  type LogMelOptions,
  Pcen,
  type PcenOptions,
  PcmReader,
  Resampler,
} from "../src/kernels/index.ts";
import { MODELS } from "../src/models/index.ts";

export const STAGES = ["pcm", "resample-16k", "resample-10k", "resample-44k1", "log-mel", "pcen"] as const;
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
      return resample(new LogMel(kernels, MODELS.yamnet.frontEnd as LogMelOptions), 16000 * seconds);
    case "pcen": {
      const vector = Array.from({ length: 64 }, () => 0.98);
      const weights = { alpha: vector, delta: vector.map(() => 2), root: vector.map(() => 2) };
      return resample(
        new Pcen(kernels, MODELS.humpback.frontEnd as PcenOptions, weights, Number.POSITIVE_INFINITY),
        10000 * seconds,
      );
    }
  }
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
