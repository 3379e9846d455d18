import { OrcaError } from "../../errors.ts";
import type { Kernels } from "../kernels.ts";
import type { WindowScaling } from "../window-scaling.ts";

/** The longest window, in samples: 64 MB of float32. */
export const MAX_WINDOW_SAMPLES = 2 ** 24;

/** What a front end is told of the windows that a net takes. */
export interface FrontEndWindow {
  /** Samples of a full window at the front end's rate: for frames of 400 every 160 samples, 96 frames are 15600. */
  readonly samples: number;
  /**
   * Whether a streamed front end forgets what it has learnt of the audio after the frames of each window (PCEN's
   * smoother; windows must not overlap then). Left out, it goes on from window to window.
   */
  readonly restart?: boolean;
  /** What is done to each window's samples first; no two windows can share frames then. */
  readonly scaling?: WindowScaling;
}

/** From what is dark to what is bright in a picture of a front end's numbers, in even steps or by ln(1 + x - from). */
export interface ShownRange {
  readonly from: number;
  readonly to: number;
  readonly steps: "even" | "log1p";
}

/** What comes out of a front end. */
export interface FrontEndShape {
  /** Frames of a full window. */
  readonly frames: number;
  /** Numbers in a frame. */
  readonly bands: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** What the numbers are: "ln(mel + 0.01)", "PCEN", "dB"; "amplitude" for a waveform. */
  readonly unit: string;
  readonly shown: ShownRange;
  /** Whether earlier audio changes the frames of later audio (PCEN's smoother), so that `restart` makes a difference. */
  readonly adapts: boolean;
  /** The fewest samples that give a frame. */
  readonly leastSamples: number;
  /** Centres of the bands as frequencies of the audio, Hz, upwards; empty for a waveform, which is no picture. */
  readonly bandCentres: readonly number[];
}

/** A front end whose frames do not depend on where windows begin: neighbouring windows share them. */
export interface StreamedFrontEnd {
  readonly mode: "streamed";
  readonly shape: FrontEndShape;
  /** Yields runs of whole frames, [any, bands] row-major; each view is good until the next step. */
  push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>>;
  /** Forgets all samples and what was learnt of them: what is pushed next is the start of another stretch. */
  restart(): void;
}

/** A front end that looks at a window as a whole: its edges, its loudest frame, its mean. */
export interface WindowFrontEnd {
  readonly mode: "per-window";
  readonly shape: FrontEndShape;
  /** Whether a window may be shorter than a full one, because the front end makes up what is missing of its frames. */
  readonly takesShorter: boolean;
  /**
   * @param samples  one full window, or up to one where shorter ones are taken
   * @returns [frames, bands], row-major, good until the next call
   */
  transform(samples: Float32Array): Float32Array<ArrayBuffer>;
}

/** How one kind of front end is made: an entry of the registry. */
export interface FrontEndKind<Options> {
  /** Throws `bad_option`, with the field, where the options contradict each other or what can be done. */
  check(options: Options): void;
  /** @param samples  of a full window */
  shape(options: Options, samples: number): FrontEndShape;
  make(kernels: Kernels, options: Options, window: FrontEndWindow): StreamedFrontEnd | WindowFrontEnd;
}

/** Throws `bad_option` for samples that are not a window, or not one that may be shorter than a full one. */
export function checkWindow(samples: Float32Array, full: number, shorter: boolean): void {
  const { length } = samples;
  if (length === full || (shorter && length < full)) return;
  throw new OrcaError("bad_option", `${length} samples are not a window of ${full}.`, {
    field: "samples",
    hint: shorter ? "Give a full window, or a shorter one at the end." : "Give a full window.",
  });
}
