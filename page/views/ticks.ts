/** Steps, in seconds, that a clock's reader finds round. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600];

/** Times of ticks between two times, at least `apart` seconds from each other; and that step. */
export function timeTicks(from: number, to: number, apart: number): { step: number; times: number[] } {
  const step = STEPS.find((candidate) => candidate >= apart) ?? 86400;
  // Plus 0, so that it is not −0.
  const first = Math.ceil(from / step - 1e-9) + 0;
  const times: number[] = [];
  for (let at = first; at * step <= to; at++) times.push(at * step);
  return { step, times };
}

/**
 * Where a frequency stands among bands: 0 at the bottom, 1 at the top; undefined where it is in none.
 * @param centres  of the bands, Hz, upwards
 */
export function bandPosition(hertz: number, centres: readonly number[]): number | undefined {
  const above = centres.findIndex((centre) => centre >= hertz);
  if (above < 1) return undefined;
  const [low, high] = [centres[above - 1] as number, centres[above] as number];
  return (above + (hertz - low) / (high - low)) / (centres.length + 1);
}
