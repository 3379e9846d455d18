/** How well scores tell positives from the rest. `labels` are 1 or 0; scores of any scale, the higher the likelier. */

/** Places of scores, the highest first. */
export function ranked(scores: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  return order.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
}

/**
 * Area under the receiver operating characteristic: how likely a positive scores above a negative, a tie counting half
 * (Hanley and McNeil 1982). NaN where there is only one kind.
 */
export function rocAuc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  let [positives, negatives, wins] = [0, 0, 0];
  for (const { hits, misses } of steps(labels, scores)) {
    wins += hits * negatives + (hits * misses) / 2;
    positives += hits;
    negatives += misses;
  }
  // `negatives` so far scored higher.
  return positives === 0 || negatives === 0 ? Number.NaN : 1 - wins / (positives * negatives);
}

/**
 * Average precision: precision at each threshold times the recall that it adds (scikit-learn's average_precision_score,
 * without interpolation). NaN where there is no positive.
 */
export function averagePrecision(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  let [found, seen, sum] = [0, 0, 0];
  for (const { hits, misses } of steps(labels, scores)) {
    found += hits;
    seen += hits + misses;
    sum += (hits * found) / seen;
  }
  return found === 0 ? Number.NaN : sum / found;
}

/** How it stands where all that scores at least `threshold` is taken. */
export interface OperatingPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly found: number;
  readonly false: number;
}

/** Precision and recall at every score that occurs, from the highest down. */
export function operatingPoints(labels: ArrayLike<number>, scores: ArrayLike<number>): OperatingPoint[] {
  const all = [...steps(labels, scores)];
  const positives = all.reduce((sum, { hits }) => sum + hits, 0);
  let [found, wrong] = [0, 0];
  return all.map(({ score, hits, misses }) => {
    found += hits;
    wrong += misses;
    const recall = positives === 0 ? Number.NaN : found / positives;
    return { threshold: score, precision: found / (found + wrong), recall, found, false: wrong };
  });
}

/** Scores from the highest down, each once, with how many positives and negatives have it. */
function* steps(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): Generator<{ readonly score: number; readonly hits: number; readonly misses: number }> {
  const order = ranked(scores);
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at] as number] as number;
    let [hits, misses] = [0, 0];
    for (; at < order.length && scores[order[at] as number] === score; at++) {
      if (labels[order[at] as number] === 1) hits++;
      else misses++;
    }
    yield { score, hits, misses };
  }
}

/** One part of a reliability curve: what was promised, and what was. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability of those in it. */
  readonly promised: number;
  /** Share of positives among them. */
  readonly observed: number;
}

/** Probabilities against what was, in even parts; empty ones are left out. */
export function reliability(labels: ArrayLike<number>, probabilities: ArrayLike<number>, bins = 10): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, promised: 0, observed: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const probability = probabilities[i] as number;
    const bin = sums[Math.min(bins - 1, Math.floor(probability * bins))];
    if (bin === undefined) continue;
    bin.count++;
    bin.promised += probability;
    bin.observed += labels[i] as number;
  }
  return sums.flatMap(({ count, promised, observed }, at) =>
    count === 0
      ? []
      : [{ from: at / bins, to: (at + 1) / bins, count, promised: promised / count, observed: observed / count }],
  );
}

/** Expected calibration error: the mean distance of a reliability curve from the diagonal, by count (Naeini et al. 2015). */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const count = bins.reduce((sum, bin) => sum + bin.count, 0);
  return bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.promised - bin.observed), 0) / count;
}

/** The mean of what is a number; NaN where nothing is. */
export function meanOfNumbers(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
