import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import { joinBytes } from "../../src/join.ts";
import { PCM_ENCODINGS, type PcmEncoding } from "../../src/kernels/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut, ways } from "../support/cuts.ts";
import { type Decoded, decode, failureOf } from "../support/decode.ts";
import { runs } from "../support/long.ts";
import { newKernels } from "../support/runtime.ts";
import { chunk, formatChunk, int16, latin, longSizesChunk, riff } from "../support/wav.ts";

/** 16-bit values that read as 1/8, 2/8, 3/8, … */
const DATA = int16([4096, 8192, 12288, 16384, -4096]);
const SAMPLES = Float32Array.of(0.125, 0.25, 0.375, 0.5, -0.125);
const LIST = chunk("LIST", latin("INFOISFT\x04\0\0\0test"));
const bytesOf = (values: Float32Array | Float64Array | Int32Array | BigInt64Array) =>
  new Uint8Array(values.buffer.slice(0));

/** The findings' codes with what they point at. */
const codes = ({ findings }: Decoded) => findings.map(({ code, byteOffset, lost }) => [code, byteOffset, lost]);

describe("sound WAV files", () => {
  const values: Record<PcmEncoding, { bits: number; subformat: number; data: Uint8Array }> = {
    u8: { bits: 8, subformat: 1, data: Uint8Array.of(144, 160, 176, 192, 112) },
    s16: { bits: 16, subformat: 1, data: DATA },
    s24: { bits: 24, subformat: 1, data: Uint8Array.of(0, 0, 16, 0, 0, 32, 0, 0, 48, 0, 0, 64, 0, 0, 0xf0) },
    s32: { bits: 32, subformat: 1, data: bytesOf(Int32Array.from(SAMPLES, (value) => value * 2 ** 31)) },
    f32: { bits: 32, subformat: 3, data: bytesOf(SAMPLES) },
    f64: { bits: 64, subformat: 3, data: bytesOf(Float64Array.from(SAMPLES)) },
    s64: { bits: 64, subformat: 1, data: bytesOf(BigInt64Array.from(SAMPLES, (value) => BigInt(value * 2 ** 63))) },
  };

  test.each(PCM_ENCODINGS)("%s, plain and extensible", (encoding) => {
    const { bits, subformat, data } = values[encoding];
    for (const format of [formatChunk({ bits, tag: subformat }), formatChunk({ bits, subformat })]) {
      const decoded = decode([riff([format, chunk("data", data)])]);
      expectSameBits(decoded.samples, SAMPLES);
      expect(decoded.info).toEqual({
        container: "wav",
        encoding,
        bigEndian: false,
        rate: 16000,
        channels: 1,
        declaredFrames: 5,
      });
      expect(decoded.findings).toEqual([]);
    }
  });

  test("RIFX: everything is big-endian", () => {
    const bigEndian = true;
    const file = riff(
      [
        chunk("LIST", latin("abc"), { bigEndian }),
        formatChunk({ bigEndian, rate: 44100 }),
        chunk("data", int16([4096, 8192, 12288, 16384, -4096], bigEndian), { bigEndian }),
      ],
      { magic: "RIFX" },
    );
    const decoded = decode([file]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(decoded.info).toMatchObject({ encoding: "s16", bigEndian: true, rate: 44100, declaredFrames: 5 });
    expect(decoded.findings).toEqual([]);
  });

  test.each(["RF64", "BW64"])("%s: the size stands in ds64, and what follows the data is not audio", (magic) => {
    const data = chunk("data", DATA, { size: 0xffff_ffff });
    const file = riff([longSizesChunk(DATA.length), formatChunk(), data, LIST], { magic, size: 0xffff_ffff });
    const decoded = decode([file]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(decoded.info?.declaredFrames).toBe(5);
    expect(decoded.findings).toEqual([]);
  });

  test("a size beyond 32 bits is read whole", () => {
    const data = chunk("data", DATA, { size: 0xffff_ffff });
    const file = riff([longSizesChunk(2 ** 33), formatChunk(), data], { magic: "RF64", size: 0xffff_ffff });
    const decoded = decode([file]);
    expect(decoded.info?.declaredFrames).toBe(2 ** 32);
    expect(decoded.findings).toMatchObject([{ code: "truncated", count: 2 ** 33 - DATA.length, lost: true }]);
  });

  test("ffmpeg's RF64 to a pipe: ds64 is all zeros, and the data goes to the end", () => {
    const data = chunk("data", DATA, { size: 0xffff_ffff });
    const decoded = decode([riff([longSizesChunk(0), formatChunk(), data], { magic: "RF64", size: 0xffff_ffff })]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(decoded.info?.declaredFrames).toBeUndefined();
    expect(decoded.findings).toEqual([]);
  });

  test("20-bit samples in 24-bit words, by the block's alignment", () => {
    const format = formatChunk({ bits: 20, blockAlign: 3 });
    const decoded = decode([riff([format, chunk("data", values.s24.data)])]);
    expect(decoded.info?.encoding).toBe("s24");
    expectSameBits(decoded.samples, SAMPLES);
  });

  test("a fmt chunk of an odd or of a great length, with its padding byte", () => {
    for (const length of [17, 18, 39, 41, 100]) {
      const format = new Uint8Array(length);
      format.set(formatChunk().subarray(8));
      expectSameBits(decode([riff([chunk("fmt ", format), chunk("data", DATA)])]).samples, SAMPLES);
    }
  });

  test("a block alignment of 0 is made up from the bits", () => {
    const decoded = decode([riff([formatChunk({ blockAlign: 0 }), chunk("data", DATA)])]);
    expectSameBits(decoded.samples, SAMPLES);
  });

  test("the most and the least of each: 256 channels, 1000 Hz, 768 kHz", () => {
    const wide = riff([formatChunk({ channels: 256, rate: 1000 }), chunk("data", new Uint8Array(512))]);
    expect(decode([wide])).toMatchObject({ info: { channels: 256, rate: 1000, declaredFrames: 1 } });
    expect(decode([riff([formatChunk({ rate: 768_000 }), chunk("data", DATA)])]).info?.rate).toBe(768_000);
  });

  test("odd chunks with their padding byte, known chunks without a word", () => {
    const before = chunk("bext", latin("abc"));
    const after = chunk("cue ", latin("x"));
    const byte = Uint8Array.of(192);
    const file = riff([before, formatChunk({ bits: 8 }), chunk("data", byte), after, LIST]);
    const decoded = decode([file]);
    expect(decoded).toMatchObject({ samples: Float32Array.of(0.5), findings: [] });
  });
});

describe("streams: the data size is not known", () => {
  const sizes: readonly (readonly [what: string, size: number, riffSize: number])[] = [
    ["0, RIFF 0", 0, 0],
    ["0, RIFF up to the data", 0, 36],
    ["0, RIFF unknown", 0, 0xffff_ffff],
    ["0xFFFFFFFF (ffmpeg)", 0xffff_ffff, 0xffff_ffff],
    ["0xFFFFFFFF less a header", 0xffff_ffff - 44, 0xffff_ffff],
    ["0x7FFFF000 (sox)", 0x7fff_f000, 0x7fff_f024],
    ["0x7FFFF024", 0x7fff_f024, 0x7fff_f048],
    ["0x7FFFFFFF", 0x7fff_ffff, 0x7fff_ffff],
    ["0x80000000", 0x8000_0000, 0x8000_0024],
  ];
  test.each(sizes)("%s: up to the end of the bytes, nothing announced, nothing lost", (_, size, riffSize) => {
    const decoded = decode([riff([formatChunk(), chunk("data", DATA, { size })], { size: riffSize })]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(decoded.info?.declaredFrames).toBeUndefined();
    expect(decoded.findings).toEqual([]);
  });

  test("sox rounds 0x7FFFF000 down to whole frames: 24-bit mono and six channels", () => {
    const mono = riff([formatChunk({ bits: 24 }), chunk("data", new Uint8Array(9), { size: 0x7fff_efff, pad: false })]);
    const six = riff([
      formatChunk({ bits: 24, channels: 6 }),
      chunk("data", new Uint8Array(36), { size: 0x7fff_f000 - (0x7fff_f000 % 18) }),
    ]);
    for (const [file, frames] of [
      [mono, 3],
      [six, 2],
    ] as const) {
      const decoded = decode([file]);
      expect(decoded.samples).toHaveLength(frames);
      expect(decoded.info?.declaredFrames).toBeUndefined();
      expect(decoded.findings).toEqual([]);
    }
  });

  test.each([0x7000_0000, 0x9000_0001, 0xfff0_0000])("%i bytes is a real file's size: it is missed", (size) => {
    const decoded = decode([riff([formatChunk(), chunk("data", DATA, { size })], { size: size + 36 })]);
    expect(decoded.info?.declaredFrames).toBe(Math.floor(size / 2));
    expect(decoded.findings).toMatchObject([{ code: "truncated", lost: true, count: size - 10, byteOffset: 54 }]);
  });
});

describe("bad WAV files: a code, a byte, and what to do", () => {
  const format = formatChunk();
  const data = chunk("data", DATA);
  const extensibleBits = formatChunk({ subformat: 1 });
  const cases: readonly (readonly [what: string, file: Uint8Array, code: string, byteOffset: number, says: RegExp])[] =
    [
      ["another RIFF form", riff([format, data], { form: "WEBP" }), "not_audio", 8, /"WEBP"/],
      ["a header alone", latin("RIFF\0\0\0\0WAVE"), "wav_malformed", 12, /before any fmt chunk/],
      ["a header cut short", latin("RIFF\0\0"), "wav_malformed", 6, /byte 6/],
      ["no fmt chunk", riff([LIST]), "wav_malformed", 12 + LIST.length, /before any fmt chunk/],
      ["fmt too short", riff([chunk("fmt ", new Uint8Array(14)), data]), "wav_malformed", 16, /14 byte/],
      ["fmt of no length", riff([chunk("fmt ", new Uint8Array(0)), data]), "wav_malformed", 16, /0 byte/],
      ["fmt cut short", riff([format]).subarray(0, 30), "wav_malformed", 30, /before any fmt chunk/],
      ["no data chunk", riff([format, LIST]), "wav_malformed", 36 + LIST.length, /before any data chunk/],
      ["data before fmt", riff([data, format]), "wav_malformed", 12, /before any fmt/],
      ["0 channels", riff([formatChunk({ channels: 0 }), data]), "wav_malformed", 22, /0 channels at byte 22/],
      ["257 channels", riff([formatChunk({ channels: 257 }), data]), "wav_malformed", 22, /257 channels/],
      ["a rate of 0", riff([formatChunk({ rate: 0 }), data]), "wav_malformed", 24, /0 Hz/],
      ["a rate of 999", riff([formatChunk({ rate: 999 }), data]), "wav_malformed", 24, /999 Hz/],
      ["a rate of 768001", riff([formatChunk({ rate: 768_001 }), data]), "wav_malformed", 24, /768001 Hz/],
      ["a rate of 2^32 - 1", riff([formatChunk({ rate: 0xffff_ffff }), data]), "wav_malformed", 24, /4294967295 Hz/],
      ["ADPCM", riff([formatChunk({ tag: 2, bits: 4, blockAlign: 256 }), data]), "unsupported_encoding", 20, /ADPCM/],
      ["mu-law", riff([formatChunk({ tag: 7, bits: 8 }), data]), "unsupported_encoding", 20, /mu-law/],
      ["MP3 in WAV", riff([formatChunk({ tag: 85, bits: 0, blockAlign: 1 }), data]), "unsupported_encoding", 20, /MP3/],
      ["an unknown tag", riff([formatChunk({ tag: 0x1234 }), data]), "unsupported_encoding", 20, /4660/],
      ["extensible A-law", riff([formatChunk({ subformat: 6, bits: 8 }), data]), "unsupported_encoding", 20, /A-law/],
      ["extensible, cut to 16", riff([formatChunk({ tag: 0xfffe }), data]), "unsupported_encoding", 20, /65534/],
      ["0 bits", riff([formatChunk({ bits: 0, blockAlign: 2 }), data]), "unsupported_encoding", 34, /0-bit/],
      ["40 bits", riff([formatChunk({ bits: 40 }), data]), "unsupported_encoding", 34, /40-bit integer/],
      ["48-bit integers", riff([formatChunk({ bits: 48 }), data]), "unsupported_encoding", 34, /48-bit integer/],
      ["16-bit floats", riff([formatChunk({ tag: 3 }), data]), "unsupported_encoding", 34, /16-bit float/],
      [
        "no text where a chunk's name is due",
        riff([latin("\0\0\0\0\0\0\0\0"), format, data]),
        "wav_malformed",
        12,
        /byte 12/,
      ],
      [
        "ds64 too short",
        riff([chunk("ds64", new Uint8Array(20)), format, data], { magic: "RF64" }),
        "wav_malformed",
        16,
        /20 byte/,
      ],
      ["data with nothing in it", riff([format, chunk("data", new Uint8Array(0))]), "no_samples", 44, /byte 44/],
      [
        "data of 0 bytes that RIFF counts past",
        riff([format, chunk("data", new Uint8Array(0)), LIST]),
        "no_samples",
        44,
        /byte 44/,
      ],
      ["less than one sample", riff([extensibleBits, chunk("data", Uint8Array.of(1))]), "no_samples", 69, /byte 69/],
      [
        "nothing of the data",
        riff([format, chunk("data", new Uint8Array(0), { size: 100 })]),
        "no_samples",
        44,
        /byte 44/,
      ],
    ];
  test.each(cases)("%s", (_, file, code, byteOffset, says) => {
    for (const pieces of [[file], cut(file, [1])]) {
      const failure = failureOf(pieces);
      expect({ code: failure.code, byteOffset: failure.byteOffset }).toEqual({ code, byteOffset });
      expect(failure.message).toMatch(says);
      expect(failure.hint).toMatch(/\.$|\?$|\.wav$/);
    }
  });

  test("a channel that the file does not have", () => {
    const failure = failureOf([riff([format, data])], { channel: 1 });
    expect(failure).toMatchObject({ code: "bad_option", field: "channel" });
    expect(failure.hint).toContain("channel=mean");
  });
});

describe("files that are odd, but hold sound audio", () => {
  test("truncated data: the audio is kept, the loss counted", () => {
    const file = riff([formatChunk(), chunk("data", DATA, { size: 1000 }), new Uint8Array(0)]);
    const decoded = decode([file]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(decoded.findings).toMatchObject([{ code: "truncated", lost: true, count: 990, byteOffset: 54 }]);
  });

  test("a frame cut in its middle is dropped and named", () => {
    const file = riff([formatChunk({ channels: 2 }), chunk("data", DATA, { size: 1000 })]);
    const decoded = decode([file]);
    expectSameBits(decoded.samples, Float32Array.of(0.1875, 0.4375));
    expect(codes(decoded)).toEqual([
      ["truncated", 54, true],
      ["partial_frame", 52, true],
    ]);
  });

  test("a partial frame inside a data chunk of the announced size", () => {
    const decoded = decode([riff([formatChunk(), chunk("data", DATA.subarray(0, 9)), LIST])]);
    expect(decoded.samples).toHaveLength(4);
    expect(codes(decoded)).toEqual([["partial_frame", 52, true]]);
  });

  test("an odd chunk without its padding byte is read on from", () => {
    const info = chunk("odd1", latin("abc"), { pad: false });
    const decoded = decode([riff([info, formatChunk(), chunk("data", DATA)])]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(codes(decoded)).toEqual([
      ["skipped_chunk", 12, false],
      ["unpadded_chunk", 23, false],
    ]);
  });

  test("odd data without its padding byte, with a chunk after it and at the end", () => {
    const data = chunk("data", Uint8Array.of(192), { pad: false });
    const followed = decode([riff([formatChunk({ bits: 8 }), data, LIST])]);
    expect(followed.samples).toEqual(Float32Array.of(0.5));
    expect(codes(followed)).toEqual([["unpadded_chunk", 45, false]]);
    expect(decode([riff([formatChunk({ bits: 8 }), data])]).findings).toEqual([]);
  });

  test("an unknown chunk is passed over and named", () => {
    const decoded = decode([riff([formatChunk(), chunk("acme", latin("1234")), chunk("data", DATA)])]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(codes(decoded)).toEqual([["skipped_chunk", 36, false]]);
    expect(decoded.findings[0]?.message).toContain('"acme"');
  });

  test("a second data chunk is lost, and a second fmt changes nothing", () => {
    const other = formatChunk({ rate: 8000, channels: 2, bits: 8 });
    const file = riff([formatChunk(), chunk("data", DATA), other, chunk("data", DATA)]);
    const decoded = decode([file]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(decoded.info).toMatchObject({ rate: 16000, encoding: "s16" });
    expect(codes(decoded)).toEqual([
      ["header_contradiction", 54, false],
      ["second_data_chunk", 78, true],
    ]);
    const before = decode([riff([formatChunk(), other, chunk("data", DATA)])]);
    expectSameBits(before.samples, SAMPLES);
    expect(codes(before)).toEqual([["header_contradiction", 36, false]]);
  });

  test("another file behind it is lost, as what cat put in a row", () => {
    const file = riff([formatChunk(), chunk("data", DATA), LIST]);
    const decoded = decode([file, file, file]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(codes(decoded)).toEqual([
      ["stopped", file.length, true],
      ["stopped", 2 * file.length, true],
    ]);
    expect(decoded.findings[0]?.message).toContain(`another recording, of ${file.length} bytes`);
  });

  test("garbage after the data is ignored and named: as a chunk's header, and as less than one", () => {
    const file = riff([formatChunk(), chunk("data", DATA)]);
    const garbage = decode([file, latin("\0\x01\x02\x03 and more than eight bytes")]);
    expectSameBits(garbage.samples, SAMPLES);
    expect(codes(garbage)).toEqual([["trailing_bytes", 54, false]]);
    expect(codes(decode([file, Uint8Array.of(0, 0, 0)]))).toEqual([["trailing_bytes", 54, false]]);
  });

  test("a last chunk that is cut short is named, and no audio is missing", () => {
    const decoded = decode([riff([formatChunk(), chunk("data", DATA), LIST]).subarray(0, -5)]);
    expectSameBits(decoded.samples, SAMPLES);
    expect(decoded.findings).toMatchObject([{ code: "truncated", lost: false, count: 5 }]);
  });

  test("NaN and infinity are counted, placed and taken as 0", () => {
    const values = Float32Array.of(0.5, Number.NaN, 0.25, Number.NEGATIVE_INFINITY);
    const decoded = decode([riff([formatChunk({ tag: 3, bits: 32, rate: 1000 }), chunk("data", bytesOf(values))])]);
    expectSameBits(decoded.samples, Float32Array.of(0.5, 0, 0.25, 0));
    expect(decoded.findings).toMatchObject([{ code: "non_finite", lost: true, count: 2, seconds: 0.001 }]);
  });

  test("samples at full scale are counted", () => {
    const decoded = decode([riff([formatChunk(), chunk("data", int16([32767, -32768, 32766]))])]);
    expect(decoded.findings).toMatchObject([{ code: "clipped", lost: false, count: 2 }]);
  });

  test("thousands of odd chunks do not make thousands of findings, and a lost one among them is still said", () => {
    const odd = joinBytes(Array.from({ length: 1000 }, () => chunk("acme", new Uint8Array(0))));
    const file = riff([formatChunk(), chunk("data", DATA), odd, chunk("data", DATA), odd]);
    const { findings } = decode([file]);
    expect(findings).toHaveLength(33);
    expect(findings.at(-1)).toMatchObject({ code: "skipped_chunk", lost: true, count: 1969 });
  });
});

describe("any cut of the bytes", () => {
  const files: Record<string, Uint8Array> = {
    sound: riff([LIST, formatChunk({ channels: 3, bits: 24 }), chunk("data", new Uint8Array(900).fill(77)), LIST]),
    "RF64 stream": riff([longSizesChunk(0), formatChunk(), chunk("data", DATA, { size: 0xffff_ffff })], {
      magic: "RF64",
    }),
    odd: joinBytes([
      riff([
        chunk("odd1", latin("abc"), { pad: false }),
        formatChunk({ subformat: 3, bits: 32, channels: 2 }),
        chunk("data", bytesOf(new Float32Array(200).fill(Number.NaN, 70, 75)).subarray(0, 799), { pad: false }),
        chunk("what", latin("x")),
        chunk("data", DATA),
      ]),
      latin("\0garbage"),
    ]),
    truncated: riff([formatChunk({ channels: 2 }), chunk("data", DATA, { size: 4000 })]),
    malformed: riff([formatChunk(), LIST, latin("\0\0\0\0\0\0\0\0")]),
    empty: riff([formatChunk(), chunk("data", new Uint8Array(0)), LIST]),
  };
  const outcome = (pieces: readonly Uint8Array[]) => {
    try {
      const { samples, info, findings } = decode(pieces);
      return { samples: Array.from(samples), info, findings };
    } catch (thrown) {
      if (!(thrown instanceof OrcaError)) throw thrown;
      return { code: thrown.code, message: thrown.message, byteOffset: thrown.byteOffset };
    }
  };

  test.each(Object.keys(files))("%s: the same samples, facts, findings or failure", (name) => {
    const file = files[name] as Uint8Array;
    const whole = outcome([file]);
    expect(outcome(cut(file, [1]))).toEqual(whole);
    fc.assert(
      fc.property(ways(file.length), (sizes) => {
        expect(outcome(cut(file, sizes))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });
});

/** A change to a file's bytes; positions and lengths are taken modulo what is there. */
type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bits: number }
  | { readonly kind: "size"; readonly at: number; readonly value: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "remove" | "repeat"; readonly at: number; readonly length: number };

function mutated(file: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes: Uint8Array = file.slice();
  for (const mutation of mutations) {
    if (bytes.length === 0) return bytes;
    const at = mutation.at % bytes.length;
    if (mutation.kind === "flip") bytes[at] = (bytes[at] as number) ^ mutation.bits;
    else if (mutation.kind === "cut") bytes = bytes.slice(0, at);
    else if (mutation.kind === "size") {
      if (at + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(at, mutation.value, true);
    } else {
      const part = bytes.slice(at, at + mutation.length);
      const rest = bytes.slice(at + part.length);
      bytes = joinBytes(
        mutation.kind === "remove" ? [bytes.slice(0, at), rest] : [bytes.slice(0, at), part, part, rest],
      );
    }
  }
  return bytes;
}

/** The damage must reach every way to end: fewer do not. */
const DAMAGED = runs(3000, 100_000);

describe("hostile input", () => {
  test(`${DAMAGED} damaged files: a typed error or a normal end, and never more samples than bytes`, () => {
    const seeds = [
      riff([formatChunk(), chunk("data", DATA), LIST]),
      riff([formatChunk({ bits: 24, channels: 2, subformat: 1 }), chunk("data", new Uint8Array(30))]),
      riff([chunk("bext", latin("abc")), formatChunk({ tag: 3, bits: 32 }), chunk("data", bytesOf(SAMPLES))]),
      riff([longSizesChunk(10), formatChunk(), chunk("data", DATA, { size: 0xffff_ffff })], { magic: "RF64" }),
      riff([formatChunk({ bigEndian: true }), chunk("data", int16([1, 2, 3], true), { bigEndian: true })], {
        magic: "RIFX",
      }),
    ];
    const sizes = [0, 1, 15, 16, 0x7fff_efff, 0x7fff_f000, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
    const mutation: fc.Arbitrary<Mutation> = fc.oneof(
      fc.record({ kind: fc.constant("flip" as const), at: fc.nat(120), bits: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ kind: fc.constant("size" as const), at: fc.nat(120), value: fc.constantFrom(...sizes) }),
      fc.record({ kind: fc.constant("cut" as const), at: fc.nat(120) }),
      fc.record({ kind: fc.constantFrom("remove" as const, "repeat" as const), at: fc.nat(120), length: fc.nat(40) }),
    );
    const cases = fc.record({
      seed: fc.constantFrom(...seeds),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 5 }),
      pieces: fc.integer({ min: 1, max: 64 }),
    });
    const ends = new Map<string, number>();
    const count = (end: string) => ends.set(end, (ends.get(end) ?? 0) + 1);
    // A decoder takes memory from its kernels for good: new ones now and then.
    let kernels = newKernels();
    let tried = 0;
    const seed = Date.now() % 2 ** 31;
    fc.assert(
      fc.property(cases, ({ seed: file, mutations, pieces }) => {
        if (tried++ % 100 === 0) kernels = newKernels();
        const bytes = mutated(file, mutations);
        try {
          const { samples, info, findings } = decode(cut(bytes, [pieces]), { kernels });
          expect(samples.length).toBeGreaterThan(0);
          expect(samples.length).toBeLessThanOrEqual(bytes.length);
          expect(samples.every(Number.isFinite)).toBe(true);
          expect(info?.rate).toBeGreaterThanOrEqual(1000);
          expect(findings.length).toBeLessThanOrEqual(40);
          count(findings.length === 0 ? "sound" : "with findings");
        } catch (thrown) {
          if (!(thrown instanceof OrcaError)) throw thrown;
          expect(thrown.code).not.toBe("internal");
          expect(thrown.hint).toBeTruthy();
          if (thrown.code !== "empty_body") expect(thrown.byteOffset).toBeLessThanOrEqual(bytes.length);
          count(thrown.code);
        }
      }),
      { numRuns: DAMAGED, seed },
    );
    console.log(`fast-check seed ${seed}:`, Object.fromEntries([...ends].sort()));
    // The damage reaches every way to end.
    const all = [
      "empty_body",
      "no_samples",
      "not_audio",
      "sound",
      "unsupported_encoding",
      "wav_malformed",
      "with findings",
    ];
    expect([...ends.keys()].sort()).toEqual(all);
  });
});
