import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DetectingDecoder, type Finding } from "../../src/audio/index.ts";
import { joinBytes } from "../../src/join.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode } from "../support/decode.ts";
import { codecModules, newKernels } from "../support/runtime.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { chunk, formatChunk, int16, latin, longSizesChunk, riff } from "../support/wav.ts";
import { aiffFile } from "./support/aiff-writer.ts";

const values = Array.from({ length: 20_000 }, (_, i) => Math.round(9000 * Math.sin(i * 0.05)) - 3);
const DATA = int16(values);
const SAMPLES = Float32Array.from(values, (value) => value / 32768);
const LIST = chunk("LIST", latin("INFOISFT\x04\0\0\0test"));
const wav = (size: number, options: { size?: number } = {}, behind: readonly Uint8Array[] = []) =>
  riff([formatChunk(), chunk("data", DATA, { size }), ...behind], options);

/** What the sizes tell: a constant offset is none of their matter. */
const ofSizes = (findings: readonly Finding[]) => findings.filter(({ code }) => code !== "dc_offset");

/** Code, whether audio is missing, and what is said. */
const found = (pieces: readonly Uint8Array[], size?: number) => {
  const { samples, findings, info } = decode(pieces, size === undefined ? {} : { size });
  return {
    samples,
    info,
    codes: ofSizes(findings).map(({ code, lost }) => [code, lost]),
    says: findings[0]?.message ?? "",
  };
};

describe("sizes that count too much: nothing is missing, and that is said", () => {
  test.each([
    ["the whole file", 44],
    ["RIFF's size of it", 36],
    ["the data chunk's header", 8],
  ])("%s", (_, more) => {
    const file = wav(DATA.length + more, { size: DATA.length + 36 + more });
    for (const pieces of [[file], cut(file, [1000, 7])]) {
      const { samples, codes } = found(pieces);
      expectSameBits(samples, SAMPLES);
      expect(codes).toEqual([["wrong_size", false]]);
      expect(found(pieces, file.length).codes).toEqual(codes);
    }
  });

  test("with chunks before the samples, the header is longer than 44 bytes", () => {
    const before = riff([LIST, formatChunk(), chunk("data", new Uint8Array(0))]).length;
    const file = riff([LIST, formatChunk(), chunk("data", DATA, { size: DATA.length + before })]);
    expect(found([file]).codes).toEqual([["wrong_size", false]]);
  });

  test("so many bytes missing of a file whose size is known to be larger are missing", () => {
    const file = wav(DATA.length);
    expect(found([file.subarray(0, file.length - 44)], file.length).codes).toEqual([["truncated", true]]);
    expect(found([file.subarray(0, file.length - 50)]).codes).toEqual([["truncated", true]]);
  });
});

describe("sizes that were never written", () => {
  test("0, and RIFF's size is right: the samples up to it, as announced", () => {
    const file = wav(0, { size: DATA.length + 36 });
    for (const pieces of [[file], cut(file, [3]), [file, new Uint8Array(9000)]]) {
      const { samples, codes } = found(pieces);
      expectSameBits(samples, SAMPLES);
      expect(codes[0]).toEqual(["wrong_size", false]);
    }
  });

  test("of a first part only, and RIFF's size is right: an odd number of bytes, padding or none", () => {
    for (const size of [2000, 2001]) {
      const { samples, codes, says } = found([wav(size, { size: DATA.length + 36 })]);
      expectSameBits(samples, SAMPLES);
      expect(codes.filter(([code]) => code !== "unpadded_chunk")).toEqual([["wrong_size", false]]);
      expect(says).toMatch(/no chunk|odd length/);
    }
  });

  test("of a first part only, in RF64, and its long size of the whole is right", () => {
    const parts = [formatChunk(), chunk("data", DATA, { size: 0xffff_ffff }), LIST];
    const whole = riff([longSizesChunk(0), ...parts]).length;
    const file = riff([longSizesChunk(4096, whole - 8), ...parts], { magic: "RF64", size: 0xffff_ffff });
    for (const pieces of [[file], cut(file, [1000, 7])]) {
      const { samples, codes } = found(pieces, file.length);
      expectSameBits(samples.subarray(0, SAMPLES.length), SAMPLES);
      expect(codes).toEqual([["wrong_size", false]]);
    }
  });

  test("of a first part only, and RIFF's size fits it: what follows may be audio, is not read, and is called lost", () => {
    const file = wav(2000, { size: 2036 });
    const { samples, codes, says } = found([file]);
    expectSameBits(samples, SAMPLES.subarray(0, 1000));
    expect(codes).toEqual([["trailing_bytes", true]]);
    expect(says).toContain("38000 byte(s) follow that are no chunk, as audio 1.2 s");
    expect(says).toContain("Content-Length");
    expect(found([file], file.length).says).not.toContain("Content-Length");
    expect(found(cut(file, [1, 77]))).toEqual(found([file]));
  });

  test("megabytes that were reserved and are blank, and the rest of a disk's block: not audio", () => {
    const rest = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255);
    expect(found([wav(DATA.length), new Uint8Array(1 << 20)]).codes).toEqual([["trailing_bytes", false]]);
    expect(found([wav(DATA.length), Uint8Array.of(0), rest]).codes).toEqual([["trailing_bytes", false]]);
  });

  test("audio that begins like a chunk of no known name, which does not end within the file", () => {
    const like = joinBytes([latin("abcd\xff\xff\xff\x7f"), DATA]);
    const file = joinBytes([wav(DATA.length), like]);
    expect(found([file]).codes).toEqual([
      ["skipped_chunk", false],
      ["trailing_bytes", true],
    ]);
    expect(found([file], file.length).codes).toEqual([["trailing_bytes", true]]);
  });
});

