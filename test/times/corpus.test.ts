import { describe, expect, test } from "vitest";
import { startOfName, timesOf } from "../../src/times/index.ts";
import { nameTable } from "./support/corpus.ts";

const table = nameTable();

describe("the names in docs/times.md are read as the table says", () => {
  test.each(table)("$name", ({ name, start }) => {
    const read = startOfName(name);
    if (start === undefined) {
      expect(read).toBeUndefined();
      return;
    }
    expect(new Date(read?.utc ?? Number.NaN).toISOString()).toBe(new Date(start.utc).toISOString());
    expect(Math.abs((read?.utc ?? Number.NaN) - start.utc)).toBeLessThan(1e-3);
    expect(read?.uncertainty).toBeCloseTo(start.within, 7);
  });

  test("there are more than two hundred of them, each once, of thirty makers and archives", () => {
    expect(table.length).toBeGreaterThan(200);
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
    expect(new Set(table.map(({ whose }) => whose)).size).toBeGreaterThanOrEqual(30);
  });

  test("what is not certain in a name is said, and only that", () => {
    for (const { name } of table) {
      const start = startOfName(name);
      if (start === undefined) continue;
      // An orcanode's folder is named before the audio begins; its writer's habit is known.
      const certain = start.uncertainty <= 60 || start.source === "orcanode folder";
      expect({ name, said: start.assumed !== undefined || certain }).toEqual({ name, said: true });
    }
  });

  test("zone= and an overruling zone place every clock's reading in that zone", () => {
    const audio = { rate: 48_000, channels: 1, frameBytes: 2 };
    for (const { name, start } of table) {
      if (start === undefined) continue;
      const file = { blocks: [], audio, file: name };
      const overruled = timesOf({ ...file, zone: 0, zoneOverrules: true }).start;
      const elsewhere = timesOf({ ...file, zone: -480, zoneOverrules: true }).start;
      const counted = overruled?.utc === elsewhere?.utc;
      const moved = (elsewhere?.utc ?? 0) - (overruled?.utc ?? 0) === 480 * 60_000;
      expect({ name, counted: counted || moved }).toEqual({ name, counted: true });
      if (!counted) expect(overruled?.uncertainty).toBeLessThan(14 * 3600 + 365 * 86_400);
    }
  });
});
