import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openKerasHdf5 } from "../../../src/convert/readers/keras-hdf5.ts";
import type { NamedWeights } from "../../../src/convert/readers/named-weights.ts";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import type { StoredTensor } from "../../../src/convert/readers/tensor-store.ts";
import { OrcaError } from "../../../src/errors.ts";
import { runs } from "../../support/long.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { FIXTURES, type Files, loadFixture, openFiles, sameBytes } from "./support.ts";

/** Damaged copies of each fixture. */
const RUNS = runs(200, 10_000);
/** Another seed than this tries other damage; the one that fails is printed. */
const SEED = Number(process.env.ORCA_FUZZ_SEED ?? 20_170_331);
/** A whole fixture takes 30 ms; what takes this long is on its way to never. */
const LONGEST = 5000;

interface Damage {
  /** Which of the fixture's files. */
  readonly file: number;
  /** Where, as a part of its length: often near an end, where the structures are. */
  readonly at: number;
  readonly kind: "flip" | "overwrite" | "insert" | "remove" | "truncate" | "repeat";
  readonly bytes: Uint8Array;
}

const place = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  fc.nat(2000).map((distance) => -1 - distance),
  fc.nat(2000).map((distance) => 2 + distance),
);
const damages: fc.Arbitrary<Damage> = fc.record({
  file: fc.nat(2),
  at: place,
  kind: fc.constantFrom("flip", "flip", "overwrite", "insert", "remove", "truncate", "repeat"),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
});

/** Negative places count from the end, those from 2 on from the start. */
function position(at: number, length: number): number {
  const wanted = at < 0 ? length + at : at < 1 ? Math.floor(at * length) : at - 2;
  return Math.min(Math.max(0, wanted), length - 1);
}

function damaged(files: Files, { file, at, kind, bytes }: Damage): Files {
  const names = Object.keys(files);
  const name = names[file % names.length] as string;
  const whole = files[name] as Uint8Array;
  const start = position(at, whole.length);
  const end = Math.min(whole.length, start + bytes.length);
  const cut = (...pieces: Uint8Array[]) => Buffer.concat([whole.subarray(0, start), ...pieces]);
  const changed = {
    flip: () => cut(whole.subarray(start, end).map((byte, i) => byte ^ (1 << ((bytes[i] as number) & 7)))),
    overwrite: () => cut(bytes.subarray(0, end - start)),
    insert: () => cut(bytes),
    remove: () => cut(),
    truncate: () => cut(),
    repeat: () => cut(whole.subarray(start, end), whole.subarray(start, end)),
  }[kind]();
  const rest = kind === "truncate" ? whole.length : kind === "insert" ? start : end;
  return { ...files, [name]: Buffer.concat([changed, whole.subarray(rest)]) };
}

describe.skipIf(!sharedExists)("damaged checkpoints are refused, or give the very same weights", () => {
  describe.each(FIXTURES)("$name", (fixture) => {
    const expected = new Map<string, Float32Array>();
    let files: Files = {};
    let smooth: number | undefined;

    beforeAll(async () => {
      files = await loadFixture(fixture);
      const { weights, frontEnd } = await openFiles(fixture.model, files);
      for (const name of weights.names) expected.set(name, await weights.read(name));
      smooth = frontEnd?.smooth;
    });

    async function differences({ weights, frontEnd }: NamedWeights): Promise<string[]> {
      const bad = frontEnd?.smooth === smooth ? [] : ["smoothing"];
      if (weights.names.length !== expected.size) bad.push("names");
      for (const [name, values] of expected) if (!sameBytes(await weights.read(name), values)) bad.push(name);
      return bad;
    }

    test(`${RUNS} times`, { timeout: 600_000 }, async () => {
      const outcomes = { refused: 0, same: 0 };
      const property = fc.asyncProperty(damages, async (damage) => {
        const start = performance.now();
        try {
          expect(await differences(await openFiles(fixture.model, damaged(files, damage)))).toEqual([]);
          outcomes.same += 1;
        } catch (error) {
          if (!(error instanceof OrcaError)) throw error;
          expect(error).toMatchObject({ code: "weights_invalid", byteOffset: expect.any(Number) });
          outcomes.refused += 1;
        }
        expect(performance.now() - start).toBeLessThan(LONGEST);
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
      // Damage of bytes that nothing is read from is the only kind that may pass: most must be seen.
      expect(outcomes.refused).toBeGreaterThan(RUNS / 2);
      console.log(`${fixture.name}: of ${RUNS} damaged copies ${outcomes.refused} refused, ${outcomes.same} the same`);
    });
  });
});

describe.skipIf(!sharedExists)("a damaged yamnet.h5", () => {
  /** HDF5 is slower to walk, and has no checksums: only its structures are damaged, which are 2 % of the file. */
  const few = Math.ceil(RUNS / 10);

  test(`is refused or keeps its datasets' names and shapes, ${few} times`, { timeout: 600_000 }, async () => {
    const bytes = sharedExists ? await readFile(sharedPath("weights/yamnet.h5")) : Buffer.alloc(0);
    const open = (file: Uint8Array) => openKerasHdf5(memoryFile("yamnet.h5", file));
    const { tensors } = await open(bytes);
    const structure = await structuralBytes(tensors, bytes.length);
    const shapes = (of: readonly StoredTensor[]) => Object.fromEntries(of.map(({ key, shape }) => [key, shape]));
    const expected = shapes(tensors);
    let refused = 0;
    const property = fc.asyncProperty(fc.nat(structure.length - 1), damages, async (where, damage) => {
      const at = (structure[where] as number) + 2;
      const start = performance.now();
      try {
        const store = await open(damaged({ "yamnet.h5": bytes }, { ...damage, at })["yamnet.h5"] ?? bytes);
        // A changed name is the one thing that passes here; resolveNames finds that a tensor is missing.
        const found = shapes(store.tensors);
        for (const [key, shape] of Object.entries(found)) if (key in expected) expect(shape).toEqual(expected[key]);
        for (const { read } of store.tensors) await read();
      } catch (error) {
        if (!(error instanceof OrcaError)) throw error;
        expect(error.code).toBe("weights_invalid");
        refused += 1;
      }
      expect(performance.now() - start).toBeLessThan(LONGEST);
    });
    await fc.assert(property, { numRuns: few, seed: SEED, endOnFailure: true });
    console.log(`yamnet.h5: of ${few} damaged copies ${refused} refused`);
    expect(refused).toBeGreaterThan(0);
  });
});

/** Places of a file in which no dataset's numbers are. */
async function structuralBytes(tensors: readonly StoredTensor[], size: number): Promise<number[]> {
  const extents: [start: number, end: number][] = [];
  for (const { read } of tensors) {
    const { values, place: at } = await read();
    extents.push([at.byteOffset, at.byteOffset + values.byteLength]);
  }
  extents.sort(([a], [b]) => a - b);
  const bytes: number[] = [];
  let from = 0;
  for (const [start, end] of [...extents, [size, size] as const]) {
    for (let at = from; at < start; at++) bytes.push(at);
    from = end;
  }
  return bytes;
}
