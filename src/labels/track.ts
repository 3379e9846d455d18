import { OverlapIndex } from "./overlap.ts";

/** A label's stretch, in seconds of its recording or since 1970, and what its columns say. */
export interface Label {
  readonly start: number;
  readonly end: number;
  readonly values: readonly string[];
}

/** Labels of one recording, to be searched by time. */
export class Track {
  readonly #labels: OverlapIndex<Label>;

  constructor(labels: readonly Label[]) {
    this.#labels = new OverlapIndex(labels);
  }

  /**
   * The label that overlaps a stretch longest, the earlier of two that are equal; undefined where none does. A label
   * without length belongs to the stretch that it lies in.
   */
  at(start: number, end: number): Label | undefined {
    let best: Label | undefined;
    let overlap = -1;
    for (const label of this.#labels.near({ start, end })) {
      const shared = Math.min(end, label.end) - Math.max(start, label.start);
      const inside = shared > 0 || (label.start === label.end && label.start >= start);
      if (inside && shared > overlap) [best, overlap] = [label, shared];
    }
    return best;
  }
}
