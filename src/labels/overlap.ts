/** A stretch of a recording, in seconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Whether a label holds for a window, as hoplite has it: it begins before the window ends, and ends behind its begin. */
export function overlaps(label: Stretch, window: Stretch): boolean {
  return label.start < window.end && label.end > window.start;
}

/** Labels of one recording, to be asked for those that hold for a window. */
export class OverlapIndex<T extends Stretch> {
  readonly #labels: readonly T[];
  /** Bounds how far back an overlapping label can begin, seconds. */
  readonly #longest: number;

  constructor(labels: readonly T[]) {
    this.#labels = labels.toSorted((a, b) => a.start - b.start);
    this.#longest = labels.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  }

  /** All labels that overlap the window, by their starts. */
  in(window: Stretch): T[] {
    return [...this.near(window)].filter((label) => overlaps(label, window));
  }

  /** Labels that begin before the window ends and late enough that they may reach into it, by their starts. */
  *near(window: Stretch): Generator<T> {
    for (let at = this.#firstFrom(window.start - this.#longest); at < this.#labels.length; at++) {
      const label = this.#labels[at] as T;
      if (label.start >= window.end) return;
      yield label;
    }
  }

  /** Index of the first label that starts at `time` or later. */
  #firstFrom(time: number): number {
    let low = 0;
    let high = this.#labels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#labels[middle] as T).start < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Annotations by their recordings, each to be asked by time. */
export function byRecording<T extends Stretch & { readonly recording: string }>(
  annotations: Iterable<T>,
): Map<string, OverlapIndex<T>> {
  const lists = new Map<string, T[]>();
  for (const annotation of annotations) {
    const list = lists.get(annotation.recording);
    if (list === undefined) lists.set(annotation.recording, [annotation]);
    else list.push(annotation);
  }
  return new Map([...lists].map(([recording, list]) => [recording, new OverlapIndex(list)]));
}
