import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Entries, type Entry, shardOf } from "../../src/jobs/index.ts";

const recordings = fc.uniqueArray(
  fc.record({ name: fc.string({ minLength: 1, maxLength: 8 }), bytes: fc.integer({ min: 0, max: 1e9 }) }),
  { selector: ({ name }) => name, maxLength: 60 },
);

test("each recording is of one shard, whatever their order, and no shard has more than an even share and one recording", () => {
  fc.assert(
    fc.property(recordings, fc.integer({ min: 1, max: 20 }), (all, count) => {
      const shards = Array.from({ length: count }, (_, at) => shardOf(all, { index: at + 1, count }));
      expect(
        shards
          .flat()
          .map(({ name }) => name)
          .sort(),
      ).toEqual(all.map(({ name }) => name).sort());
      expect(shards.map((shard) => shard.map(({ name }) => name).sort())).toEqual(
        Array.from({ length: count }, (_, at) =>
          shardOf([...all].reverse(), { index: at + 1, count })
            .map(({ name }) => name)
            .sort(),
        ),
      );
      const cost = (some: readonly { bytes: number }[]) => some.reduce((sum, { bytes }) => sum + bytes + 4096, 0);
      const largest = Math.max(0, ...all.map(({ bytes }) => bytes + 4096));
      for (const shard of shards) expect(cost(shard)).toBeLessThanOrEqual(cost(all) / count + largest);
    }),
    { numRuns: 100 },
  );
});

test("of two ledgers the later entry counts, and within one the last", () => {
  const entry = (version: string, at?: number): Entry => ({
    result: "failed",
    recording: "a.wav",
    model: "yamnet",
    path: "/a.wav",
    bytes: 1,
    modified: 1,
    version,
    code: "not_audio",
    message: "",
    ...(at === undefined ? {} : { at }),
  });
  const entries = new Entries();
  entries.set(entry("1", 5));
  entries.merge([entry("2", 4)]);
  expect(entries.get("a.wav", "yamnet")?.version).toBe("1");
  entries.merge([entry("3", 6)]);
  expect(entries.get("a.wav", "yamnet")?.version).toBe("3");
  entries.set(entry("4"));
  expect(entries.get("a.wav", "yamnet")?.version).toBe("4");
});
