import { describe, expect, it } from "vitest";
import { readMpegHeader } from "../../src/audio/mp3/index.ts";
import { joinBytes } from "../../src/join.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { latin } from "../support/wav.ts";

const encoded = (...options: string[]) =>
  ffmpeg([
    ...["-f", "lavfi", "-i", "aevalsrc='0.4*sin(900*t*t)+0.05*(random(0)-0.5)':s=44100:d=3"],
    ...["-write_xing", "0", "-id3v2_version", "0", ...options, "-f", "mp3"],
  ]);

/** Places of the frames' headers. */
function framesOf(file: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = 0; at < file.length; ) {
    const header = readMpegHeader((place) => file[at + place] ?? 0);
    if (header === undefined) throw new Error(`no frame at ${at}`);
    places.push(at);
    at += header.length;
  }
  return places;
}

/** An ID3v2 tag of `bytes` bytes besides its header. */
function id3(bytes: number): Uint8Array {
  const size = [21, 14, 7, 0].map((shift) => (bytes >> shift) & 127);
  return joinBytes([latin("ID3\x04\0\0"), Uint8Array.from(size), new Uint8Array(bytes)]);
}

function apeTag(items: number): Uint8Array {
  const part = (header: boolean) => {
    const view = new DataView(new ArrayBuffer(32));
    new Uint8Array(view.buffer).set(latin("APETAGEX"));
    view.setUint32(8, 2000, true);
    view.setUint32(12, items + 32, true);
    view.setUint32(20, header ? 0xa0000000 : 0x80000000, true);
    return new Uint8Array(view.buffer);
  };
  return joinBytes([part(true), new Uint8Array(items), part(false)]);
}

describe.skipIf(!ffmpegExists)("MP3", () => {
  const file = ffmpegExists ? encoded() : new Uint8Array(0);
  const places = framesOf(file);
  const whole = decode([file]);
  const at = (frame: number) => places[frame] as number;

  it("every frame gives 1152 samples where nothing says how many were put in front", () => {
    expect(whole.samples.length).toBe(1152 * places.length);
    expect(whole.info?.priming).toBeUndefined();
    expect(whole.findings).toEqual([]);
  });

  it.each([
    ["a frame's header", joinBytes([file.subarray(0, at(20)), Uint8Array.of(0, 0), file.subarray(at(20) + 2)])],
    ["half a frame missing", joinBytes([file.subarray(0, at(20) + 100), file.subarray(at(21))])],
    ["two frames of noise", file.map((byte, i) => (i >= at(20) && i < at(22) ? 0x55 : byte))],
  ])("%s: silence of its length, and what follows is where it was", (_, harmed) => {
    const { samples, findings } = decode([harmed]);
    expect(samples.length).toBe(whole.samples.length);
    expect(findings.filter(({ lost }) => lost).length).toBe(1);
    expectSameBits(samples.subarray(0, 1152 * 20), whole.samples.subarray(0, 1152 * 20));
    // The filter bank's memory, and frames whose bits lay in those that are lost.
    const later = 1152 * 26;
    const error = samples.subarray(later).map((value, i) => Math.abs(value - (whole.samples[later + i] as number)));
    expect(Math.max(...error)).toBeLessThan(1e-5);
    const again = decode(cut(harmed, [1, 700]));
    expectSameBits(again.samples, samples);
    expect(again.findings).toEqual(findings);
  });

  it("tags before and behind are passed over, however long", () => {
    for (const tagged of [
      joinBytes([id3(200_000), file]),
      joinBytes([id3(10), id3(20), file, latin("TAG"), new Uint8Array(125)]),
      joinBytes([file, apeTag(1000)]),
      joinBytes([id3(100), file, apeTag(40), latin("TAG"), new Uint8Array(125)]),
    ]) {
      for (const pieces of [[tagged], cut(tagged, [999])]) {
        const { samples, findings } = decode(pieces);
        expectSameBits(samples, whole.samples);
        expect(findings).toEqual([]);
      }
    }
    expect(failureOf([id3(500)])).toMatchObject({ code: "no_samples", message: expect.stringContaining("ID3") });
  });

  it("a stream joined on its way is found, and what stood before its first frame is named", () => {
    const { samples, findings } = decode([file.subarray(at(3) + 50)]);
    expect(samples.length).toBe(1152 * (places.length - 4));
    expect(findings).toMatchObject([{ code: "lost_sync", lost: false, byteOffset: 0 }]);
  });

  it("a change of rate ends it, with a finding", () => {
    const other = encoded("-ar", "48000");
    const { samples, findings } = decode([joinBytes([file, other])]);
    expect(samples.length).toBe(whole.samples.length);
    expect(findings).toMatchObject([{ code: "stopped", lost: true, byteOffset: file.length }]);
  });

  it("the encoder's delay and padding are cut off by the LAME tag, and a file cut short says so", () => {
    // Standard output cannot be gone back in, so the tag is written into a frame of our own in front.
    const tag = new Uint8Array(417);
    tag.set(file.subarray(0, 4));
    tag[1] = (file[1] as number) | 1;
    tag[2] = 0x90;
    const view = new DataView(tag.buffer);
    const side = (file[3] as number) >> 6 === 3 ? 17 : 32;
    tag.set(latin("Info"), 4 + side);
    view.setUint32(8 + side, 1);
    view.setUint32(12 + side, places.length);
    tag.set(latin("LAME3.100"), 16 + side);
    view.setUint32(16 + side + 21, ((576 << 12) | 900) << 8);
    const { samples, info, findings } = decode([joinBytes([tag, file])]);
    expect(info).toMatchObject({ priming: 576 + 529, declaredFrames: places.length * 1152 - 576 - 900 });
    expectSameBits(samples, whole.samples.subarray(576 + 529, whole.samples.length - 900 + 529));
    expect(findings).toEqual([]);
    const half = decode([joinBytes([tag, file.subarray(0, at(50))])]);
    expect(half.findings).toMatchObject([{ code: "truncated", lost: true, count: places.length - 50 }]);
  });
});
