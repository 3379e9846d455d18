import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "../src/make-folder.node.ts";

let place = "";
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "orca-make-folder-"));
});
afterAll(() => rm(place, { recursive: true, force: true }));

const code = (path: string) =>
  makeFolder(path).then(
    () => "made",
    (thrown: NodeJS.ErrnoException) => thrown.code,
  );

test("folders above are made, with the same mode; a folder that is there is left as it is", async () => {
  expect(await makeFolder(join(place, "a", "b", "c"), 0o700)).toBe(true);
  for (const folder of ["a", "a/b", "a/b/c"]) expect((await stat(join(place, folder))).mode & 0o777).toBe(0o700);
  expect(await makeFolder(join(place, "a", "b"))).toBe(false);
  expect(await readdir(join(place, "a", "b"))).toEqual(["c"]);
  const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(join(place, "many", "at", "once"))));
  expect(made.filter(Boolean).length).toBe(1);
});

test("a file in the way is told", async () => {
  await writeFile(join(place, "file"), "");
  expect([await code(join(place, "file")), await code(join(place, "file", "x"))]).toEqual(["EEXIST", "ENOTDIR"]);
});

test.skipIf(process.platform !== "linux")(
  "where nothing can be made, it ends (Node's recursive mkdir does not)",
  async () => {
    expect(await code("/proc/1/x")).toBe("ENOENT");
    expect(await code("/proc/1/x/y")).toBe("ENOENT");
  },
);
