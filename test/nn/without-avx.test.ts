import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { orcaScene, wav16 } from "../../src/sample/index.ts";
import { temporaryFolder } from "../convert/readers/support.ts";
import { orcaEmbed } from "../support/command-line.ts";
import { seededFolder } from "../support/test-models.ts";

const x64 = process.arch === "x64";
if (!x64) console.log("Skipped: the test without AVX, which only x86-64 can be without.");

test.skipIf(!x64)("x86-64 without AVX takes plain SIMD, and int8 gives the same bits", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "call.wav");
  // At YAMNet's own rate: the resampler uses fused multiply-adds where there are any.
  await writeFile(file, wav16(orcaScene(4), 16_000));
  const run = async (...flags: string[]) => {
    const out = join(folder, `results ${flags}`);
    const args = ["extract", file, "--engine", "kernels", "--variant", "int8", "--models", seededFolder, "--out", out];
    expect((await orcaEmbed(args, {}, flags)).status).toBe(0);
    const [header, ...windows] = (await readFile(join(out, "call.wav.yamnet.ndjson"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return { engine: header.engine, windows: windows.filter(({ type }) => type === "window") };
  };
  const [with_, without] = [await run(), await run("--no-enable-avx")];
  expect(with_.engine).toMatch(/^orca-kernels \S+ relaxed$/);
  expect(without.engine).toMatch(/^orca-kernels \S+ simd$/);
  expect(with_.windows.length).toBeGreaterThan(5);
  expect(without.windows).toEqual(with_.windows);
});
