/** What is known of a window for a class. */
export const UNKNOWN = 2;

/** Windows to learn from and to judge by, in the order of their embeddings. */
export interface Examples {
  readonly classes: readonly string[];
  /** Of each class: 1 for a positive, 0 for a negative, UNKNOWN for what does not count. [classes][rows] */
  readonly labels: readonly Uint8Array[];
  /** Recording, day or site of each row: what is kept together. */
  readonly groups: readonly string[];
  /** 1 for rows that nobody labelled, which count as weak negatives in training and as background in judging. */
  readonly weak: Uint8Array;
}

/** How heads are fitted. */
export interface FitOptions {
  /** What is tried; the best by grouped folds is taken. One needs no folds to choose. */
  readonly strengths: readonly number[];
  readonly folds: number;
  /** `balanced`: both kinds of a class weigh the same. */
  readonly balance: "balanced" | "none";
  /** What an unlabelled window counts for as a negative, where a labelled one counts for 1. */
  readonly weakWeight: number;
}

/** What each row counts for in a class, beside C. [rows] */
export function rowWeights(
  { weak }: Examples,
  labels: Uint8Array,
  options: Pick<FitOptions, "balance" | "weakWeight">,
  leftOut?: (row: number) => boolean,
): Float64Array {
  const weights = new Float64Array(labels.length);
  const sums = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    if (leftOut?.(row) === true) continue;
    const weight = weak[row] === 1 ? options.weakWeight : label === UNKNOWN ? 0 : 1;
    weights[row] = weight;
    const kind = label === 1 ? 1 : 0;
    sums[kind] = (sums[kind] as number) + weight;
  }
  if (options.balance === "none" || sums[0] === 0 || sums[1] === 0) return weights;
  const [negative, positive] = sums as [number, number];
  const half = (negative + positive) / 2;
  for (let row = 0; row < labels.length; row++)
    weights[row] = ((weights[row] as number) * half) / (labels[row] === 1 ? positive : negative);
  return weights;
}

/** How many windows of each kind a class has, and from how many groups. */
export interface ClassCounts {
  readonly positives: number;
  readonly negatives: number;
  readonly positiveGroups: number;
  readonly negativeGroups: number;
}

export function countsOf({ groups, weak }: Examples, labels: Uint8Array): ClassCounts {
  const seen = [new Set<string>(), new Set<string>()] as const;
  const counts = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as 0 | 1 | 2;
    if (label === UNKNOWN || weak[row] === 1) continue;
    counts[label] = (counts[label] as number) + 1;
    seen[label].add(groups[row] as string);
  }
  return {
    positives: counts[1] as number,
    negatives: counts[0] as number,
    positiveGroups: seen[1].size,
    negativeGroups: seen[0].size,
  };
}
