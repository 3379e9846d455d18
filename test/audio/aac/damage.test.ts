import { describe, expect, it } from "vitest";
import { AdtsDecoder, readHeader } from "../../../src/audio/aac/index.ts";
import { joinBytes } from "../../../src/join.ts";
import { expectSameBits } from "../../support/bits.ts";
import { adtsFrame, BitWriter } from "./support/bit-writer.ts";
import { aacModule, decodeAll } from "./support/module.ts";
import { randomStream } from "./support/random-stream.ts";

/** Long windows throughout and no noise, so that a frame bears on its own samples and the next frame's only. */
const stream = randomStream({ seed: 11, rateIndex: 3, channels: 1, frames: 40 });
const frames: Uint8Array[] = [];
for (let at = 0; at < stream.length; ) {
  const length = readHeader((place) => stream[at + place] ?? 0)?.length ?? 0;
  frames.push(stream.subarray(at, at + length));
  at += length;
}
const clean = decodeAll(new AdtsDecoder(aacModule, "mean"), [stream]);
/** Frames of more than a few bytes, so that there is something to damage. */
const [hit = 0] = frames.flatMap((frame, i) => (i > 15 && frame.length > 60 ? [i] : []));

function decode(parts: readonly Uint8Array[]) {
  const decoder = new AdtsDecoder(aacModule, "mean");
  const samples = decodeAll(decoder, [joinBytes(parts)]);
  return { samples, findings: decoder.findings() };
}

function replaced(frame: Uint8Array): Uint8Array[] {
  return frames.map((original, i) => (i === hit ? frame : original));
}

/** The same everywhere but in the block of frame `at` and the one after, which it overlaps. */
function expectSameElsewhere(samples: Float32Array, at = hit): void {
  expect(samples.length).toBe(clean.length);
  expectSameBits(samples.subarray(0, at * 1024), clean.subarray(0, at * 1024));
  expectSameBits(samples.subarray((at + 2) * 1024), clean.subarray((at + 2) * 1024));
}

const offset = frames.slice(0, hit).reduce((sum, frame) => sum + frame.length, 0);
const seconds = (hit * 1024) / 48000;

describe("a damaged frame is silence of its length, and is reported", () => {
  it("whose bits are wrong", () => {
    const wrong = (frames[hit] as Uint8Array).slice().fill(0xff, 7);
    const { samples, findings } = decode(replaced(wrong));
    expectSameElsewhere(samples);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ code: "damaged_frame", lost: true, byteOffset: offset, count: 1, seconds });
  });

  it("whose end is missing", () => {
    const { samples, findings } = decode(replaced((frames[hit] as Uint8Array).subarray(0, 40)));
    expectSameElsewhere(samples);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ code: "damaged_frame", byteOffset: offset, count: 1, seconds });
    expect(findings[0]?.message).toContain("the next frame begins after 40 byte(s)");
  });

  it("whose header is wrong", () => {
    const wrong = (frames[hit] as Uint8Array).slice();
    wrong[0] = 0;
    const { samples, findings } = decode(replaced(wrong));
    // How many frames the bytes were can only be estimated from the others' lengths.
    const lost = (samples.length - clean.length) / 1024 + 1;
    expect(lost).toBeGreaterThanOrEqual(1);
    expectSameBits(samples.subarray(0, hit * 1024), clean.subarray(0, hit * 1024));
    expectSameBits(samples.subarray((hit + lost + 1) * 1024), clean.subarray((hit + 2) * 1024));
    expect(findings).toMatchObject([{ code: "lost_sync", lost: true, byteOffset: offset, count: wrong.length }]);
  });

  it("fades out by the window and is then silent", () => {
    const wrong = (frames[hit] as Uint8Array).slice().fill(0xff, 7);
    const parts = replaced(wrong);
    parts[hit + 1] = wrong;
    const { samples, findings } = decode(parts);
    expect(samples.length).toBe(clean.length);
    expect(samples.subarray((hit + 1) * 1024, (hit + 2) * 1024).every((value) => value === 0)).toBe(true);
    expect(findings).toMatchObject([{ code: "damaged_frame", count: 2 }]);
  });

  it("many of them take no more memory than a hundred", () => {
    const parts = Array.from({ length: 60 }, () =>
      frames.map((frame, i) => (i % 4 === 3 ? frame.slice().fill(0xff, 7) : frame)),
    ).flat();
    const { samples, findings } = decode(parts);
    expect(samples.length).toBe(60 * clean.length);
    expect(findings).toHaveLength(102);
    expect(findings.at(-1)).toMatchObject({ code: "more_findings", lost: true });
  });
});

