/** One band of scores, from which windows were drawn at random and heard. */
export interface AuditedBand {
  /** All windows of the band. */
  readonly windows: number;
  /** Of those that were heard, and of these the ones with a call. */
  readonly heard: number;
  readonly positive: number;
}

export interface CallDensity {
  /** Share of windows with a call. */
  readonly density: number;
  readonly low: number;
  readonly high: number;
  /** How many windows that is. */
  readonly windows: number;
}

const DRAWS = 4000;

/**
 * How many windows hold a call, whatever their score: by bands of scores, each with a Beta(1/2, 1/2) before it was heard
 * (call density: Navine et al. 2024, Front. Bird Sci. 3). The interval holds the truth in `level` of cases. The same numbers
 * give the same answer: the draws are seeded.
 */
export function callDensity(bands: readonly AuditedBand[], level = 0.9): CallDensity {
  const total = bands.reduce((sum, { windows }) => sum + windows, 0);
  const random = uniform(0x5eed);
  const draws = Float64Array.from({ length: DRAWS }, () =>
    bands.reduce((sum, { windows, heard, positive }) => {
      const share = beta(positive + 0.5, heard - positive + 0.5, random);
      // What was heard is known.
      return sum + positive + (windows - heard) * share;
    }, 0),
  ).sort();
  const expected = bands.reduce(
    (sum, { windows, heard, positive }) => sum + positive + ((windows - heard) * (positive + 0.5)) / (heard + 1),
    0,
  );
  const at = (share: number) => (draws[Math.min(DRAWS - 1, Math.floor(share * DRAWS))] as number) / total;
  return { density: expected / total, low: at((1 - level) / 2), high: at((1 + level) / 2), windows: expected };
}

/** Numbers in [0, 1), the same each time (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

function beta(a: number, b: number, random: () => number): number {
  const x = gamma(a, random);
  return x / (x + gamma(b, random));
}

/** Marsaglia and Tsang 2000. */
function gamma(shape: number, random: () => number): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
