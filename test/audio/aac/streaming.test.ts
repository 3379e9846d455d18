import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdtsDecoder } from "../../../src/audio/aac/index.ts";
import { MpegTsDecoder } from "../../../src/audio/mpeg-ts/index.ts";
import { expectSameBits } from "../../support/bits.ts";
import { cut, ways } from "../../support/cuts.ts";
import { aacModule, decodeAll } from "./support/module.ts";
import { randomStream } from "./support/random-stream.ts";
import { transportStream } from "./support/ts-writer.ts";

const adts = randomStream({ seed: 7, rateIndex: 4, channels: 2, frames: 30, noise: 0.1, tns: true, pulses: true });
const ts = transportStream(adts);

/** A stream with damage of all kinds, the same each time: bytes changed, left out and put in. */
function damaged(stream: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const [i, byte] of stream.entries()) {
    if (i % 1501 === 1400) out.push(byte ^ 0x10);
    else if (i % 2503 >= 2490) continue;
    else if (i % 4001 === 3900) out.push(byte, 0x47, 0xff, 0xf1, 0x50, 0x80);
    else out.push(byte);
  }
  return Uint8Array.from(out);
}

describe("bytes cut anywhere give the same samples and findings", () => {
  it.each([
    ["ADTS", adts, AdtsDecoder],
    ["MPEG-TS", ts, MpegTsDecoder],
    ["damaged ADTS", damaged(adts), AdtsDecoder],
    ["damaged MPEG-TS", damaged(ts), MpegTsDecoder],
  ] as const)("%s", (_, stream, Decoder) => {
    const whole = new Decoder(aacModule, "mean");
    const expected = decodeAll(whole, [stream]);
    expect(expected.length % 1024).toBe(0);
    fc.assert(
      fc.property(ways(stream.length), (sizes) => {
        const decoder = new Decoder(aacModule, "mean");
        expectSameBits(decodeAll(decoder, cut(stream, sizes)), expected);
        expect(decoder.findings()).toEqual(whole.findings());
      }),
      { numRuns: 60 },
    );
  });
});

describe("a stream as it comes in", () => {
  it("gives a frame as soon as the next one's header is there", () => {
    const decoder = new AdtsDecoder(aacModule, 0);
    let samples = 0;
    for (const piece of cut(adts.subarray(0, adts.length - 1), [64]))
      for (const run of decoder.push(piece)) samples += run.length;
    expect(samples).toBeGreaterThanOrEqual(28 * 1024);
  });

  it("knows what it is before the first sample", () => {
    const decoder = new AdtsDecoder(aacModule, "mean");
    for (const piece of cut(adts, [1])) {
      const first = decoder.push(piece).next();
      if (first.done === true) continue;
      expect(decoder.info).toEqual({
        container: "adts",
        encoding: "aac-lc",
        bigEndian: false,
        rate: 44100,
        channels: 2,
        declaredFrames: undefined,
      });
      return;
    }
    expect.unreachable();
  });

  it("the mean of a pair is formed in float64 and rounded once", () => {
    const [left, right, mean] = ([0, 1, "mean"] as const).map((channel) =>
      decodeAll(new AdtsDecoder(aacModule, channel), [adts]),
    );
    for (const [i, value] of (mean as Float32Array).entries()) {
      // Left and right were each rounded once more: half a unit in the last place of each.
      const both = ((left?.[i] as number) + (right?.[i] as number)) / 2;
      expect(Math.abs(value - both)).toBeLessThanOrEqual(
        2 ** -24 * Math.max(Math.abs(left?.[i] as number), Math.abs(right?.[i] as number)) +
          2 ** -25 * Math.abs(both) +
          1e-30,
      );
    }
  });
});
