import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import type { Labels } from "../../src/labels/index.ts";
import { labelTable, recordings } from "../support/labels.ts";
import { FUZZ_RUNS, mutate, mutation } from "../support/mutations.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) =>
  Uint8Array.from([
    0xff,
    0xfe,
    ...[...text].flatMap((character) => [character.charCodeAt(0) & 255, character.charCodeAt(0) >> 8]),
  ]);

const CSV = 'file,start,end,label\n/data/a.wav,1,2,"S01, J"\nsite/b.wav,1.5,3,"he said ""orca"""\n\nc.wav,0,10,ship\n';
const TABLES: readonly Uint8Array[] = [
  utf8(CSV),
  utf8(`\uFEFF${CSV.replaceAll("\n", "\r\n")}`),
  utf16(CSV),
  utf8("file;start;end;label\na.wav;1,25;2,5;S04\nb.wav;0;1;x\n"),
  utf8(
    "Selection\tBegin Time (s)\tEnd Time (s)\tBegin Path\tFile Offset (s)\tCall\n1\t0\t3\t/data/a.wav\t0\tS01\n2\t5\t8\t/data/b.wav\t0\tS02\n",
  ),
  utf8("1.5\t2.5\tS01\n\\\t500\t6000\n3\t4\tS02\n"),
  utf8("begin_utc,duration,label\n2024-05-01T12:00:01Z,2,S01\n"),
  utf8("recording,start_offset_s,end_offset_s,label,label_type\na.wav,5.0,10.0,orca,positive\n"),
];
const FILES = recordings("/data/a.wav", "/data/site/b.wav", "/data/c.wav");

/** A table that is read gives only what stands in it; one that is not is refused in a sentence with a line or its titles. */
async function check(bytes: Uint8Array): Promise<boolean> {
  let labels: Labels;
  try {
    labels = (await labelTable(bytes)).join(FILES);
  } catch (error) {
    if (!(error instanceof OrcaError)) throw error;
    expect(error.code).toBe("bad_option");
    expect(error.message).toMatch(
      /^labels\.csv(, line \d+: .+| has .+| names .+|: .+)$|^No label is of|^The labels do not say/s,
    );
    return false;
  }
  for (const { name } of FILES) {
    const values = labels.at(name, { start: 0, end: 4, utc: "2024-05-01T12:00:00.000Z" });
    expect(values).toHaveLength(labels.columns.length);
  }
  return true;
}

describe(`${FUZZ_RUNS} mutated tables: read, or refused in a sentence, soon`, () => {
  test("bytes", async () => {
    let [read, slowest] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...TABLES),
        fc.array(mutation, { minLength: 1, maxLength: 8 }),
        async (table, mutations) => {
          const before = performance.now();
          if (await check(mutate(table, mutations))) read++;
          slowest = Math.max(slowest, performance.now() - before);
        },
      ),
      { numRuns: FUZZ_RUNS },
    );
    console.log(`tables: ${read} of ${FUZZ_RUNS} are read; slowest ${slowest.toFixed(1)} ms`);
    expect(read).toBeGreaterThan(0);
    // A millisecond or two; two shared cores may halt for a while.
    expect(slowest).toBeLessThan(5000);
  }, 3_600_000);

  test("the tables themselves are read", async () => {
    const last = TABLES.length - 1;
    for (const [at, table] of TABLES.entries()) {
      // A label track is of one recording.
      const one = at === last - 2;
      if (one) expect((await labelTable(table)).columns).toHaveLength(3);
      else expect(await check(table)).toBe(true);
    }
  });
});
