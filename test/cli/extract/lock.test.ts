import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Lock } from "../../../src/cli/extract/lock.ts";

let folder = "";
let path = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-lock-"));
  path = join(folder, "lock");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The lock as another holder would have left it. */
async function leave(changes: object, silent = 0): Promise<void> {
  const lock = await Lock.take(path);
  const held = JSON.parse(readFileSync(path, "utf8"));
  lock.release();
  writeFileSync(path, JSON.stringify({ ...held, id: "other", ...changes }));
  const beat = new Date(Date.now() - silent);
  utimesSync(path, beat, beat);
}

async function taken(): Promise<void> {
  const lock = await Lock.take(path);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
}

test("one holds it at a time", async () => {
  const first = await Lock.take(path);
  await expect(Lock.take(path)).rejects.toThrow(`Another run, process ${process.pid} since`);
  await expect(Lock.take(path)).rejects.toMatchObject({ code: "busy" });
  first.release();
  await taken();
  const many = await Promise.allSettled(Array.from({ length: 20 }, () => Lock.take(path)));
  const got = many.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(got.length).toBe(1);
  got[0]?.release();
});

test("a dead process does not, nor another one of its number", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await leave({ pid });
  await taken();
  await leave({ born: "1" });
  await taken();
  writeFileSync(path, "torn");
  await taken();
});

test("of those who find a dead one's, one gets it", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await leave({ pid });
  const many = await Promise.allSettled(Array.from({ length: 20 }, () => Lock.take(path)));
  const got = many.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(got.length).toBe(1);
  got[0]?.release();
});

test("one on another machine does while it gives signs of life", async () => {
  await leave({ machine: "elsewhere boot space" });
  await expect(Lock.take(path)).rejects.toThrow(`process ${process.pid} on elsewhere since`);
  rmSync(path);
  await leave({ machine: "elsewhere boot space" }, 120_000);
  await taken();
});

test("who lost it leaves the new holder's alone", async () => {
  const lock = await Lock.take(path);
  writeFileSync(path, "another's");
  lock.release();
  expect(readFileSync(path, "utf8")).toBe("another's");
  rmSync(path);
});
