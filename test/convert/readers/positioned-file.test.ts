import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { memoryFile, openFile, partOf } from "../../../src/convert/readers/positioned-file.ts";
import { refusal, temporaryFolder } from "./support.ts";

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);

async function onDisk() {
  const path = join(await temporaryFolder(), "numbers.bin");
  await writeFile(path, bytes);
  return openFile(path);
}

test.each([
  ["on disk", onDisk],
  ["in memory", async () => memoryFile("numbers.bin", bytes)],
])("a file %s is read where it is asked for, and refuses what is outside", async (_, open) => {
  const file = await open();
  expect(file.size).toBe(100);
  expect([...(await file.read(10, 3))]).toEqual([10, 11, 12]);
  expect((await file.read(100, 0)).length).toBe(0);
  const target = new Uint8Array(4);
  await file.readInto(target, 96);
  expect([...target]).toEqual([96, 97, 98, 99]);

  for (const call of [
    () => file.read(97, 4),
    () => file.readInto(target, 97),
    () => file.read(97, Number.MAX_SAFE_INTEGER),
  ]) {
    const error = await refusal(call);
    expect(error.message).toMatch(/^numbers\.bin, byte 97: \d+ bytes are wanted from here, but there are only 100/);
    expect(error.byteOffset).toBe(97);
  }
  expect((await refusal(() => file.read(-1, 1))).byteOffset).toBe(-1);
  await file.close();
});

test("a part of a part counts bytes in the whole file", async () => {
  const part = partOf(partOf(memoryFile("numbers.bin", bytes), 20, 50), 5, 10);
  expect([...(await part.read(2, 2))]).toEqual([27, 28]);
  expect((await refusal(() => part.read(9, 2))).byteOffset).toBe(34);
  expect((await refusal(() => partOf(part, 5, 6))).byteOffset).toBe(30);
});

test("what is no file is refused with its path", async () => {
  const folder = await temporaryFolder();
  expect((await refusal(() => openFile(join(folder, "none")))).message).toMatch(
    /none cannot be opened: no such file or directory\.$/,
  );
  expect((await refusal(() => openFile(folder))).message).toMatch(/is not a file\.$/);
});
