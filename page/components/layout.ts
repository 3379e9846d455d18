import { useState } from "preact/hooks";

/** Sizes of the panels, CSS pixels, and which are folded: kept for the next time. */
export interface Sizes {
  readonly left: number;
  readonly right: number;
  readonly drawer: number;
  readonly folded: readonly Edge[];
}
export type Edge = "left" | "right" | "drawer";

const KEY = "orca-layout";
const FIRST: Sizes = { left: 232, right: 372, drawer: 166, folded: [] };
/** Least and most of each. */
const LIMITS: Readonly<Record<Edge, readonly [number, number]>> = {
  left: [160, 480],
  right: [260, 760],
  drawer: [110, 560],
};

function kept(): Sizes {
  try {
    return { ...FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Sizes>) };
  } catch {
    return FIRST;
  }
}

export function useLayout(): {
  sizes: Sizes;
  resize: (edge: Edge, size: number) => void;
  fold: (edge: Edge) => void;
} {
  const [sizes, setSizes] = useState(kept);
  const set = (next: Sizes) => {
    setSizes(next);
    localStorage.setItem(KEY, JSON.stringify(next));
  };
  return {
    sizes,
    resize(edge, size) {
      const [least, most] = LIMITS[edge];
      set({ ...sizes, [edge]: Math.round(Math.max(least, Math.min(most, size))) });
    },
    fold(edge) {
      const { folded } = sizes;
      set({ ...sizes, folded: folded.includes(edge) ? folded.filter((other) => other !== edge) : [...folded, edge] });
    },
  };
}

export const limitsOf = (edge: Edge) => LIMITS[edge];
