import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lookBehindFile } from "../../src/audio/behind.node.ts";
import { lookBehind } from "../../src/audio/index.ts";
import { boxesIn, findBox } from "../../src/audio/mp4/boxes.ts";
import { joinBytes } from "../../src/join.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { decodedByFfmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { latin } from "../support/wav.ts";
import { type Encoding, encodeFile } from "./support/encodings.ts";

const folder = ffmpegExists ? mkdtempSync(join(tmpdir(), "orca-mp4-")) : "";
afterAll(() => {
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

const encode = (name: string, fields: Omit<Encoding, "name">) => encodeFile(join(folder, name), { name, ...fields });
const FRONT = ["-movflags", "faststart"];
const IN_PARTS = ["-movflags", "frag_keyframe+empty_moov"];
const ALAC = ["-c:a", "alac", "-sample_fmt"];

const files: readonly (readonly [name: string, fields: Omit<Encoding, "name">, near: "bits" | number])[] = [
  ["aac.m4a", { rate: 48000, channels: 2, seconds: 1.3, options: ["-c:a", "aac"] }, -90],
  ["aac-mono.m4a", { rate: 22050, channels: 1, seconds: 0.73, options: ["-c:a", "aac", ...FRONT] }, -90],
  ["aac-parts.m4a", { rate: 44100, channels: 2, options: ["-c:a", "aac", ...IN_PARTS] }, -90],
  [
    "aac-many-parts.mp4",
    { rate: 44100, channels: 1, seconds: 3, options: ["-c:a", "aac", "-frag_duration", "500000"] },
    -90,
  ],
  [
    "aac-based.mp4",
    { rate: 48000, channels: 1, options: ["-c:a", "aac", "-movflags", "frag_keyframe+delay_moov+default_base_moof"] },
    -90,
  ],
  ["aac.mov", { rate: 44100, channels: 2, options: ["-c:a", "aac"] }, -90],
  ["alac-16.m4a", { rate: 44100, channels: 2, seconds: 1.1, options: [...ALAC, "s16p"] }, "bits"],
  ["alac-24.m4a", { rate: 96000, channels: 2, options: [...ALAC, "s32p"] }, "bits"],
  ["alac-mono.m4a", { rate: 16000, channels: 1, options: [...ALAC, "s16p", ...FRONT] }, "bits"],
  ["alac-plain.m4a", { rate: 16000, channels: 2, options: [...ALAC, "s32p", "-compression_level", "0"] }, "bits"],
  ["alac-parts.mp4", { rate: 48000, channels: 2, options: [...ALAC, "s16p", ...IN_PARTS] }, "bits"],
  ["alac.mov", { rate: 48000, channels: 1, options: [...ALAC, "s32p"] }, "bits"],
];

describe.skipIf(!ffmpegExists)("files that ffmpeg writes: its number of samples and its samples", () => {
  test.each(files)("%s", async (name, fields, near) => {
    const path = encode(name, fields);
    const file = new Uint8Array(readFileSync(path));
    const behind = await lookBehindFile(path);
    const expected = decodedByFfmpeg(path);
    const { channels } = fields;
    for (let channel = 0; channel < channels; channel++) {
      const { samples, info, findings } = decode([file], { ...behind, channel });
      expect(info).toMatchObject({ container: "mp4", rate: fields.rate, channels });
      expect(findings).toEqual([]);
      expect(samples).toHaveLength(expected.length / channels);
      const wanted = samples.map((_, at) => expected[at * channels + channel] as number);
      if (near === "bits") expectSameBits(samples, wanted);
      else {
        const error = samples.reduce((sum, value, at) => sum + (value - (wanted[at] as number)) ** 2, 0);
        expect(10 * Math.log10(error / samples.length)).toBeLessThan(near);
      }
    }
    const whole = decode([file], behind);
    for (const sizes of [[1000, 7], [65_536]]) {
      const pieces = decode(cut(file, sizes), behind);
      expectSameBits(pieces.samples, whole.samples);
      expect(pieces.findings).toEqual(whole.findings);
    }
  });
});

describe.skipIf(!ffmpegExists)("where the index stands", () => {
  const fields = { rate: 16_000, channels: 1, options: ["-c:a", "aac"] };
  const atEnd = () => new Uint8Array(readFileSync(encode("end.m4a", fields)));
  const inFront = () =>
    new Uint8Array(readFileSync(encode("front.m4a", { ...fields, options: ["-c:a", "aac", ...FRONT] })));

  test("behind the sound, in a stream: a sentence that says what to do", () => {
    const failure = failureOf([atEnd()]);
    expect(failure).toMatchObject({ code: "unsupported_encoding", message: expect.stringContaining("moov") });
    expect(failure.hint).toMatch(/ffmpeg .*-movflags faststart.*orca-embed extract/);
  });

  test("behind the sound, where it can be looked for: read ahead; in front it is not", async () => {
    const file = atEnd();
    const inMemory = (bytes: Uint8Array) => ({
      size: bytes.length,
      read: async (at: number, length: number) => bytes.subarray(at, at + length),
    });
    const behind = await lookBehind(inMemory(file));
    expect(behind.index?.bytes.length).toBeGreaterThan(100);
    expectSameBits(decode([file], behind).samples, decode([inFront()]).samples);
    expect(await lookBehind(inMemory(inFront()))).not.toHaveProperty("index");
  });

  test("cut before it, or without it", async () => {
    const file = atEnd();
    const short = file.subarray(0, file.length - 300);
    writeFileSync(join(folder, "short.m4a"), short);
    const behind = await lookBehindFile(join(folder, "short.m4a"));
    expect(["unsupported_encoding", "audio_malformed"]).toContain(failureOf([short], behind).code);
    expect(failureOf([latin("\0\0\0\x10ftypM4A \0\0\0\0")])).toMatchObject({ code: "audio_malformed" });
    expect(failureOf([latin("\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x08moov")])).toMatchObject({
      code: "unsupported_encoding",
      message: expect.stringContaining("no sound"),
    });
  });

  test("sound that ends early: what came, and how much did not", () => {
    const file = inFront();
    const { samples, findings } = decode([file.subarray(0, file.length - 1000)]);
    expect(samples.length).toBeGreaterThan(1000);
    expect(findings).toMatchObject([{ code: "truncated", lost: true }]);
  });

  test("a damaged unit becomes silence of its length", () => {
    const file = inFront();
    const mdat = [...boxesIn(file, 0, file.length)].find(({ type }) => type === "mdat");
    const damaged = file.slice();
    damaged.fill(0xff, (mdat?.start ?? 0) + 900, (mdat?.start ?? 0) + 1200);
    const { samples, findings } = decode([damaged]);
    expect(samples).toHaveLength(decode([file]).samples.length);
    expect(findings.some(({ code, lost }) => code === "damaged_frame" && lost)).toBe(true);
  });

  test("the delay that iTunes' tag says, where there is no edit list", () => {
    const file = inFront();
    const whole = { start: 0, end: file.length };
    const edits = findBox(file, whole, "moov", "trak", "edts");
    const meta = findBox(file, whole, "moov", "udta", "meta");
    expect(decode([file]).info?.priming).toBe(1024);
    const plain = file.slice();
    plain.set(latin("free"), (edits?.start ?? 0) - 4);
    expect(decode([plain]).info).not.toHaveProperty("priming");
    // The tag goes where ffmpeg's own tags stood; the rest of that list is a free box.
    const list = findBox(file, { start: (meta?.start ?? 0) + 4, end: meta?.end ?? 0 }, "ilst");
    const size = (list?.end ?? 0) - (list?.start ?? 0);
    const text = latin("iTunSMPB 00000000 00000840 ");
    const tag = new Uint8Array(size);
    new DataView(tag.buffer).setUint32(0, size);
    tag.set(latin("----"), 4);
    tag.set(text.subarray(0, Math.max(0, size - 8)), 8);
    plain.set(tag, list?.start ?? 0);
    expect(decode([plain]).info?.priming).toBe(2112);
  });

  test("kinds of sound that are not read are named", () => {
    const path = encode("other.mp4", { rate: 48_000, channels: 2, options: ["-c:a", "ac3", ...FRONT] });
    const failure = failureOf([new Uint8Array(readFileSync(path))]);
    expect(failure).toMatchObject({ code: "unsupported_encoding", message: expect.stringContaining("AC-3") });
    const six = encode("six.m4a", { rate: 48_000, channels: 6, options: ["-c:a", "aac", ...FRONT] });
    expect(failureOf([new Uint8Array(readFileSync(six))])).toMatchObject({ code: "unsupported_encoding" });
  });

  test("bytes behind the last box are ignored, and said", () => {
    const { findings } = decode([joinBytes([inFront(), new Uint8Array(20)])]);
    expect(findings).toMatchObject([]);
  });
});
