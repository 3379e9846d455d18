import type { Samples } from "../extract.ts";

/** Three seconds of a sine at full scale, as the smoke tests of VGGish and YAMNet have it. */
export function sine(hertz: number, rate: number): Samples {
  return {
    rate,
    samples: Float32Array.from({ length: 3 * rate }, (_, k) => Math.sin((2 * Math.PI * hertz * k) / rate)),
  };
}
