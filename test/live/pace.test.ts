import { describe, expect, test } from "vitest";
import { Pace } from "../../src/live/pace.ts";

const RATE = 1000;
/** Seconds of sound, bytes. */
const bytes = (seconds: number) => 2 * RATE * seconds;

/** Sound that comes a second at a time; each number is how much later than the one before, s. */
function run(steps: readonly number[], each = 1) {
  const pace = new Pace({ rate: RATE, channels: 1 }, 0);
  let now = 0;
  return steps.flatMap((step) => {
    now += 1000 * step;
    return pace.push(bytes(each), now) ?? [];
  });
}
const times = (count: number, step: number) => Array.from({ length: count }, () => step);

describe("sound that is sent", () => {
  test("at the rate that was said goes on, however its line holds it back", () => {
    expect(run(times(100, 1))).toEqual([]);
    expect(run([...times(10, 1), 25, ...times(25, 0), ...times(60, 1)])).toEqual([]);
    // What was recorded before comes at once.
    expect(run([...times(20, 0), ...times(100, 1)])).toEqual([]);
  });

  test("at another rate is refused", () => {
    expect(() => run(times(60, 2))).toThrow("It said 1000 Hz, and sends as if it were 500.");
    expect(() => run(times(60, 0.5))).toThrow(/^It said 1000 Hz, and sends as if it were \d+\.$/);
    expect(() => run(times(60, 0))).toThrow("It said 1000 Hz, and sends faster than sound is made.");
  });

  test("that is missing ends the stretch, once, with how much that is", () => {
    const broken = run([...times(30, 1), 9, ...times(100, 1)]);
    expect(broken).toMatchObject([
      { seconds: 8, message: "It came 8.0 s late, and nothing made up for it: sound is missing, or a clock was set." },
    ]);
    // There what came before ends, by the time that it had.
    const { utc = 0 } = broken[0] ?? {};
    expect(utc).toBeGreaterThanOrEqual(30_000);
    expect(utc % 1000).toBe(0);
  });

  test("goes on when the clock is set back, as a stretch of its own", () => {
    expect(run([...times(30, 1), -3600, ...times(100, 1)])).toEqual([
      { utc: 30_000, seconds: 0, message: "The clock was set back by 3600.0 s." },
    ]);
    expect(run([...times(30, 1), -0.2, ...times(100, 1)])).toEqual([]);
  });
});
