import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecordingClock, utcText } from "../../src/times/index.ts";

const START = { utc: Date.UTC(2024, 4, 1), source: "start=", uncertainty: 1 };

describe("places in a recording to UTC", () => {
  test("over days nothing adds up: each place is within half a millisecond of the exact fraction", () => {
    const clock = new RecordingClock(START, 44_100, []);
    let worst = 0;
    // Windows of 0.48 s over 30 days, and their exact times in microseconds.
    for (let index = 0; index <= 30 * 180_000; index += 17) {
      const exact = BigInt(START.utc) * 1000n + 480_000n * BigInt(index);
      const got = Math.round(clock.utc(Math.round(index * 0.48 * 1e6) / 1e6));
      worst = Math.max(worst, Math.abs(Number(BigInt(got) * 1000n - exact)));
    }
    expect(worst).toBeLessThanOrEqual(500);
    expect(utcText(clock.utc(86_400))).toBe("2024-05-02T00:00:00.000Z");
  });

  test("a leap moves what is behind it, and nothing before it; what a table says of later stretches stays", () => {
    const clock = new RecordingClock(START, 48_000, [
      { frame: 0, utc: Date.UTC(2024, 4, 1), rate: 48_000 },
      { frame: 960_000, utc: Date.UTC(2024, 4, 1, 0, 5), rate: 48_000 },
    ]);
    clock.leap(480_000, 100);
    clock.leap(720_000, 0.5);
    expect([9, 10, 14, 15, 20].map((seconds) => utcText(clock.utc(seconds)))).toEqual([
      "2024-05-01T00:00:09.000Z",
      "2024-05-01T00:01:50.000Z",
      "2024-05-01T00:01:54.000Z",
      "2024-05-01T00:01:55.500Z",
      "2024-05-01T00:05:00.000Z",
    ]);
    // Whoever found them tells of them.
    expect(clock.findings(2_000_000)).toHaveLength(1);
  });

  test("each stretch counts from its own start, at its own rate", () => {
    const stretches = [
      { frame: 0, utc: Date.UTC(2024, 4, 1), rate: 48_000 },
      { frame: 480_000, utc: Date.UTC(2024, 4, 1, 0, 5), rate: 48_000 },
      // A clock that runs 1 % fast by its table.
      { frame: 960_000, utc: Date.UTC(2024, 4, 1, 0, 5, 10), rate: 48_480 },
      { frame: 1_440_000, utc: Date.UTC(2024, 4, 1, 0, 5, 15), rate: 48_000 },
    ];
    const clock = new RecordingClock(START, 48_000, stretches);
    expect([0, 9.999999, 10, 20, 29, 30].map((seconds) => utcText(clock.utc(seconds)))).toEqual([
      "2024-05-01T00:00:00.000Z",
      // Rounded to the microsecond it is the next stretch's first sample.
      "2024-05-01T00:05:00.000Z",
      "2024-05-01T00:05:00.000Z",
      "2024-05-01T00:05:10.000Z",
      "2024-05-01T00:05:18.911Z",
      "2024-05-01T00:05:15.000Z",
    ]);
    expect(clock.breaks).toMatchObject([
      { frame: 480_000, gap: 290 },
      { frame: 1_440_000, gap: expect.closeTo(-4.901, 3) },
    ]);
    expect(clock.findings(480_000)).toEqual([]);
    expect(clock.findings(2_000_000).map(({ message }) => message)).toEqual([
      "At 10.000 s 290 s were not recorded; the audio goes on at 2024-05-01T00:05:00.000Z, in windows of its own.",
      "At 30.000 s the recorder's clock went back by 4.901 s; the audio goes on at 2024-05-01T00:05:15.000Z, in windows of its own.",
    ]);
  });

  test("of many gaps the first are told, the rest counted", () => {
    const stretches = Array.from({ length: 60_000 }, (_, at) => ({ frame: at * 1000, utc: at * 5000, rate: 1000 }));
    const clock = new RecordingClock(START, 1000, stretches);
    const findings = clock.findings(60_000_000);
    expect(findings).toHaveLength(21);
    expect(findings.at(-1)?.message).toContain("59979 more gaps");
  });

  test("the stretch of any place is the last that begins there or before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 }),
        fc.nat(200_000),
        (sizes, place) => {
          let frame = 0;
          const stretches = [0, ...sizes].map((size, at) => {
            frame += size;
            return { frame, utc: at * 1e9, rate: 1000 };
          });
          const expected = stretches.filter((stretch) => stretch.frame <= place).at(-1) as {
            frame: number;
            utc: number;
          };
          const utc = new RecordingClock(START, 1000, stretches).utc(place / 1000);
          expect(utc).toBeCloseTo(expected.utc + (place - expected.frame), 3);
        },
      ),
      { numRuns: 500 },
    );
  });
});
