import * as z from "zod";

const Finite = z.number();

/** How a logit becomes a probability. */
export const Calibration = z.discriminatedUnion("kind", [
  /** 1 / (1 + exp(-(slope logit + intercept))) (Platt 1999). */
  z.strictObject({ kind: z.literal("platt"), slope: Finite, intercept: Finite }),
  /** Steps that only rise, with straight lines between them; `logits` rise strictly. */
  z.strictObject({
    kind: z.literal("isotonic"),
    logits: z.array(Finite).min(1),
    probabilities: z.array(Finite.min(0).max(1)).min(1),
  }),
]);
export type Calibration = z.infer<typeof Calibration>;
export const CALIBRATIONS = ["platt", "isotonic", "none"] as const;

export const logistic = (logit: number) => 1 / (1 + Math.exp(-logit));

/** The probability of a logit. */
export function probability(logit: number, calibration: Calibration | undefined): number {
  if (calibration === undefined) return logistic(logit);
  if (calibration.kind === "platt") return logistic(calibration.slope * logit + calibration.intercept);
  const { logits, probabilities } = calibration;
  let [low, high] = [0, logits.length - 1];
  if (logit <= (logits[0] as number)) return probabilities[0] as number;
  if (logit >= (logits[high] as number)) return probabilities[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((logits[middle] as number) <= logit) low = middle;
    else high = middle;
  }
  const [from, to] = [logits[low] as number, logits[high] as number];
  const [p, q] = [probabilities[low] as number, probabilities[high] as number];
  return p + ((q - p) * (logit - from)) / (to - from);
}

/** Logits below it have a probability below `least`, for certain; -Infinity where that cannot be told. */
export function quietBelow(least: number, calibration: Calibration | undefined): number {
  if (least <= 0) return Number.NEGATIVE_INFINITY;
  if (calibration?.kind === "isotonic") {
    const at = calibration.probabilities.findLastIndex((p) => p < least - ROUNDING);
    return calibration.logits[at] ?? Number.NEGATIVE_INFINITY;
  }
  const { slope, intercept } = calibration ?? { slope: 1, intercept: 0 };
  if (slope <= 0) return Number.NEGATIVE_INFINITY;
  const bound = (Math.log(Math.min(least, 1 - ROUNDING) / Math.max(1 - least, ROUNDING)) - intercept) / slope;
  return bound - ROUNDING * Math.max(1, Math.abs(bound));
}

/** What rounding may make of a probability, and much more. */
const ROUNDING = 1e-9;

/**
 * Platt's line through logits that were made without their labels, with his targets, which keep it finite where the two
 * kinds do not overlap (Platt 1999; the Newton steps of Lin, Lin and Weng 2007). Never falls: a slope below zero becomes 0.
 */
export function platt(labels: ArrayLike<number>, logits: ArrayLike<number>): Calibration {
  const count = logits.length;
  let positives = 0;
  for (let i = 0; i < count; i++) positives += labels[i] as number;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (count - positives + 2)];
  const target = (i: number) => (labels[i] === 1 ? high : low);
  const loss = (slope: number, intercept: number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const z = slope * (logits[i] as number) + intercept;
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - target(i) * z;
    }
    return sum;
  };
  let [slope, intercept] = [0, Math.log(high * positives + low * (count - positives)) - Math.log(count)];
  intercept = Math.log((positives + 1) / (count - positives + 1));
  let value = loss(slope, intercept);
  for (let step = 0; step < 100; step++) {
    // A little of the identity keeps the matrix from being singular.
    let [aa, ab, bb, a, b] = [1e-12, 0, 1e-12, 0, 0];
    for (let i = 0; i < count; i++) {
      const x = logits[i] as number;
      const p = logistic(slope * x + intercept);
      const bend = p * (1 - p);
      aa += x * x * bend;
      ab += x * bend;
      bb += bend;
      a += x * (p - target(i));
      b += p - target(i);
    }
    if (Math.abs(a) < 1e-8 && Math.abs(b) < 1e-8) break;
    const determinant = aa * bb - ab * ab;
    const [da, db] = [-(bb * a - ab * b) / determinant, -(aa * b - ab * a) / determinant];
    let size = 1;
    for (; size > 1e-10; size /= 2) {
      const tried = loss(slope + size * da, intercept + size * db);
      if (tried < value + 1e-4 * size * (a * da + b * db)) {
        [slope, intercept, value] = [slope + size * da, intercept + size * db, tried];
        break;
      }
    }
    if (size <= 1e-10) break;
  }
  if (slope > 0) return { kind: "platt", slope, intercept };
  return { kind: "platt", slope: 0, intercept: Math.log((positives + 1) / (count - positives + 1)) };
}

/** The rising steps nearest to the labels (pool adjacent violators, Ayer et al. 1955), a point at both ends of each. */
export function isotonic(labels: ArrayLike<number>, logits: ArrayLike<number>): Calibration {
  const order = Array.from({ length: logits.length }, (_, i) => i).sort(
    (a, b) => (logits[a] as number) - (logits[b] as number),
  );
  const pools: { from: number; to: number; sum: number; count: number }[] = [];
  for (const i of order) {
    const at = logits[i] as number;
    const last = pools.at(-1);
    // Equal logits are one point.
    if (last !== undefined && last.to === at) {
      last.sum += labels[i] as number;
      last.count++;
    } else pools.push({ from: at, to: at, sum: labels[i] as number, count: 1 });
    for (let top = pools.length - 1; top > 0; top--) {
      const [low, high] = [pools[top - 1], pools[top]] as [(typeof pools)[0], (typeof pools)[0]];
      if (low.sum * high.count < high.sum * low.count) break;
      pools.splice(top - 1, 2, { from: low.from, to: high.to, sum: low.sum + high.sum, count: low.count + high.count });
    }
  }
  const points = pools.flatMap(({ from, to, sum, count }) =>
    from === to
      ? [[from, sum / count]]
      : [
          [from, sum / count],
          [to, sum / count],
        ],
  );
  return {
    kind: "isotonic",
    logits: points.map(([logit]) => logit as number),
    probabilities: points.map(([, p]) => p as number),
  };
}
