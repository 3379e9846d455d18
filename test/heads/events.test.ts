import fc from "fast-check";
import { expect, test } from "vitest";
import { EventRule, EventStage, type Happening } from "../../src/heads/index.ts";

const rule = (fields: Partial<EventRule> = {}) => EventRule.parse(fields);
/** Windows of 1 s every 0.5 s. */
const windows = (probabilities: readonly number[]) =>
  probabilities.map((probability, i) => ({ start: i / 2, end: i / 2 + 1, probability }));
const run = (probabilities: readonly number[], fields: Partial<EventRule> = {}, threshold = 0.5) => {
  const stage = new EventStage(rule(fields), threshold);
  return [...windows(probabilities).flatMap((window) => stage.push(window)), ...stage.flush()];
};
const bounds = (happenings: readonly Happening[]) =>
  happenings.filter(({ phase }) => phase === "end").map(({ start, end }) => [start, end]);

test("an event begins at its first window and ends with its last, said as soon as it is known", () => {
  const said = run([0, 0.6, 0.9, 0.2, 0.1, 0, 0.7]);
  expect(said.map(({ phase, number, start, end }) => [phase, number, start, end])).toEqual([
    ["begin", 0, 0.5, 1.5],
    ["end", 0, 0.5, 2],
    ["begin", 1, 3, 4],
    ["end", 1, 3, 4],
  ]);
  expect(said[1]).toMatchObject({ peak: 0.9, peakStart: 1, mean: 0.75, windows: 2 });
});

test("off carries on what on began", () => {
  expect(bounds(run([0.4, 0.8, 0.4, 0.4, 0.1, 0, 0, 0], { on: 0.7, off: 0.3 }))).toEqual([[0.5, 2.5]]);
});

test("gaps are bridged, up to their length", () => {
  const two = [0.9, 0, 0, 0, 0, 0.9, 0, 0, 0, 0];
  expect(bounds(run(two))).toEqual([
    [0, 1],
    [2.5, 3.5],
  ]);
  expect(bounds(run(two, { gap: 1.5 }))).toEqual([[0, 3.5]]);
  expect(bounds(run(two, { gap: 1.4 }))).toHaveLength(2);
});

test("what is shorter is no event, and an event is said when it is long enough", () => {
  expect(run([0.9, 0, 0, 0], { shortest: 1.5 })).toEqual([]);
  expect(run([0.9, 0.9, 0, 0, 0], { shortest: 1.5 })[0]).toMatchObject({ phase: "begin", start: 0, end: 1.5 });
});

test("k of n: OrcaHello's three of a minute, far apart", () => {
  const few = Array.from({ length: 40 }, (_, i) => (i === 3 || i === 13 || i === 23 ? 0.9 : 0));
  expect(bounds(run(few, { windows: 3, of: 21 }))).toEqual([[1.5, 12.5]]);
  expect(run(few, { windows: 3, of: 20 })).toEqual([]);
});

test.each([
  [{ on: 0.3, off: 0.5 }, /off, 0\.5, is above on, 0\.3/],
  [{ windows: 3, of: 2 }, /3 windows of 2 cannot/],
])("a rule that contradicts itself is refused: %j", (fields, message) => {
  expect(() => new EventStage(rule(fields), 0.5)).toThrow(message);
});

test("a threshold that is none is refused", () => {
  expect(() => new EventStage(rule(), Number.NaN)).toThrow(/the threshold is NaN/);
});

test("events do not overlap, begin and end in pairs, and lie within the windows", () => {
  const probabilities = fc.array(
    fc.integer({ min: 0, max: 10 }).map((tenth) => tenth / 10),
    { maxLength: 60 },
  );
  const rules = fc.record({
    on: fc.constantFrom(0.5, 0.8),
    off: fc.constantFrom(0.2, 0.5),
    shortest: fc.constantFrom(0, 1.5),
    gap: fc.constantFrom(0, 1, 3),
    windows: fc.constantFrom(1, 2, 3),
    of: fc.constantFrom(3, 8),
  });
  fc.assert(
    fc.property(probabilities, rules, (values, fields) => {
      const said = run(values, fields);
      for (const [at, { phase, number }] of said.entries()) {
        expect(phase).toBe(at % 2 === 0 ? "begin" : "end");
        expect(number).toBe(at >> 1);
      }
      const ends = said.filter(({ phase }) => phase === "end");
      for (const [at, event] of ends.entries()) {
        expect(event.end - event.start).toBeGreaterThanOrEqual(fields.shortest);
        expect(event.peak).toBeGreaterThanOrEqual(fields.on);
        if (at > 0) expect(event.start).toBeGreaterThanOrEqual(ends[at - 1]?.start ?? 0);
      }
    }),
    { numRuns: 300 },
  );
});
