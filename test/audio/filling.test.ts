import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DetectingDecoder } from "../../src/audio/index.ts";
import { joinBytes } from "../../src/join.ts";
import { codecModules, newKernels } from "../support/runtime.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { flacFrame, flacHeader } from "./flac/support/flac-writer.ts";
import { alacConfig, alacFrame } from "./support/alac-writer.ts";
import { cafChunk, cafData, cafDescription, cafFile, cafTable } from "./support/caf-writer.ts";

const RATE = 16_000;
const BLOCK = 1000;

/** Three frames of a second in all, one after so many samples more than are between. */
function jumping(samples: number, total = 0): Uint8Array<ArrayBuffer> {
  const frame = (number: number) =>
    flacFrame({
      channels: [Array<number>(BLOCK).fill(100)],
      bits: 16,
      number,
      variable: true,
      coding: { kind: "constant" },
    });
  const header = flacHeader({ rate: RATE, channels: 1, bits: 16, largest: BLOCK, total });
  return joinBytes([header, frame(0), frame(BLOCK), frame(2 * BLOCK + samples)]) as Uint8Array<ArrayBuffer>;
}

/** Samples that came before each gap, and its seconds. */
function read(bytes: Uint8Array) {
  const decoder = new DetectingDecoder(newKernels(), codecModules, { channel: "mean" });
  const gaps: [samples: number, seconds: number][] = [];
  let samples = 0;
  const take = (parts: Iterable<Float32Array>) => {
    for (const part of parts) {
      const gap = decoder.takeGap();
      if (gap > 0) gaps.push([samples, gap]);
      samples += part.length;
    }
  };
  take(decoder.push(bytes));
  take(decoder.flush());
  // What the signal itself tells is not of interest here.
  const findings = decoder.findings().filter(({ code }) => code !== "dc_offset");
  return { samples, gaps, findings };
}

describe("what is missing", () => {
  test("up to a minute is silence, to the sample", () => {
    const { samples, gaps, findings } = read(jumping(60 * RATE));
    expect(samples).toBe(3 * BLOCK + 60 * RATE);
    expect(gaps).toEqual([]);
    expect(findings).toMatchObject([{ code: "damaged_frame", lost: true }]);
  });

  test("more is a gap of its length, with a finding, and no silence at all", () => {
    const { samples, gaps, findings } = read(jumping(60 * RATE + 1));
    expect(samples).toBe(3 * BLOCK);
    expect(gaps).toEqual([[2 * BLOCK, 60 + 1 / RATE]]);
    expect(findings).toEqual([
      {
        code: "gap",
        lost: true,
        byteOffset: expect.any(Number),
        seconds: 0.125,
        message: expect.stringMatching(/^The frame at byte \d+ begins 60\.000 s after the end of the one before;/),
      },
    ]);
  });

  test("what lies within the header's length is a gap however long; without a length, up to an hour", () => {
    const far = 2 ** 33;
    expect(read(jumping(far, 2 ** 34)).gaps).toEqual([[2 * BLOCK, far / RATE]]);
    expect(read(jumping(3600 * RATE)).gaps).toEqual([[2 * BLOCK, 3600]]);
    const jump = read(jumping(3600 * RATE + 1));
    expect(jump.gaps).toEqual([]);
    expect(jump.findings).toMatchObject([{ code: "time_jump", lost: true }]);
  });

  test("units that an index names and that are not there: a minute of silence, and then a gap", () => {
    const frame = alacFrame([Array<number>(512).fill(5)], { bits: 16 });
    const sizes = [frame.length, ...Array<number>(100_000).fill(0), frame.length];
    const file = cafFile([
      cafDescription({ kind: "alac", rate: RATE, channels: 1, packetFrames: 512 }),
      cafChunk("kuki", alacConfig({ frame: 512, bits: 16, channels: 1, rate: RATE })),
      cafTable(sizes, 0),
      cafData(joinBytes([frame, frame])),
    ]);
    const { samples, gaps, findings } = read(file);
    const minute = Math.floor((60 * RATE) / 512);
    expect(samples).toBe((2 + minute) * 512);
    expect(gaps).toEqual([[(1 + minute) * 512, expect.closeTo(((100_000 - minute) * 512) / RATE, 6)]]);
    expect(findings.map(({ code, lost }) => [code, lost])).toContainEqual(["gap", true]);
  });

  test.skipIf(!sharedExists)("hostile files give no more than they hold", () => {
    const flac = read(readFileSync(sharedPath("cases/hostile/flac-frame-number-jump.flac")));
    // Four frames of 65,535.
    expect(flac.samples).toBe(262_140);
    expect(flac.gaps).toHaveLength(1);
    const ogg = read(readFileSync(sharedPath("cases/hostile/ogg-granule-jump.ogg")));
    // Nothing follows on the page that jumps.
    expect(ogg.gaps).toEqual([]);
    expect(ogg.samples).toBe(74_432);
    for (const { findings } of [flac, ogg]) {
      expect(findings.filter(({ code }) => code === "gap")).toMatchObject([{ lost: true }]);
    }
  });
});
