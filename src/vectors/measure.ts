/** How alike two vectors are: `dot` inner product, `cosine` of the angle between them, `euclidean` minus their distance. */
export const MEASURES = ["cosine", "dot", "euclidean"] as const;
export type Measure = (typeof MEASURES)[number];

/** As the kernels count them. */
export const MEASURE_NUMBERS: Readonly<Record<Measure, number>> = { dot: 0, cosine: 1, euclidean: 2 };

/** What is looked for. */
export interface Examples {
  /** One or more: a window's score is that of the example that it is most alike to. */
  readonly positive: readonly Float32Array[];
  /** A window that is more alike to one of these is left out. */
  readonly negative?: readonly Float32Array[];
}

/** What was found. */
export interface Hit {
  /** Of the window: a whole number below 2^32. */
  readonly id: number;
  /** The larger the more alike. */
  readonly score: number;
}

/** All examples, the positive ones first, as the measure takes them: for the cosine of length 1. */
export function preparedExamples({ positive, negative = [] }: Examples, measure: Measure): Float32Array[] {
  const all = [...positive, ...negative];
  return measure === "cosine" ? all.map(unitLength) : all;
}

function unitLength(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}
