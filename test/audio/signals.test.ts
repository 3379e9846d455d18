import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ChannelChoice } from "../../src/kernels/index.ts";
import { cut } from "../support/cuts.ts";
import { decode } from "../support/decode.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { noise } from "../support/signals.ts";
import { chunk, formatChunk, riff } from "../support/wav.ts";

const RATE = 16_000;
const one = noise(RATE, 0.1);
const other = noise(RATE + 7, 0.1).subarray(7);

/** A float WAV file of such channels. */
function wav(...channels: readonly Float32Array[]): Uint8Array {
  const count = channels[0]?.length ?? 0;
  const data = Float32Array.from({ length: count * channels.length }, (_, at) => {
    return (channels[at % channels.length] as Float32Array)[Math.floor(at / channels.length)] as number;
  });
  const format = formatChunk({ tag: 3, bits: 32, channels: channels.length, rate: RATE });
  return riff([format, chunk("data", new Uint8Array(data.buffer))]);
}
const found = (file: Uint8Array, channel: ChannelChoice = "mean") =>
  decode([file], { channel }).findings.map(({ code, message, lost }) => ({ code, message, lost }));
const constant = (value: number) => new Float32Array(RATE).fill(value);
const plus = (samples: Float32Array, value: number) => samples.map((sample) => sample + value);

describe("a constant offset", () => {
  test("is named with its size", () => {
    const [finding, ...more] = found(wav(plus(one, -0.547)));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: "dc_offset", lost: false });
    expect(finding?.message).toMatch(/-0\.54\d.*rms of 0\.0\d+\.$/);
    expect(finding?.message).not.toContain("channel");
  });

  test("below the sound it is none; nor of a tenth of a second less", () => {
    expect(found(wav(plus(one, 0.04)))).toEqual([]);
    expect(found(wav(constant(0).subarray(0, 1500)))).toEqual([]);
    expect(found(wav(constant(0.5).subarray(0, 1500)))).toEqual([]);
  });

  test("of one channel: the mean has it, and the other channel is named", () => {
    const file = wav(one, plus(other, 0.8));
    expect(found(file)[0]?.message).toMatch(/comes from channel 1\. Use channel=0\.$/);
    expect(found(file, 0)).toEqual([]);
    expect(found(file, 1)).toMatchObject([{ code: "dc_offset" }]);
  });

  test.skipIf(!sharedExists)("a real recording: -0.547, and sound of 0.026", () => {
    const { findings } = decode([readFileSync(sharedPath("audio/orca_jpod_foraging_64k.wav"))]);
    expect(findings.find(({ code }) => code === "dc_offset")?.message).toMatch(/-0\.547;.* 0\.026/);
  });
});

describe("channels that do not fit together", () => {
  test.each([
    ["nothing", constant(0)],
    ["a constant", constant(0.0003)],
    ["a step of 16 bits now and then", constant(0).map((_, at) => (at % 100 === 0 ? 2 ** -15 : 0))],
  ])("one is dead (%s): it is named, and the one that is not", (_, dead) => {
    const [finding] = found(wav(one, dead));
    expect(finding).toMatchObject({ code: "dead_channel", lost: false });
    expect(finding?.message).toMatch(/^Channel 1 is dead .*channel=0\.$/);
    expect(found(wav(one, dead), 0)).toEqual([]);
    const chosen = found(wav(one, dead), 1).find(({ code }) => code === "dead_channel");
    expect(chosen?.message).toMatch(/^Channel 1, which was chosen, is dead.*channel=0\.$/);
  });

  test("one is a large constant: dead, and the mean's offset is its", () => {
    const findings = found(wav(constant(0.9), one, other));
    expect(findings.map(({ code }) => code)).toEqual(["dc_offset", "dead_channel"]);
    expect(findings[0]?.message).toMatch(/channel 0\. Use channel=1 or channel=2\.$/);
    expect(findings[1]?.message).toMatch(/^Channel 0 is dead.*Use channel=1 or channel=2\.$/);
  });

  test("opposite ones cancel in the mean", () => {
    const opposite = one.map((value) => -value);
    expect(found(wav(one, opposite))[0]?.message).toMatch(/^Channels 0 and 1 cancel one another altogether/);
    const [finding, ...more] = found(
      wav(
        one,
        opposite.map((value, at) => value + 0.01 * (other[at] as number)),
      ),
    );
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: "cancelling_channels", lost: false });
    expect(finding?.message).toMatch(/by \d\d dB.*Use channel=0 or channel=1\.$/);
    expect(found(wav(one, opposite), 1)).toEqual([]);
  });

  test("one is so loud that the mean lets nothing of the others through", () => {
    const [finding, ...more] = found(
      wav(
        one.map((value) => value / 100),
        other,
        one.map((value) => value / 90),
      ),
    );
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: "swamping_channel", lost: false });
    expect(finding?.message).toMatch(/^Channel 1 is 39 dB louder than channels 0 and 2.*channel=0 or channel=2\.$/);
  });

  test("independent channels, equal ones, quieter ones, all silent ones: nothing to say", () => {
    expect(found(wav(one, other))).toEqual([]);
    expect(found(wav(one, one))).toEqual([]);
    expect(
      found(
        wav(
          one,
          other.map((value) => value / 10),
        ),
      ),
    ).toEqual([]);
    expect(found(wav(constant(0), constant(0)))).toEqual([]);
  });

  test("hundreds of channels are not all listed", () => {
    const [finding] = found(wav(one, ...Array.from({ length: 40 }, () => constant(0))));
    expect(finding?.message).toMatch(/^Channels 1, 2, 3, 4, 5, 6, 7, 8 and 32 more are dead/);
  });

  test("however the bytes are cut, the findings are the same", () => {
    const file = wav(plus(one, 0.3), constant(0.5), other);
    const whole = decode([file]).findings;
    for (const sizes of [[1000, 7], [65_536]]) expect(decode(cut(file, sizes)).findings).toEqual(whole);
  });

  test.skipIf(!ffmpegExists)("in AAC as well", () => {
    const source = "aevalsrc='0.3*sin(5000*t*t)|-0.3*sin(5000*t*t)':s=48000:d=1";
    const file = ffmpeg(["-f", "lavfi", "-i", source, "-c:a", "aac", "-f", "adts"]);
    expect(found(file).map(({ code }) => code)).toEqual(["cancelling_channels"]);
    const dead = ffmpeg(["-f", "lavfi", "-i", source.replace("|-0.3", "|0"), "-c:a", "aac", "-f", "mpegts"]);
    expect(found(dead).map(({ code }) => code)).toEqual(["dead_channel"]);
  });
});

test("floats beyond full scale are beyond it, with the largest; at it they are at it", () => {
  const loud = one.slice();
  loud.set([1.5, -2.25, 1], 100);
  expect(found(wav(loud))).toMatchObject([
    { code: "beyond_full_scale", message: expect.stringMatching(/^2 .*2\.250/) },
  ]);
  loud.set([1, -1, 1], 100);
  expect(found(wav(loud))).toMatchObject([{ code: "clipped", message: "3 sample(s) are at full scale." }]);
});
