import { uniform } from "./density.ts";

/** Why windows are to be heard next. */
export const NEXT_BY = ["uncertain", "bands", "diverse"] as const;
export type NextBy = (typeof NEXT_BY)[number];

/** Bands of scores that are drawn from: of equal counts, as quantiles halve (perch-hoplite's call density does so). */
export const BANDS = [0, 0.5, 0.75, 0.875, 0.9375, 1] as const;

/** Windows whose probability is nearest to the threshold, of `candidates`. */
export function uncertain(
  probabilities: ArrayLike<number>,
  threshold: number,
  candidates: readonly number[],
  count: number,
): number[] {
  const logit = (p: number) => Math.log(Math.max(p, 1e-12) / Math.max(1 - p, 1e-12));
  const middle = logit(threshold);
  const distance = (at: number) => Math.abs(logit(probabilities[at] as number) - middle);
  return candidates.toSorted((a, b) => distance(a) - distance(b) || a - b).slice(0, count);
}

/** The band of each candidate, by rank: 0 holds the lower half. */
export function bandsOf(probabilities: ArrayLike<number>, candidates: readonly number[]): number[][] {
  const order = candidates.toSorted((a, b) => (probabilities[a] as number) - (probabilities[b] as number) || a - b);
  return BANDS.slice(1).map((to, band) =>
    order.slice(Math.floor((BANDS[band] as number) * order.length), Math.floor(to * order.length)),
  );
}

/** Windows drawn at random from bands of scores, as many from each: for an audit. */
export function fromBands(
  probabilities: ArrayLike<number>,
  candidates: readonly number[],
  count: number,
  seed = 1,
): number[] {
  const random = uniform(seed);
  const bands = bandsOf(probabilities, candidates).map((band) => shuffled(band, random));
  const picked: number[] = [];
  for (let round = 0; picked.length < count && bands.some((band) => band.length > round); round++) {
    for (const band of bands.toReversed()) {
      const at = band[round];
      if (at !== undefined && picked.length < count) picked.push(at);
    }
  }
  return picked;
}

function shuffled(list: readonly number[], random: () => number): number[] {
  const out = [...list];
  for (let at = out.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [out[at], out[other]] = [out[other] as number, out[at] as number];
  }
  return out;
}

/**
 * Windows that are far from all that is labelled, and from each other: each next one is the farthest (Gonzalez 1985), by
 * cosine.
 * @param x  [candidates, dims] @param labelled  [labelled, dims]
 * @returns  places among the candidates
 */
export function diverse(x: Float32Array, labelled: Float32Array, dims: number, count: number): number[] {
  const rows = x.length / dims;
  const lengths = Float64Array.from({ length: rows }, (_, row) => lengthOf(x, row * dims, dims));
  const nearest = new Float64Array(rows).fill(-1);
  const meet = (y: Float32Array, at: number) => {
    const length = lengthOf(y, at, dims);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let d = 0; d < dims; d++) sum += (x[row * dims + d] as number) * (y[at + d] as number);
      const scale = length * (lengths[row] as number);
      nearest[row] = Math.max(nearest[row] as number, scale === 0 ? 1 : sum / scale);
    }
  };
  for (let at = 0; at < labelled.length; at += dims) meet(labelled, at);
  const picked: number[] = [];
  for (; picked.length < Math.min(count, rows); ) {
    let far = -1;
    for (let row = 0; row < rows; row++)
      if (!picked.includes(row) && (far === -1 || (nearest[row] as number) < (nearest[far] as number))) far = row;
    picked.push(far);
    meet(x, far * dims);
  }
  return picked;
}

function lengthOf(x: Float32Array, at: number, dims: number): number {
  let sum = 0;
  for (let d = 0; d < dims; d++) sum += (x[at + d] as number) ** 2;
  return Math.sqrt(sum);
}
