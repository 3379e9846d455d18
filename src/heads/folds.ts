/** What recordings are kept together by, so that no window is judged by a head that learned from its neighbour. */
export const GROUPINGS = ["recording", "day", "site"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Positives and negatives must each come from so many groups before a figure says anything about the next recording. */
export const LEAST_GROUPS = 3;

/**
 * Shares groups among folds: the largest first, each to the fold that has least of what the group holds (positives of each
 * class, and windows). Deterministic.
 * @param groups  of each row
 * @param classes  labels of each class: 1 for a positive
 * @returns  each row's fold, from 0; there are never more folds than groups
 */
export function foldsOf(groups: readonly string[], classes: readonly Uint8Array[], folds: number): Int32Array {
  const members = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const rows = members.get(group);
    if (rows === undefined) members.set(group, [row]);
    else rows.push(row);
  }
  const totals = [
    groups.length,
    ...classes.map((labels) => labels.reduce((sum, label) => sum + (label === 1 ? 1 : 0), 0)),
  ];
  const list = [...members.values()]
    .map((rows) => ({
      rows,
      shares: [
        rows.length / groups.length,
        ...classes.map((labels, k) => {
          const positives = rows.reduce((sum, row) => sum + (labels[row] === 1 ? 1 : 0), 0);
          return positives / Math.max(1, totals[k + 1] as number);
        }),
      ],
    }))
    .sort((a, b) => Math.max(...b.shares) - Math.max(...a.shares) || (a.rows[0] as number) - (b.rows[0] as number));
  const count = Math.min(folds, list.length);
  const held = Array.from({ length: count }, () => totals.map(() => 0));
  const out = new Int32Array(groups.length);
  for (const { rows, shares } of list) {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (const [fold, has] of held.entries()) {
      const load = has.reduce((sum, share, k) => sum + ((shares[k] as number) > 0 ? share : share * 1e-3), 0);
      if (load < least - 1e-12) [best, least] = [fold, load];
    }
    for (const [k, share] of shares.entries())
      (held[best] as number[])[k] = ((held[best] as number[])[k] as number) + share;
    for (const row of rows) out[row] = best;
  }
  return out;
}

/** Why a class cannot be judged, in words; undefined where it can. @param labels  1, 0, or 2 for what does not count */
export function tooFew(groups: readonly string[], labels: Uint8Array): string | undefined {
  for (const [kind, what] of [
    [1, "positives"],
    [0, "negatives"],
  ] as const) {
    const from = new Set(groups.filter((_, row) => labels[row] === kind)).size;
    if (from < LEAST_GROUPS)
      return `too few recordings to judge: ${what} come from ${from}, and ${LEAST_GROUPS} are the least`;
  }
  return undefined;
}
