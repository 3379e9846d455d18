import { type AudioInfo, type DecodeOptions, DetectingDecoder, type Finding } from "../../src/audio/index.ts";
import { OrcaError } from "../../src/errors.ts";
import type { Kernels } from "../../src/kernels/index.ts";
import { codecModules, collect, newKernels } from "./runtime.ts";

export interface Decoded {
  readonly samples: Float32Array;
  readonly info: AudioInfo | undefined;
  readonly findings: readonly Finding[];
}

/** All of a recording, its bytes pushed in `pieces`. */
export function decode(
  pieces: readonly Uint8Array[],
  options: Partial<DecodeOptions> & { kernels?: Kernels } = {},
): Decoded {
  const { kernels = newKernels(), ...chosen } = options;
  const decoder = new DetectingDecoder(kernels, codecModules, { channel: "mean", ...chosen });
  const samples = collect(decoder, pieces);
  return { samples, info: decoder.info, findings: decoder.findings() };
}

/** What decoding fails with; fails itself where it does not, or with another class. */
export function failureOf(pieces: readonly Uint8Array[], options: Partial<DecodeOptions> = {}): OrcaError {
  try {
    decode(pieces, options);
  } catch (thrown) {
    if (thrown instanceof OrcaError) return thrown;
    throw thrown;
  }
  throw new Error("the bytes were decoded, though they should not be");
}
