import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AdtsDecoder } from "../../../src/audio/aac/index.ts";
import { MpegTsDecoder } from "../../../src/audio/mpeg-ts/index.ts";
import { joinBytes } from "../../../src/join.ts";
import { expectSameBits } from "../../support/bits.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { aacModule, decodeAll } from "./support/module.ts";
import { randomStream } from "./support/random-stream.ts";
import { type TsOptions, transportStream } from "./support/ts-writer.ts";

const FRAMES = 60;
const adts = randomStream({ seed: 5, rateIndex: 3, channels: 2, frames: FRAMES });
const clean = decodeAll(new AdtsDecoder(aacModule, "mean"), [adts]);

function decode(stream: Uint8Array) {
  const decoder = new MpegTsDecoder(aacModule, "mean");
  const samples = decodeAll(decoder, [stream]);
  return { samples, findings: decoder.findings(), anchors: decoder.anchors };
}

/** Packets of the audio, each with its place in the stream. */
function audioPackets(stream: Uint8Array): { at: number; starts: boolean }[] {
  const packets = [];
  for (let at = 0; at < stream.length; at += 188) {
    const pid = (((stream[at + 1] as number) & 0x1f) << 8) | (stream[at + 2] as number);
    if (pid === 0x100) packets.push({ at, starts: ((stream[at + 1] as number) & 0x40) !== 0 });
  }
  return packets;
}

function without(stream: Uint8Array, from: number, bytes: number): Uint8Array {
  return joinBytes([stream.subarray(0, from), stream.subarray(from + bytes)]);
}

describe("a whole transport stream", () => {
  it.each<[string, TsOptions]>([
    ["four frames to a PES packet", {}],
    ["one frame to a PES packet", { framesPerPes: 1 }],
    ["time stamps that wrap", { firstPts: 2 ** 33 - 50_000 }],
    ["no time stamps", { firstPts: -1 }],
    ["another stream beside", { types: [0x0f, 0x15] }],
  ])("%s: gives the frames' samples", (_, options) => {
    const { samples, findings, anchors } = decode(transportStream(adts, options));
    expectSameBits(samples, clean);
    expect(findings.filter(({ code }) => code !== "skipped_stream")).toEqual([]);
    const { firstPts = 126_000 } = options;
    expect(anchors).toEqual(firstPts < 0 ? [] : [{ sample: 0, seconds: firstPts / 90_000 }]);
  });

  it("names the streams that it passes over", () => {
    const { findings } = decode(transportStream(adts, { types: [0x0f, 0x1b] }));
    expect(findings).toMatchObject([
      { code: "skipped_stream", lost: false, message: expect.stringContaining("H.264") },
    ]);
  });

  it("is found when its beginning is missing", () => {
    const stream = transportStream(adts);
    const { samples, findings } = decode(joinBytes([stream.subarray(100, 188), stream]));
    expectSameBits(samples, clean);
    expect(findings).toMatchObject([{ code: "lost_sync", lost: false, byteOffset: 0, count: 88 }]);
  });
});

