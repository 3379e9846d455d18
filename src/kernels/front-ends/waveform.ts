import { checkPositive } from "./checks.ts";
import { checkWindow, type FrontEndKind } from "./front-end.ts";

/** The net takes the waveform itself. */
export interface WaveformOptions {
  readonly kind: "none";
  /** Sample rate of the audio, Hz. */
  readonly rate: number;
}

/** A sample is a frame of one number. */
export const waveform: FrontEndKind<WaveformOptions> = {
  check: ({ rate }) => checkPositive("rate", rate),
  shape: (_, samples) => ({
    frames: samples,
    bands: 1,
    hop: 1,
    unit: "amplitude",
    shown: { from: -1, to: 1, steps: "even" },
    adapts: false,
    leastSamples: 1,
    bandCentres: [],
  }),
  make(_, options, window) {
    const out = new Float32Array(window.samples);
    return {
      mode: "per-window",
      shape: waveform.shape(options, window.samples),
      takesShorter: false,
      transform(samples) {
        checkWindow(samples, window.samples, false);
        out.set(samples);
        return out;
      },
    };
  },
};
