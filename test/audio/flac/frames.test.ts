import { describe, expect, it } from "vitest";
import { joinBytes } from "../../../src/join.ts";
import { expectSameBits } from "../../support/bits.ts";
import { cut } from "../../support/cuts.ts";
import { decode } from "../../support/decode.ts";
import { type FrameFields, flacFrame, flacHeader } from "./support/flac-writer.ts";
import { CODINGS, smallFlac, wander } from "./support/signal.ts";

/** What a WAV file with these integers gives: divided by half their range, and rounded once. */
const asFloat = (values: readonly number[], bits: number) =>
  Float32Array.from(values, (value) => Math.fround(value / 2 ** (bits - 1)));

function expectFrames(frames: readonly FrameFields[], bits: number, channels: number): void {
  const largest = Math.max(...frames.map((frame) => frame.channels[0]?.length ?? 0));
  const smallest = frames.some((frame) => frame.variable === true) ? 16 : largest;
  const file = joinBytes([flacHeader({ largest, smallest, channels, bits }), ...frames.map(flacFrame)]);
  for (let channel = 0; channel < channels; channel++) {
    const { samples, findings, info } = decode([file], { channel });
    expect(findings.filter(({ lost }) => lost)).toEqual([]);
    expect(info).toMatchObject({ container: "flac", encoding: "flac", channels, bits });
    expectSameBits(
      samples,
      asFloat(
        frames.flatMap((frame) => frame.channels[channel] as number[]),
        bits,
      ),
    );
  }
}

describe("every kind of frame gives its samples back to the bit", () => {
  for (const bits of [4, 8, 12, 16, 17, 20, 24, 31, 32]) {
    it.each(CODINGS.map((coding) => [JSON.stringify(coding).slice(0, 60), coding] as const))(
      `${bits} bits, %s`,
      (_, coding) => {
        for (const pairing of ["none", "left-side", "side-right", "mid-side"] as const) {
          const channels = [wander(96, bits, 1), wander(96, bits, 2)];
          const plain = pairing === "left-side";
          expectFrames([{ channels, bits, number: 0, pairing, coding, partitions: 1, plain }], bits, 2);
        }
      },
    );
  }

  it("constant and wasted bits", () => {
    const constant = Array(64).fill(-1234) as number[];
    const coarse = wander(64, 12, 3).map((value) => value * 16);
    expectFrames(
      [
        { channels: [constant], bits: 16, number: 0, coding: { kind: "constant" } },
        { channels: [coarse], bits: 16, number: 1, coding: { kind: "fixed", order: 2 }, wasted: 4 },
        { channels: [coarse], bits: 16, number: 2, coding: { kind: "verbatim" }, wasted: 1 },
      ],
      16,
      1,
    );
  });

  it("eight channels, blocks of changing size, and numbers of every length", () => {
    const sizes = [16, 500, 17, 4096];
    let number = 2 ** 35;
    const frames = sizes.map((size) => {
      const channels = Array.from({ length: 8 }, (_, channel) => wander(size, 16, channel));
      const frame = { channels, bits: 16, number, variable: true, coding: { kind: "fixed", order: 2 } as const };
      number += size;
      return frame;
    });
    expectFrames(frames, 16, 8);
    for (const first of [0, 127, 128, 2 ** 11, 2 ** 16 - 1, 2 ** 21, 2 ** 26, 2 ** 30]) {
      const channels = [wander(64, 16, 5)];
      const pair = [0, 1].map((add) => ({ channels, bits: 16, number: first + add }));
      expectFrames(pair, 16, 1);
    }
  });
});

/** Decoding, without the finding of samples at full scale, of which the signal has some. */
function decodeOddities(pieces: readonly Uint8Array[]) {
  const { samples, findings } = decode(pieces);
  return { samples, findings: findings.filter(({ code }) => code !== "clipped") };
}

describe("damage", () => {
  const { parts, samples } = smallFlac({ channels: 1 });
  const whole = asFloat(samples[0] as number[], 16);
  const silenced = (...frames: number[]) => {
    const out = whole.slice();
    for (const frame of frames) out.fill(0, 192 * frame, 192 * (frame + 1));
    return out;
  };

  it.each([
    [
      "a bit in a frame",
      parts.map((part, i) => (i === 4 ? part.map((byte, at) => (at === 30 ? byte ^ 8 : byte)) : part)),
    ],
    [
      "a frame's header",
      parts.map((part, i) => (i === 4 ? part.map((byte, at) => (at === 2 ? byte ^ 8 : byte)) : part)),
    ],
    ["a frame that is not there", parts.filter((_, i) => i !== 4)],
    ["half a frame", parts.map((part, i) => (i === 4 ? part.subarray(0, part.length / 2) : part))],
    ["noise instead of a frame", parts.map((part, i) => (i === 4 ? new Uint8Array(3000).fill(0xff) : part))],
  ])("%s: silence of its length, and what follows is where it was", (_, pieces) => {
    const file = joinBytes(pieces);
    const { samples: got, findings } = decodeOddities([file]);
    expectSameBits(got, silenced(3));
    expect(findings).toMatchObject([{ code: "damaged_frame", lost: true, count: 1, seconds: (3 * 192) / 16000 }]);
    for (const sizes of [[1], [7, 64], [1000]]) {
      const again = decodeOddities(cut(file, sizes));
      expectSameBits(again.samples, got);
      expect(again.findings).toEqual(findings);
    }
  });

  it("the end is missing: what came is given, and the finding says how much did not", () => {
    const file = joinBytes(parts);
    const { samples: got, findings } = decodeOddities([file.subarray(0, file.length - 10)]);
    expectSameBits(got, whole.subarray(0, 192 * 9));
    expect(findings.map(({ code, lost }) => [code, lost])).toEqual([
      ["truncated", true],
      ["truncated", true],
    ]);
    expect(findings[1]).toMatchObject({ count: 192 });
  });

  it("a tag behind the audio is no loss", () => {
    const { samples: got, findings } = decodeOddities([joinBytes([...parts, new Uint8Array(128).fill(0x54)])]);
    expectSameBits(got, whole);
    expect(findings).toMatchObject([{ code: "lost_sync", lost: false, count: 128 }]);
  });

  it("one file behind another goes on; of another kind it is left aside", () => {
    const file = joinBytes(parts);
    const twice = decodeOddities([joinBytes([file, file])]);
    expectSameBits(twice.samples, Float32Array.from([...whole, ...whole]));
    expect(twice.findings).toEqual([]);
    const other = decodeOddities([joinBytes([file, smallFlac({ channels: 2 }).file])]);
    expectSameBits(other.samples, whole);
    expect(other.findings).toMatchObject([{ code: "stopped", lost: true, byteOffset: file.length + 42 }]);
  });
});