describe("what is between frames", () => {
  const id3 = Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 1, 2, ...new Array(130).fill(0xff)]);

  it("ID3 tags, at the start, between frames and at the end, are passed over", () => {
    const old = new Uint8Array(128);
    old.set(new TextEncoder().encode("TAG"));
    const { samples, findings } = decode([id3, ...frames.slice(0, 5), id3, ...frames.slice(5), old]);
    expectSameBits(samples, clean);
    expect(findings).toEqual([]);
  });

  it("bytes before the first frame cost nothing", () => {
    const { samples, findings } = decode([Uint8Array.from([1, 2, 3, 0xff, 0xf1, 5]), ...frames]);
    expectSameBits(samples, clean);
    expect(findings).toMatchObject([{ code: "lost_sync", lost: false, byteOffset: 0, count: 6 }]);
  });

  it("the last frame, cut short, is dropped and reported", () => {
    const { samples, findings } = decode([stream.subarray(0, stream.length - 5)]);
    expectSameBits(samples, clean.subarray(0, clean.length - 1024));
    expect(findings).toMatchObject([{ code: "truncated", lost: true }]);
  });
});

describe("kinds of frames", () => {
  it("with several blocks give 1024 samples each", () => {
    const blocks = frames.map((frame) => frame.subarray(7));
    const double = Array.from({ length: 20 }, (_, i) =>
      adtsFrame(joinBytes(blocks.slice(2 * i, 2 * i + 2)), { rateIndex: 3, channels: 1, blocks: 2 }),
    );
    expectSameBits(decode(double).samples, clean);
  });

  it("with checksums", () => {
    const guarded = frames.map((frame) => {
      const out = joinBytes([frame.subarray(0, 7), new Uint8Array(2), frame.subarray(7)]);
      out[1] = 0xf0;
      const length = out.length;
      out[3] = ((out[3] as number) & 0xfc) | (length >> 11);
      out[4] = (length >> 3) & 255;
      out[5] = ((length & 7) << 5) | 0x1f;
      return out;
    });
    expectSameBits(decode(guarded).samples, clean);
  });

  it("of channel configuration 0 say by their elements what they hold", () => {
    const bare = frames.map((frame) => adtsFrame(frame.subarray(7), { rateIndex: 3, channels: 0 }));
    const decoder = new AdtsDecoder(aacModule, "mean");
    expectSameBits(decodeAll(decoder, bare), clean);
    expect(decoder.info?.channels).toBe(1);
    bare[0] = (bare[0] as Uint8Array).slice().fill(0xff, 7);
    const late = decode(bare);
    expect(late.samples.length).toBe(clean.length);
    expectSameBits(late.samples.subarray(2048), clean.subarray(2048));
    expect(late.findings).toMatchObject([{ code: "damaged_frame", count: 1, seconds: 0 }]);
  });

  it.each([
    // program_config_element of one single channel, with a comment of 3 bytes
    [
      "a programme config element",
      [
        [5, 3],
        [0, 4],
        [1, 2],
        [3, 4],
        [1, 4],
        [0, 17],
        [0, 3],
        [0, 5],
      ],
      [3, 1, 2, 3],
    ],
    // lfe_channel_element without bands, then an empty data element that ends at a whole byte
    [
      "a low-frequency element",
      [
        [3, 3],
        [0, 4],
        [100, 8],
        [0, 4],
        [0, 7],
        [0, 3],
        [4, 3],
        [0, 4],
        [1, 1],
        [0, 8],
      ],
      [],
    ],
  ] as const)("with %s", (_, fields, bytes) => {
    const more = frames.map((frame) => {
      const writer = new BitWriter();
      for (const [value, bits] of fields) writer.put(value, bits);
      writer.align();
      for (const byte of [...bytes, ...frame.subarray(7)]) writer.put(byte, 8);
      return adtsFrame(writer.bytes(), { rateIndex: 3, channels: 0 });
    });
    const { samples, findings } = decode(more);
    expectSameBits(samples, clean);
    expect(findings).toEqual([]);
  });

  it("with replication data: the core is decoded, and that is said", () => {
    const sbr = frames.map((frame) => {
      const writer = new BitWriter();
      // fill_element of 2 bytes, extension_type 13
      for (const [value, bits] of [
        [6, 3],
        [2, 4],
        [13, 4],
        [0, 12],
      ] as const)
        writer.put(value, bits);
      for (const byte of frame.subarray(7)) writer.put(byte, 8);
      return adtsFrame(writer.bytes(), { rateIndex: 3, channels: 1 });
    });
    const { samples, findings } = decode(sbr);
    // The elements move by 23 bits, so a data element's alignment may differ; where none is, all is the same.
    expect(samples.length).toBe(clean.length);
    expect(findings).toContainEqual(expect.objectContaining({ code: "core_only", lost: false, byteOffset: 0 }));
  });

  it("that change from mono to stereo go on, and that is said", () => {
    const stereo = randomStream({ seed: 3, rateIndex: 3, channels: 2, frames: 10 });
    const { samples, findings } = decode([stream, stereo]);
    expect(samples.length).toBe(50 * 1024);
    expect(findings).toMatchObject([
      { code: "channels_changed", byteOffset: stream.length, seconds: (40 * 1024) / 48000 },
    ]);
  });
});