describe("sizes that began again at 4 GiB", () => {
  /** The header and the first `bytes` bytes of samples of a file of `file` bytes. */
  const begin = (header: Uint8Array, file: number, bytes: number) => {
    const decoder = new DetectingDecoder(newKernels(), codecModules, { channel: "mean", size: file });
    let samples = 0;
    const piece = new Uint8Array(1 << 16).fill(1);
    for (const part of decoder.push(header)) samples += part.length;
    for (let sent = 0; sent < bytes; sent += piece.length) {
      for (const part of decoder.push(piece)) samples += part.length;
    }
    return { decoder, samples };
  };
  const SAID = 96_000;

  test.each([
    ["once", 2 ** 32, 0],
    ["twice", 2 ** 33, 0],
    ["with chunks behind the samples", 2 ** 32, 5000],
  ])("%s: read on, by the file's size", (_, more, behind) => {
    const riffSize = (SAID + 36 + behind) % 2 ** 32;
    const header = riff([formatChunk(), chunk("data", new Uint8Array(0), { size: SAID })], { size: riffSize });
    const { decoder, samples } = begin(header, 44 + SAID + more + behind, 1 << 20);
    expect(samples).toBe(1 << 19);
    expect(decoder.info?.declaredFrames).toBe((SAID + more) / 2);
    expect(ofSizes(decoder.findings())).toMatchObject([{ code: "wrong_size", lost: false }]);
  });

  test("a file of that size whose numbers do not fit is not guessed at", () => {
    const header = riff([formatChunk(), chunk("data", new Uint8Array(0), { size: SAID })], { size: 12_345 });
    const { decoder, samples } = begin(header, 44 + SAID + 2 ** 32 + 700_001, 1 << 20);
    expect(samples).toBe(SAID / 2);
    decoder.flush().next();
    expect(ofSizes(decoder.findings())).toMatchObject([{ code: "trailing_bytes", lost: true }]);
  });

  test("AIFF", () => {
    const header = aiffFile({ values: [1, 2], size: SAID + 8 }).subarray(0, -4);
    const { decoder, samples } = begin(header, header.length + SAID + 2 ** 32, 1 << 20);
    expect(samples).toBe(1 << 19);
    expect(ofSizes(decoder.findings())).toMatchObject([{ code: "wrong_size", lost: false }]);
  });
});

test("AIFF: SSND says too much, and COMM's number of samples is there", () => {
  const file = aiffFile({ values: values.slice(0, 100), size: 208 + 46 });
  expect(found([file]).codes).toEqual([["wrong_size", false]]);
  expect(found([file.subarray(0, -2)]).codes).toEqual([["truncated", true]]);
});

describe.skipIf(!sharedExists)("files as recorders left them", () => {
  test.each([
    ["data-size-44-too-large.wav", 220_500],
    ["data-size-0-riff-size-right.wav", 480_000],
  ])("%s", (name, count) => {
    const { samples, codes } = found([readFileSync(sharedPath(`cases/recordings/${name}`))]);
    expect(samples).toHaveLength(count);
    expect(codes).toEqual([["wrong_size", false]]);
  });
});
