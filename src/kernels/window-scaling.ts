import { OrcaError } from "../errors.ts";

/** What is done to the samples of each window by itself before a net hears them. Perch: mean removed, peak 0.25. */
export interface WindowScaling {
  /** Whether the window's mean is taken from every sample. */
  readonly removeMean: boolean;
  /** The largest absolute value that the window then gets, above 0; left out, its loudness stays as it is. */
  readonly peak?: number;
}

/** Throws `bad_option` for a peak that is no positive number. */
export function checkScaling({ peak }: WindowScaling): void {
  if (peak === undefined || (Number.isFinite(peak) && peak > 0)) return;
  throw new OrcaError("bad_option", `Windows cannot be scaled to a peak of ${peak}.`, {
    field: "peak",
    hint: "Give a number above 0, or leave it out.",
  });
}

/**
 * Scales one window in place: y = (x - mean) * (peak / max |x - mean|), worked out in float64 and rounded to float32
 * once. Without `removeMean` the mean counts as 0; without `peak` the factor is 1. Where max |x - mean| is 0 (silence,
 * or a constant whose mean is removed) every sample becomes 0. The sum of equal float32 numbers is exact up to 2^29 of
 * them, so a constant's own mean leaves nothing behind.
 * @param samples  one window, mono
 */
export function scaleWindow(samples: Float32Array, { removeMean, peak }: WindowScaling): void {
  let sum = 0;
  if (removeMean) for (const sample of samples) sum += sample;
  const mean = samples.length === 0 ? 0 : sum / samples.length;
  let factor = 1;
  if (peak !== undefined) {
    let largest = 0;
    for (const sample of samples) largest = Math.max(largest, Math.abs(sample - mean));
    factor = largest === 0 ? 0 : peak / largest;
  }
  for (let at = 0; at < samples.length; at++) samples[at] = ((samples[at] as number) - mean) * factor;
}
