import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lookBehindFile } from "../../src/audio/behind.node.ts";
import { WavDecoder } from "../../src/audio/wav.ts";
import { Kernels } from "../../src/kernels/index.ts";
import { failureOf } from "../support/decode.ts";
import { mutate, mutation } from "../support/mutations.ts";
import { kernelModule } from "../support/runtime.ts";
import { chunk, formatChunk, int16, latin, longSizesChunk, riff } from "../support/wav.ts";
import { bext, info, utf8 } from "../times/support/metadata-writer.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-tail-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const behind = async (bytes: Uint8Array) => {
  const path = join(folder, "a.wav");
  writeFileSync(path, bytes);
  return (await lookBehindFile(path)).metadata ?? [];
};

const GUANO = chunk("guan", utf8("GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00Z."));
const data = chunk("data", int16([1, 2, 3]));
const rest = [
  chunk("junk", new Uint8Array(5)),
  GUANO,
  chunk("LIST", info({ ICRD: "2024" })),
  chunk("bext", bext("", "")),
];

test("what stands behind the audio, as the decoder has it at the end", async () => {
  const file = riff([formatChunk(), data, ...rest]);
  const decoder = new WavDecoder(new Kernels(kernelModule), "mean");
  for (const _ of decoder.push(file));
  decoder.flush();
  const blocks = await behind(file);
  expect(blocks).toEqual(decoder.metadata());
  expect(blocks.map(({ kind }) => kind)).toEqual(["guano", "info", "bext"]);
});

test("a recording of a phone that was cut short has no index, and is not told to put it in front", async () => {
  const cut = latin(`\0\0\0\x10ftypM4A \0\0\0\0\0\0\x10\0mdat${"sound".repeat(300)}`);
  expect(failureOf([cut])).toMatchObject({ code: "unsupported_encoding", hint: expect.stringContaining("faststart") });
  const path = join(folder, "cut.m4a");
  writeFileSync(path, cut);
  const known = await lookBehindFile(path);
  expect(known).toEqual({ size: cut.length, metadata: [], noIndex: true });
  expect(failureOf([cut], known)).toMatchObject({
    code: "audio_malformed",
    message: expect.stringContaining("has no index (moov)"),
    hint: expect.stringContaining("cut short"),
  });
});

test("what stands before it is the stream's own; RF64's long size counts", async () => {
  expect(await behind(riff([GUANO, formatChunk(), data]))).toEqual([]);
  const long = [longSizesChunk(6), formatChunk(), chunk("data", int16([1, 2, 3]), { size: 0xffff_ffff }), GUANO];
  expect((await behind(riff(long, { magic: "RF64" }))).map(({ kind }) => kind)).toEqual(["guano"]);
});

test("a long block is not read whole", async () => {
  const [block] = await behind(riff([formatChunk(), data, chunk("guan", new Uint8Array(1 << 20).fill(32))]));
  expect([block?.bytes.length, block?.cut]).toEqual([65_536, true]);
});

test("no file, a folder, a pipe, another format: nothing", async () => {
  expect(await lookBehindFile(join(folder, "absent.wav"))).toEqual({});
  expect(await lookBehindFile(folder)).toEqual({});
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(await lookBehindFile(pipe)).toEqual({});
  expect(await behind(utf8("fLaC and so on"))).toEqual([]);
  expect(await behind(new Uint8Array(0))).toEqual([]);
});

test("damaged files give blocks or nothing", async () => {
  const file = riff([formatChunk(), data, ...rest]);
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 8 }), async (mutations) => {
      expect((await behind(mutate(file, mutations))).length).toBeLessThan(13);
    }),
    { numRuns: 200 },
  );
});
