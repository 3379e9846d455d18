import { type Session, sizeOf } from "../../engines/index.ts";

/** Of each batch size the quickest of so many runs counts: everything else on the machine only adds to them. */
const RUNS = 5;

/** Milliseconds a window of the net alone, here in Node: window by window, and eight at once. */
export async function timePerWindow(session: Session): Promise<readonly [one: number, eight: number]> {
  const window = Float32Array.from(
    { length: sizeOf(session.contract.input) },
    (_, i) => 2 * Math.abs(Math.sin(0.7 * i)),
  );
  const time = async (batch: number) => {
    const windows = Array.from({ length: batch }, () => window);
    let least = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      const started = performance.now();
      await session.run(windows);
      least = Math.min(least, (performance.now() - started) / batch);
    }
    return least;
  };
  return [await time(1), await time(8)];
}
