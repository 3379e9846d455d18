/**
 * Scores in bins of even log-odds: near 1 and near 0 probabilities differ by their odds, and a threshold of 0.99 is as far from
 * 0.9 as 0.1 is from 0.01.
 */
const [LEAST, MOST, WIDTH] = [-10, 10, 0.25];

/** How many bins there are; the first and the last hold what lies beyond. */
export const BINS = (MOST - LEAST) / WIDTH;

/** The bin of a probability, 0 to BINS - 1. */
export function binOf(probability: number): number {
  const odds = Math.log(probability / (1 - probability));
  return Math.max(0, Math.min(BINS - 1, Math.floor((odds - LEAST) / WIDTH)));
}

/** The least probability of a bin, to five digits, which none of its scores lies below. */
export function lowerEdge(bin: number): number {
  const odds = LEAST + bin * WIDTH;
  return Math.floor(1e5 / (1 + Math.exp(-odds))) / 1e5;
}
