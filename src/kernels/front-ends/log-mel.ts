import type { Kernels } from "../kernels.ts";
import { checkPositive } from "./checks.ts";
import { checkFraming, Framing } from "./framing.ts";
import type { FrontEndKind, FrontEndShape } from "./front-end.ts";
import { newMelSpectrum, type StftOptions, stftShape } from "./stft.ts";

/** ln(mel magnitude + offset) of VGGish and YAMNet, no lower than ln(offset). */
export interface LogMelOptions extends StftOptions {
  readonly kind: "log-mel";
  /** Above 0: 0.01 for VGGish, 0.001 for YAMNet. */
  readonly offset: number;
}

export const logMel: FrontEndKind<LogMelOptions> = {
  check(options) {
    checkFraming(options);
    checkPositive("offset", options.offset);
  },
  shape(options, samples) {
    const { offset } = options;
    // A full-scale sine does not reach 6.
    return stftShape(options, samples, `ln(mel + ${offset})`, { from: Math.log(offset), to: 6, steps: "even" });
  },
  make: (kernels, options, { samples }) => new LogMel(kernels, options, logMel.shape(options, samples)),
};

class LogMel extends Framing {
  readonly #logMel: number;

  constructor(kernels: Kernels, options: LogMelOptions, shape: FrontEndShape) {
    super(kernels, options.windowLength, shape);
    this.#logMel = kernels.run.logMel(newMelSpectrum(kernels, options), options.hop, options.offset);
  }

  protected transform(samples: number, frames: number, out: number): void {
    this.kernels.run.logMelFrames(this.#logMel, samples, frames, out);
  }
}
