import type { Kernels } from "../kernels.ts";
import { checkPositive, wrongOption } from "./checks.ts";
import { checkFraming, Framing } from "./framing.ts";
import type { FrontEndKind, FrontEndShape } from "./front-end.ts";
import { newMelSpectrum, type StftOptions, stftShape } from "./stft.ts";

/** A number for each band, or one for all of them. */
export type BandValues = number | readonly number[];

/**
 * Per-channel energy normalisation: 0 for silence. E is the square of a band's sum of magnitudes,
 * M[t] = s E[t] + (1 - s) M[t-1] from M[-1] = E[0], and out = (E / (floor + M)^alpha + delta)^(1/root) - delta^(1/root).
 */
export interface PcenOptions extends StftOptions {
  readonly kind: "pcen";
  /** s of the smoother, above 0 and at most 1. */
  readonly smooth: number;
  /** Above 0. */
  readonly floor: number;
  /** Trained in Humpback, as are delta and root. Above 1 counts as 1 (leaf_pcen.py). */
  readonly alpha: BandValues;
  /** Above 0. */
  readonly delta: BandValues;
  /** Below 1 counts as 1 (leaf_pcen.py). */
  readonly root: BandValues;
}

const VECTORS = ["alpha", "delta", "root"] as const;

export const pcen: FrontEndKind<PcenOptions> = {
  check(options) {
    checkFraming(options);
    checkPositive("smooth", options.smooth);
    if (options.smooth > 1) throw wrongOption("smooth", `smooth is ${options.smooth}.`, "Give at most 1.");
    checkPositive("floor", options.floor);
    for (const field of VECTORS) checkBandValues(field, options[field], options.bands);
  },
  shape(options, samples) {
    return { ...stftShape(options, samples, "PCEN", { from: 0, to: 20, steps: "log1p" }), adapts: true };
  },
  make(kernels, options, { samples, restart = false }) {
    const shape = pcen.shape(options, samples);
    return new Pcen(kernels, options, shape, restart ? shape.frames : Number.POSITIVE_INFINITY);
  },
};

function checkBandValues(field: (typeof VECTORS)[number], values: BandValues, bands: number): void {
  const all = typeof values === "object" ? values : [values];
  if (all === values && all.length !== bands) {
    throw wrongOption(field, `${field} has ${all.length} numbers for ${bands} bands.`, "Give one for each band.");
  }
  const bad = all.findIndex((value) => !Number.isFinite(value) || (field === "delta" && value <= 0));
  if (bad === -1) return;
  const hint = field === "delta" ? "Give numbers above 0." : "Give finite numbers.";
  throw wrongOption(field, `${field} is ${all[bad]} in band ${bad}.`, hint);
}

/** The smoother's state goes on from frame to frame. */
class Pcen extends Framing {
  readonly #pcen: number;
  readonly #restartEvery: number;
  #sinceRestart = 0;

  /** @param restartEvery  frames after which the smoother starts anew */
  constructor(kernels: Kernels, options: PcenOptions, shape: FrontEndShape, restartEvery: number) {
    super(kernels, options.windowLength, shape);
    this.#restartEvery = restartEvery;
    const { bands, hop, smooth, floor } = options;
    this.#pcen = kernels.run.pcen(newMelSpectrum(kernels, options), hop, smooth, floor);
    const row = bands + (bands % 2);
    const parameters = kernels.float64(kernels.run.pcenParameters(this.#pcen), 3 * row);
    for (let band = 0; band < bands; band++) {
      parameters[band] = Math.min(inBand(options.alpha, band), 1);
      parameters[row + band] = inBand(options.delta, band);
      parameters[2 * row + band] = 1 / Math.max(inBand(options.root, band), 1);
    }
    kernels.run.pcenReady(this.#pcen);
  }

  override restart(): void {
    super.restart();
    this.#restartSmoother();
  }

  #restartSmoother(): void {
    this.kernels.run.pcenRestart(this.#pcen);
    this.#sinceRestart = 0;
  }

  protected transform(samples: number, frames: number, out: number): void {
    const { hop, bands } = this.shape;
    for (let done = 0; done < frames; ) {
      if (this.#sinceRestart === this.#restartEvery) this.#restartSmoother();
      const part = Math.min(frames - done, this.#restartEvery - this.#sinceRestart);
      this.kernels.run.pcenFrames(this.#pcen, samples + done * hop * 4, part, out + done * bands * 4);
      this.#sinceRestart += part;
      done += part;
    }
  }
}

function inBand(values: BandValues, band: number): number {
  return typeof values === "number" ? values : (values[band] as number);
}
