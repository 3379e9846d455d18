/** A label's stretch, in seconds of its recording or since 1970, and what its columns say. */
export interface Label {
  readonly start: number;
  readonly end: number;
  readonly values: readonly string[];
}

/** Labels of one recording, to be searched by time. */
export class Track {
  readonly #labels: readonly Label[];
  /** Bounds how far back an overlapping label can begin, seconds. */
  readonly #longest: number;

  constructor(labels: readonly Label[]) {
    this.#labels = labels.toSorted((a, b) => a.start - b.start);
    this.#longest = labels.reduce((most, label) => Math.max(most, label.end - label.start), 0);
  }

  /**
   * The label that overlaps a stretch longest, the earlier of two that are equal; undefined where none does. A label
   * without length belongs to the stretch that it lies in.
   */
  at(start: number, end: number): Label | undefined {
    let best: Label | undefined;
    let overlap = -1;
    for (let at = this.#firstFrom(start - this.#longest); at < this.#labels.length; at++) {
      const label = this.#labels[at] as Label;
      if (label.start >= end) break;
      const shared = Math.min(end, label.end) - Math.max(start, label.start);
      const inside = shared > 0 || (label.start === label.end && label.start >= start);
      if (inside && shared > overlap) [best, overlap] = [label, shared];
    }
    return best;
  }

  /** Index of the first label that starts at `time` or later. */
  #firstFrom(time: number): number {
    let low = 0;
    let high = this.#labels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#labels[middle] as Label).start < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
