/** Whether this is `npm run test:long`: the same tests, over all that is at hand and with far more cases. */
export const LONG = process.env.ORCA_LONG === "1";

/** How many cases a property is tried with: `few` in the ordinary run, ORCA_FUZZ_RUNS or `many` in the long one. */
export function runs(few: number, many: number): number {
  const asked = process.env.ORCA_FUZZ_RUNS;
  if (asked !== undefined) return Number(asked);
  return LONG ? many : few;
}

/** All of a list in the long run; in the ordinary one those that stand for the others: list them first. */
export function some<T>(all: readonly T[], count: number): readonly T[] {
  return LONG ? all : all.slice(0, count);
}
