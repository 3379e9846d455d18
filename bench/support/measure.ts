/** Milliseconds of the middle one of `runs` runs, after one that is not counted. */
export async function medianOf(runs: number, run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let count = -1; count < runs; count++) {
    const started = performance.now();
    await run();
    if (count >= 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] as number;
}

export interface Row {
  readonly name: string;
  /** Milliseconds, or undefined where the peer is not here. */
  readonly time: number | undefined;
  readonly note?: string;
}

/** Prints rows with each time's ratio to the first row's. */
export function table(title: string, unit: string, rows: readonly Row[]): void {
  const first = rows[0]?.time ?? Number.NaN;
  console.log(`\n${title}`);
  for (const { name, time, note = "" } of rows) {
    const figures =
      time === undefined
        ? "        not here"
        : `${time.toPrecision(3).padStart(9)} ${unit}  ${(time / first).toFixed(2).padStart(6)} x`;
    console.log(`  ${name.padEnd(44)}${figures}  ${note}`);
  }
}
