import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lookBehindFile } from "../../src/audio/behind.node.ts";
import { boxesIn, findBox } from "../../src/audio/mp4/boxes.ts";
import { joinBytes } from "../../src/join.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { decodedByFfmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { latin } from "../support/wav.ts";
import { type AlacFrameOptions, alacConfig, alacFrame } from "./support/alac-writer.ts";
import { cafChunk, cafData, cafDescription, cafFile, cafTable } from "./support/caf-writer.ts";
import { type Encoding, encodeFile } from "./support/encodings.ts";

const folder = mkdtempSync(join(tmpdir(), "orca-caf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FRAME = 512;

/** Channels of whole numbers of so many bits: a sweep, noise, silence, and full scale. */
function signal(bits: number, channels: number, frames: number): number[][] {
  const half = 2 ** (bits - 1);
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  return Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: frames * FRAME }, (_, at) => {
      const part = Math.floor(at / FRAME) % 4;
      if (part === 0) return Math.round(0.6 * half * Math.sin(at * at * 1e-4 + channel));
      if (part === 1) return Math.round(half * random() * 1.9);
      if (part === 2) return at % 97 === 0 ? 3 : 0;
      return at % 2 === 0 ? half - 1 : 1 - half;
    }),
  );
}

/** As older files have it: `frma` with the format, `alac` with the configuration, and an empty atom at the end. */
const inAtoms = (config: Uint8Array) =>
  joinBytes([latin("\0\0\0\x0cfrmaalac\0\0\0\x24alac\0\0\0\0"), config, latin("\0\0\0\x08\0\0\0\0")]);

function alacFile(
  bits: number,
  channels: number,
  options: Partial<AlacFrameOptions>,
  tableLast = false,
  cookie: (config: Uint8Array) => Uint8Array = (config) => config,
): Uint8Array {
  const values = signal(bits, channels, 6);
  const frames = Array.from({ length: 6 }, (_, at) => {
    const last = at === 5;
    const end = last ? at * FRAME + 200 : (at + 1) * FRAME;
    return alacFrame(
      values.map((channel) => channel.slice(at * FRAME, end)),
      { bits, ...options, partial: last },
    );
  });
  const table = cafTable(
    frames.map(({ length }) => length),
    5 * FRAME + 200,
  );
  const data = cafData(joinBytes(frames));
  return cafFile([
    cafDescription({ kind: "alac", rate: 48_000, channels, packetFrames: FRAME }),
    cafChunk("kuki", cookie(alacConfig({ frame: FRAME, bits, channels, rate: 48_000 }))),
    ...(tableLast ? [data, table] : [table, data]),
  ]);
}

describe("ALAC: every width, plain and predicted, one channel and two: the samples that were written", () => {
  const ways: readonly (readonly [string, Partial<AlacFrameOptions>])[] = [
    ["plain", { plain: true }],
    ["residuals", {}],
    ["differences", { order: 31 }],
    ["low bytes apart", { lowBytes: 1 }],
    ["two low bytes apart, differences", { lowBytes: 2, order: 31 }],
    ["mid and side", { mix: 2 }],
    ["mid and side, low bytes apart", { mix: 1, lowBytes: 1, order: 31 }],
  ];
  const cases = [16, 20, 24, 32].flatMap((bits) =>
    [1, 2].flatMap((channels) =>
      ways
        // A pair of 32 bits needs 33 for its difference; of 16 bits something must be left.
        .filter(
          ([, { plain = false, lowBytes = 0, mix = 0 }]) =>
            (channels === 2 || mix === 0) &&
            (plain || (bits - 8 * lowBytes + channels - 1 <= 32 && bits > 8 * lowBytes + 7)),
        )
        .map(([name, options]) => [`${bits} bits, ${channels} channel(s), ${name}`, bits, channels, options] as const),
    ),
  );
  test.each(cases)("%s", (name, bits, channels, options) => {
    const file = alacFile(bits, channels, options);
    const values = signal(bits, channels, 6);
    const path = join(folder, `${name.replaceAll(/\W+/g, "-")}.caf`);
    writeFileSync(path, file);
    // Of plain frames of 32 bits ffmpeg says that they are not implemented.
    const theirs = ffmpegExists && !(bits === 32 && options.plain === true) ? decodedByFfmpeg(path) : undefined;
    for (let channel = 0; channel < channels; channel++) {
      const { samples, info, findings } = decode([file], { channel });
      expect(info).toMatchObject({ container: "caf", encoding: "alac", bits, channels, rate: 48_000 });
      expect(findings.filter(({ lost }) => lost)).toEqual([]);
      const wanted =
        values[channel]?.slice(0, 5 * FRAME + 200).map((value) => Math.fround(value / 2 ** (bits - 1))) ?? [];
      expectSameBits(samples, Float32Array.from(wanted));
      if (theirs !== undefined)
        expectSameBits(
          samples,
          theirs.filter((_, at) => at % channels === channel),
        );
    }
  });
});

