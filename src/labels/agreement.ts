import { type Annotation, isLabelOf } from "./annotation.ts";
import { byRecording, type Stretch } from "./overlap.ts";

/** How two people's labels of the same windows compare, for one label and all below it. */
export interface Agreement {
  readonly label: string;
  /** Windows that both say it of, that only the first or the second does, and that both say it is not in. */
  readonly both: number;
  readonly first: number;
  readonly second: number;
  readonly neither: number;
  /** Share of windows that both judge alike; NaN without any. */
  readonly share: number;
  /** Cohen's kappa: agreement beyond chance, 1 at most; NaN where chance alone would agree (Cohen 1960). */
  readonly kappa: number;
}

interface Judged extends Stretch {
  readonly recording: string;
}

/**
 * Compares two people over windows that both have judged: where each has said positive or negative of the label, or of one
 * below it. Uncertain labels, and windows of which one of them says nothing, are not counted.
 */
export function agreement(
  windows: Iterable<Judged>,
  annotations: Iterable<Annotation>,
  people: readonly [first: string, second: string],
  label: string,
): Agreement {
  const kept = [...annotations].filter((one) => isLabelOf(one.label, label));
  const [first, second] = people.map((by) => byRecording(kept.filter((one) => one.by === by)));
  const counts = { both: 0, first: 0, second: 0, neither: 0 };
  for (const window of windows) {
    const a = verdict(first?.get(window.recording)?.in(window) ?? []);
    const b = verdict(second?.get(window.recording)?.in(window) ?? []);
    if (a === undefined || b === undefined) continue;
    counts[a ? (b ? "both" : "first") : b ? "second" : "neither"]++;
  }
  return { label, ...counts, ...figures(counts) };
}

/** Whether it is there: what was heard counts before what was not. */
function verdict(labels: readonly Annotation[]): boolean | undefined {
  if (labels.some(({ kind }) => kind === "positive")) return true;
  return labels.some(({ kind }) => kind === "negative") ? false : undefined;
}

function figures({ both, first, second, neither }: Record<"both" | "first" | "second" | "neither", number>) {
  const total = both + first + second + neither;
  const share = (both + neither) / total;
  const [yes, no] = [
    ((both + first) / total) * ((both + second) / total),
    ((neither + second) / total) * ((neither + first) / total),
  ];
  return { share, kappa: (share - yes - no) / (1 - yes - no) };
}
