import type { Examples } from "../../src/heads/examples.ts";
import { UNKNOWN } from "../../src/heads/examples.ts";
import { TRAIN_DEFAULTS } from "../../src/heads/train-defaults.ts";
import { isBackground, labelFor } from "../../src/heads/window-labels.ts";
import type { Annotation } from "../../src/labels/index.ts";
import type { Point, Points } from "../session/points.ts";

/** The windows that a head learns from. */
export interface Learning {
  readonly examples: Examples;
  /** [rows, dimensions] */
  readonly rows: Float32Array<ArrayBuffer>;
  /** Seconds from one window to the next. */
  readonly hop: number;
  /** Labels by who gave them, and the names of the recordings that they are of. */
  readonly people: Readonly<Record<string, number>>;
  readonly recordings: readonly string[];
}

/** What can be learned of labels: names that are said to be heard; what stands for background only where there is nothing else. */
export function classesIn(annotations: Iterable<Annotation>): string[] {
  const names = new Set<string>();
  for (const { label, kind } of annotations) if (kind === "positive") names.add(label);
  const sorted = [...names].sort();
  const calls = sorted.filter((name) => !isBackground(name));
  return calls.length > 0 ? calls : sorted;
}

/** Labelled windows, and an even share of the others as background: as `orca-embed train` takes them of a collection. */
export async function learningOf(
  points: Points,
  classes: readonly string[],
  over: (point: Point) => readonly Annotation[],
): Promise<Learning> {
  const labelled: { readonly point: Point; readonly labels: readonly number[] }[] = [];
  const free: Point[] = [];
  const annotations = new Set<Annotation>();
  for (const { recording, result } of points.sets()) {
    for (let window = 0; window < result.windows; window++) {
      const point = { recording, result, window };
      const said = over(point);
      for (const one of said) annotations.add(one);
      if (said.length === 0) free.push(point);
      else {
        const labels = classes.map((name) => labelFor(name, said));
        if (labels.some((label) => label !== UNKNOWN)) labelled.push({ point, labels });
      }
    }
  }
  const { background } = TRAIN_DEFAULTS;
  const step = Math.max(1, free.length / background);
  const weak = Array.from({ length: Math.min(background, free.length) }, (_, i) => ({
    point: free[Math.floor(i * step)] as Point,
    labels: classes.map(() => 0),
  }));
  const all = [...labelled, ...weak];
  const rows = await points.rowsAt(all.map(({ point }) => points.indexOf(point.recording, point.window)));
  const people: Record<string, number> = {};
  for (const { by } of annotations) people[by] = (people[by] ?? 0) + 1;
  return {
    examples: {
      classes,
      labels: classes.map((_, k) => Uint8Array.from(all, ({ labels }) => labels[k] as number)),
      // No window is judged by a head that learned from its neighbour.
      groups: all.map(({ point }) => point.recording.id),
      weak: Uint8Array.from(all, (_, row) => (row < labelled.length ? 0 : 1)),
    },
    rows,
    hop: all[0]?.point.result.header.window.hop ?? 1,
    people,
    recordings: [...new Set(labelled.map(({ point }) => point.recording.name))].sort(),
  };
}