test("a configuration within atoms is the same", () => {
  const [plain, wrapped] = [alacFile(16, 2, {}), alacFile(16, 2, {}, false, inAtoms)].map((file) => decode([file]));
  expect(wrapped?.findings).toEqual(plain?.findings);
  expectSameBits(wrapped?.samples as Float32Array, plain?.samples as Float32Array);
});

const encode = (name: string, fields: Omit<Encoding, "name">) => encodeFile(join(folder, name), { name, ...fields });

describe.skipIf(!ffmpegExists)("files that ffmpeg writes: its number of samples and its samples", () => {
  const pcm = (codec: string) => ({ rate: 44_100, channels: 2, seconds: 0.5, options: ["-c:a", codec] });
  test.each([
    ["s8", pcm("pcm_s8")],
    ["s16be", pcm("pcm_s16be")],
    ["s16le", pcm("pcm_s16le")],
    ["s24be", pcm("pcm_s24be")],
    ["s32le", pcm("pcm_s32le")],
    ["f32le", pcm("pcm_f32le")],
    ["f64be", pcm("pcm_f64be")],
    ["alac16", { rate: 44_100, channels: 1, seconds: 0.5, options: ["-c:a", "alac", "-sample_fmt", "s16p"] }],
    ["alac24", { rate: 48_000, channels: 2, seconds: 0.5, options: ["-c:a", "alac", "-sample_fmt", "s32p"] }],
  ] as const)("%s", async (name, fields) => {
    const path = encode(`${name}.caf`, fields);
    const file = new Uint8Array(readFileSync(path));
    const behind = await lookBehindFile(path);
    const expected = decodedByFfmpeg(path);
    for (let channel = 0; channel < fields.channels; channel++) {
      const { samples, findings } = decode([file], { ...behind, channel });
      expect(findings).toEqual([]);
      expectSameBits(
        samples,
        expected.filter((_, at) => at % fields.channels === channel),
      );
    }
    const whole = decode([file], behind);
    expectSameBits(decode(cut(file, [1000, 3]), behind).samples, whole.samples);
  });

  test("AAC, its delay cut off", () => {
    const path = encode("for-caf.m4a", {
      rate: 48_000,
      channels: 2,
      options: ["-c:a", "aac", "-movflags", "faststart"],
    });
    const movie = new Uint8Array(readFileSync(path));
    const view = new DataView(movie.buffer);
    const whole = { start: 0, end: movie.length };
    const stbl = findBox(movie, whole, "moov", "trak", "mdia", "minf", "stbl") ?? whole;
    const sizesAt = (findBox(movie, stbl, "stsz")?.start ?? 0) + 12;
    const count = view.getUint32(sizesAt - 4);
    const sizes = Array.from({ length: count }, (_, at) => view.getUint32(sizesAt + 4 * at));
    const mdat = [...boxesIn(movie, 0, movie.length)].find(({ type }) => type === "mdat");
    const entry = findBox(movie, { start: (findBox(movie, stbl, "stsd")?.start ?? 0) + 8, end: stbl.end }, "mp4a");
    const esds = findBox(movie, { start: (entry?.start ?? 0) + 28, end: entry?.end ?? 0 }, "esds");
    const file = cafFile([
      cafDescription({ kind: "aac ", rate: 48_000, channels: 2, packetFrames: 1024 }),
      cafChunk("kuki", movie.subarray((esds?.start ?? 0) + 4, esds?.end)),
      cafTable(sizes, 48_000, 1024, 0),
      cafData(movie.subarray(mdat?.start, mdat?.end), -1),
    ]);
    const { samples, info, findings } = decode([file]);
    expect(info).toMatchObject({ container: "caf", encoding: "aac-lc", priming: 1024, declaredFrames: 48_000 });
    expect(findings).toEqual([]);
    expectSameBits(samples, decode([movie]).samples);
  });
});

