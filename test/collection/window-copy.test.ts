import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CollectionFolder } from "../../src/collection/folder.node.ts";
import { MODEL, newFolder, newWindows, together } from "../support/collections.ts";

let path = "";
let folder: CollectionFolder;
beforeEach(async () => {
  path = newFolder();
  folder = await CollectionFolder.openForWriting(path, MODEL);
  for (const [at, name] of ["a/1.wav", "a/2.wav", "b/3.wav"].entries())
    await folder.collection.put({ name }, newWindows(47, at + 1));
});
afterEach(() => {
  folder.close();
  rmSync(path, { recursive: true, force: true });
});

const copy = () => join(path, "orca.windows");
const room = (count: number) => new Float32Array(count * MODEL.dimensions);

/** What the copy, or the database where there is none, gives, and what the database has. */
async function both(recordings: readonly string[] = []) {
  const seen: { id: number; recording: number; start: number; end: number; vector: number[] }[] = [];
  for await (const { count, ids, recordings: own, starts, ends, vectors } of folder.placed(room, recordings))
    for (let at = 0; at < count; at++) {
      const [id, recording, start, end] = [ids, own, starts, ends].map((list) => list[at] as number) as [
        number,
        number,
        number,
        number,
      ];
      seen.push({
        id,
        recording,
        start,
        end,
        vector: [...vectors.subarray(at * MODEL.dimensions, (at + 1) * MODEL.dimensions)],
      });
    }
  const filter = recordings.length === 0 ? {} : { filter: { recordings } };
  const all = await together(folder.collection.blocks(filter));
  const there = all.ids.map((id, at) => ({
    id,
    recording: all.recordings[at],
    start: all.starts[at],
    end: all.ends[at],
    vector: all.vectors.slice(at * MODEL.dimensions, (at + 1) * MODEL.dimensions),
  }));
  return { seen, there };
}
async function expectSame(windows: number, recordings: readonly string[] = []) {
  const { seen, there } = await both(recordings);
  expect(seen).toEqual(there);
  expect(seen.length).toBe(windows);
}

test("a copy gives what the database has, all of it or of some recordings; a small collection needs none", async () => {
  expect(await folder.completeCopy()).toBeUndefined();
  expect(existsSync(copy())).toBe(false);
  await expectSame(141);
  expect(await folder.completeCopy(1)).toEqual({ path: copy() });
  await expectSame(141);
  await expectSame(94, ["a/1.wav", "b/3.wav"]);
  await expectSame(0, ["none.wav"]);
  // It is the copy that is read: another number in it is seen.
  const bytes = readFileSync(copy());
  const altered = bytes.subarray(0);
  altered.writeFloatLE(42, bytes.length - 64 * MODEL.dimensions * 4 + 4 * MODEL.dimensions);
  writeFileSync(copy(), altered);
  expect((await both()).seen[129]?.vector[0]).toBe(42);
});

test("what comes later is added; what is gone makes it anew; neither is read before", async () => {
  await folder.completeCopy(1);
  const { ino, size } = statSync(copy());
  await folder.collection.put({ name: "b/4.wav" }, newWindows(70, 4));
  await expectSame(211);
  await folder.completeCopy(1);
  expect(statSync(copy()).ino).toBe(ino);
  expect(statSync(copy()).size).toBeGreaterThan(size);
  await expectSame(211);
  // As many windows, but others.
  await folder.collection.put({ name: "a/2.wav" }, newWindows(47, 9));
  await expectSame(211);
  await folder.completeCopy(1);
  await expectSame(211, []);
  await expectSame(47, ["a/2.wav"]);
});

test("another collection's copy, a damaged one and half of one are passed over", async () => {
  await folder.completeCopy(1);
  const whole = readFileSync(copy());
  const damaged = Buffer.from(whole);
  damaged[64 + 30] = (damaged[64 + 30] as number) ^ 1;
  writeFileSync(copy(), damaged);
  await expectSame(141);
  writeFileSync(copy(), whole.subarray(0, whole.length - 100));
  await expectSame(141);
  writeFileSync(copy(), "something else");
  await expectSame(141);
  await folder.completeCopy(1);
  expect(readFileSync(copy()).equals(whole)).toBe(true);
  // A header that counts more than there is: it was killed while it was added to.
  const file = openSync(copy(), "r+");
  writeSync(file, Float64Array.of(1e6), 0, 8, 16);
  closeSync(file);
  await expectSame(141);
});