describe("missing packets", () => {
  const stream = transportStream(adts);
  const packets = audioPackets(stream);
  const starts = packets.filter(({ starts }) => starts).map(({ at }) => at);

  it("leave silence of their length, as the time stamps tell", () => {
    // From within the fifth PES packet (frames 16 to 19) to within the eighth (28 to 31).
    const [from = 0, to = 0] = [(starts[4] as number) + 188, (starts[7] as number) + 188];
    const { samples, findings, anchors } = decode(without(stream, from, to - from));
    expect(samples.length).toBe(clean.length);
    // Frame 16 may have survived in part; 32 is the first one of the next PES packet.
    expectSameBits(samples.subarray(0, 16 * 1024), clean.subarray(0, 16 * 1024));
    expectSameBits(samples.subarray(33 * 1024), clean.subarray(33 * 1024));
    expect(samples.subarray(22 * 1024, 31 * 1024).every((value) => value === 0)).toBe(true);
    expect(findings.map(({ code, lost }) => [code, lost])).toEqual([
      ["packets_lost", true],
      ["time_jump", true],
    ]);
    expect(findings[0]?.byteOffset).toBe(from);
    expect(anchors).toHaveLength(1);
  });

  it("one of them costs the rest of its PES packet and no more", () => {
    const at = (starts[4] as number) + 188;
    const { samples, findings } = decode(without(stream, at, 188));
    expect(samples.length).toBe(clean.length);
    expectSameBits(samples.subarray(0, 16 * 1024), clean.subarray(0, 16 * 1024));
    expectSameBits(samples.subarray(21 * 1024), clean.subarray(21 * 1024));
    expect(findings[0]).toMatchObject({ code: "packets_lost", count: 1, byteOffset: at });
  });

  it("a whole segment, and the time of a longer break is told but not filled", () => {
    const later = (ticks: number) =>
      transportStream(adts, { firstPts: 126_000 + FRAMES * 1920 + ticks, counter: packets.length });
    const filled = decode(joinBytes([stream, later(10 * 1920)]));
    expect(filled.samples.length).toBe((2 * FRAMES + 10) * 1024);
    expect(filled.findings).toMatchObject([{ code: "time_jump", lost: true, count: 10 * 1024 }]);
    const broken = decode(joinBytes([stream, later(100 * 90_000)]));
    expect(broken.samples.length).toBe(2 * FRAMES * 1024);
    expect(broken.findings).toMatchObject([{ code: "time_jump", lost: true, count: 0 }]);
    expect(broken.anchors).toEqual([
      { sample: 0, seconds: 1.4 },
      { sample: FRAMES * 1024, seconds: 1.4 + FRAMES * (1024 / 48000) + 100 },
    ]);
  });

  it("whole PES packets: only the time stamps tell", () => {
    const [from = 0, to = 0] = [starts[4] as number, starts[6] as number];
    const { samples, findings } = decode(without(stream, from, to - from));
    expect(samples.length).toBe(clean.length);
    expectSameBits(samples.subarray(0, 16 * 1024), clean.subarray(0, 16 * 1024));
    expectSameBits(samples.subarray(25 * 1024), clean.subarray(25 * 1024));
    expect(findings).toMatchObject([{ code: "time_jump", lost: true, count: 8 * 1024 }]);
    const unstamped = transportStream(adts, { firstPts: -1 });
    const [begin = 0, end = 0] = audioPackets(unstamped)
      .flatMap(({ at, starts }) => (starts ? [at] : []))
      .slice(4, 6);
    expect(decode(without(unstamped, begin, end - begin)).findings).toMatchObject([
      { code: "packets_lost", byteOffset: begin },
    ]);
  });

  it("a repeated packet is no loss", () => {
    const at = packets[9]?.at as number;
    const repeated = joinBytes([
      stream.subarray(0, at + 188),
      stream.subarray(at, at + 188),
      stream.subarray(at + 188),
    ]);
    const { samples, findings } = decode(repeated);
    expectSameBits(samples, clean);
    expect(findings).toEqual([]);
  });

  it("none are where another file begins, whatever its packets' first number is", () => {
    for (let counter = 0; counter < 16; counter++) {
      const next = transportStream(adts, { firstPts: 126_000 + FRAMES * 1920, counter });
      const { samples, findings } = decode(joinBytes([stream, next]));
      expect({ counter, findings }).toEqual({ counter, findings: [] });
      expect(samples.length).toBe(2 * clean.length);
    }
  });

  it("fifteen are, where the number of the last one stands on another packet", () => {
    const from = packets[5]?.at as number;
    const to = packets[21]?.at as number;
    const { samples, findings } = decode(without(stream, from + 188, to - from - 188));
    expect(samples.length).toBe(clean.length);
    expect(findings[0]).toMatchObject({ code: "packets_lost", count: 15, lost: true });
  });

  it("bytes put in between packets cost a PES packet at most", () => {
    const at = (starts[4] as number) + 188;
    const { samples, findings } = decode(joinBytes([stream.subarray(0, at), new Uint8Array(77), stream.subarray(at)]));
    expect(samples.length).toBe(clean.length);
    expectSameBits(samples.subarray(21 * 1024), clean.subarray(21 * 1024));
    expect(findings[0]).toMatchObject({ code: "lost_sync", byteOffset: at, count: 77 });
  });

  it("the last packet, cut short, is reported", () => {
    const { findings } = decode(stream.subarray(0, stream.length - 50));
    expect(findings).toContainEqual(
      expect.objectContaining({ code: "truncated", count: 138, byteOffset: stream.length - 188 }),
    );
  });
});

describe.skipIf(!sharedExists)("Orcasound's segments", () => {
  const read = (name: string) => new Uint8Array(readFileSync(sharedPath(`audio/orcanode_${name}_48k_stereo.ts`)));

  it("live000 to live002 in a row: times follow on one another", () => {
    const { samples, anchors, findings } = decode(joinBytes([read("live000"), read("live001"), read("live002")]));
    expect(samples.length).toBe(3 * 480_256);
    expect(anchors).toEqual([{ sample: 0, seconds: 1.4 }]);
    expect(findings).toEqual([]);
  });

  it("live000 and live002: the missing one is silence", () => {
    const { samples, findings } = decode(joinBytes([read("live000"), read("live002")]));
    expect(samples.length).toBe(3 * 480_256);
    expect(findings.at(-1)).toMatchObject({ code: "time_jump", lost: true, count: 480_256 });
  });
});
