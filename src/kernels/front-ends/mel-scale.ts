/** Mel scales and the frequency axis that they give. */

/**
 * How pitch goes with frequency f in Hz. `htk`: 1127 ln(1 + f / 700), which is 2595 log10(1 + f / 700) but for a factor
 * that bands do not see. `slaney`: straight up to 1000 Hz (200 / 3 Hz a mel), from there on 27 steps for each factor of
 * 6.4 (Slaney, Auditory Toolbox 1998; librosa's default).
 */
export const MEL_SCALES = ["htk", "slaney"] as const;
export type MelScale = (typeof MEL_SCALES)[number];

/** Bands that are evenly spaced in mel. */
export interface MelBands {
  readonly bands: number;
  /** Sample rate of the audio, Hz. */
  readonly rate: number;
  /** Edges of the lowest and the highest band, Hz by `filterRate`. */
  readonly lowest: number;
  readonly highest: number;
  /** `htk` where it is left out. */
  readonly scale?: MelScale;
  /**
   * The rate in Hz that the bands were laid for, where that is not the audio's: OrcaHello hears 20 kHz through filters
   * for 16 kHz, so a band's frequencies in the audio are 1.25 times what its filter says.
   */
  readonly filterRate?: number;
}

const SLANEY_STEP = 200 / 3;
const SLANEY_BEND = 1000;
const SLANEY_GROWTH = Math.log(6.4) / 27;

/** @param f  Hz */
export function melOfHertz(f: number, scale: MelScale = "htk"): number {
  if (scale === "htk") return 1127 * Math.log(1 + f / 700);
  if (f < SLANEY_BEND) return f / SLANEY_STEP;
  return SLANEY_BEND / SLANEY_STEP + Math.log(f / SLANEY_BEND) / SLANEY_GROWTH;
}

/** The frequency of a mel value, Hz. */
export function hertzOfMel(mel: number, scale: MelScale = "htk"): number {
  if (scale === "htk") return 700 * Math.expm1(mel / 1127);
  const bend = SLANEY_BEND / SLANEY_STEP;
  return mel < bend ? mel * SLANEY_STEP : SLANEY_BEND * Math.exp((mel - bend) * SLANEY_GROWTH);
}

/** The mel value of the lowest edge, and from one edge to the next: band b lies between the edges b and b + 2. */
export function melSteps({ bands, lowest, highest, scale }: MelBands): { low: number; step: number } {
  const low = melOfHertz(lowest, scale);
  return { low, step: (melOfHertz(highest, scale) - low) / (bands + 1) };
}

/** Centres of the bands as frequencies of the audio, Hz, upwards. */
export function melBandCentres(options: MelBands): number[] {
  const { low, step } = melSteps(options);
  const stretch = options.rate / (options.filterRate ?? options.rate);
  return Array.from(
    { length: options.bands },
    (_, band) => stretch * hertzOfMel(low + (band + 1) * step, options.scale),
  );
}