describe("what cannot be", () => {
  const pcm = (size?: number) =>
    cafFile([
      cafDescription({ kind: "lpcm", rate: 22_254.5454, channels: 1, bits: 16, packetBytes: 2, flags: 2 }),
      cafChunk("free", new Uint8Array(5)),
      cafData(Uint8Array.of(0, 16, 0, 32), size),
    ]);

  test("a size of -1 means up to the end; a rate need be no whole number", () => {
    for (const size of [undefined, -1]) {
      const { samples, info, findings } = decode([pcm(size)]);
      expectSameBits(samples, Float32Array.of(0.125, 0.25));
      expect(info?.rate).toBe(22_254.5454);
      expect(findings).toEqual([]);
    }
    expect(decode([pcm(1000)]).findings).toMatchObject([{ code: "truncated", lost: true, count: 992 }]);
  });

  test("the table behind the sound, in a stream: a sentence that says what to do", async () => {
    const file = alacFile(16, 1, {}, true);
    const failure = failureOf([file]);
    expect(failure).toMatchObject({ code: "unsupported_encoding", message: expect.stringContaining("pakt") });
    expect(failure.hint).toContain("orca-embed extract");
    const path = join(folder, "last.caf");
    writeFileSync(path, file);
    expectSameBits(decode([file], await lookBehindFile(path)).samples, decode([alacFile(16, 1, {})]).samples);
    // Cut within its sound: there is no table, and no advice to look for it.
    writeFileSync(path, file.subarray(0, 400));
    expect(failureOf([file.subarray(0, 400)], await lookBehindFile(path))).toMatchObject({
      code: "audio_malformed",
      message: expect.stringContaining("no table of its packets (pakt)"),
    });
  });

  test("behind the sound: more sound, another file and bytes that are no chunk are lost, blank ones are not", () => {
    const description = cafDescription({ kind: "lpcm", rate: 16_000, channels: 1, bits: 16, packetBytes: 2, flags: 2 });
    const data = cafData(new Uint8Array(3200).fill(1));
    const file = cafFile([description, data]);
    const codes = (...behind: readonly Uint8Array[]) => {
      const { samples, findings } = decode([file, ...behind]);
      expect(samples.length).toBe(1600);
      return findings.filter(({ code }) => code !== "dc_offset").map(({ code, lost }) => [code, lost]);
    };
    expect(codes(cafChunk("info", new Uint8Array(9)))).toEqual([]);
    expect(codes(data, data)).toEqual([
      ["second_data_chunk", true],
      ["second_data_chunk", true],
    ]);
    expect(codes(file)).toEqual([["stopped", true]]);
    expect(codes(new Uint8Array(9000))).toEqual([["trailing_bytes", false]]);
    expect(codes(new Uint8Array(9000).fill(200))).toEqual([["trailing_bytes", true]]);
  });

  test("headers", () => {
    const description = { kind: "lpcm", rate: 16_000, channels: 1, bits: 16, packetBytes: 2 };
    const sound = cafData(new Uint8Array(8));
    expect(failureOf([cafFile([sound])])).toMatchObject({ code: "audio_malformed" });
    expect(failureOf([cafFile([cafDescription({ ...description, channels: 0 }), sound])])).toMatchObject({
      code: "audio_malformed",
    });
    expect(failureOf([cafFile([cafDescription({ ...description, rate: 5 }), sound])])).toMatchObject({
      code: "audio_malformed",
    });
    expect(failureOf([cafFile([cafDescription({ ...description, kind: "ima4" }), sound])])).toMatchObject({
      code: "unsupported_encoding",
      message: expect.stringContaining("ima4"),
    });
    expect(failureOf([cafFile([cafDescription({ ...description, packetBytes: 5 }), sound])])).toMatchObject({
      code: "unsupported_encoding",
    });
    expect(failureOf([cafFile([cafDescription(description)])])).toMatchObject({ code: "audio_malformed" });
    expect(failureOf([cafFile([cafDescription(description), cafData(new Uint8Array(0))])])).toMatchObject({
      code: "no_samples",
    });
  });
});
