import { describe, expect, test } from "vitest";
import { SampleCutter } from "../../src/embed/cutting.ts";
import type { FrontEndOptions } from "../../src/kernels/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { ORCAHELLO, perWindow } from "../support/front-ends.ts";
import { noise } from "../support/signals.ts";

/** What is left of 50,000 samples in windows of 20,000: a window of 10,000. */
function lastOf(options: FrontEndOptions): { numbers: Float32Array; missingSamples: number } {
  const cutter = new SampleCutter(perWindow(options, { samples: 20_000 }), 20_000, 20_000);
  expect([...cutter.push(noise(50_000))]).toHaveLength(2);
  const rest = cutter.rest();
  if (rest === undefined) throw new Error("nothing is left");
  return rest;
}

describe("the last window, where it is not full", () => {
  const audio = noise(50_000).subarray(40_000);

  test("frames that the front end makes up stand for what is missing, and no sample is made up", () => {
    const options = { ...ORCAHELLO, fixedFrames: { count: 78, missing: 0 } };
    const { numbers, missingSamples } = lastOf(options);
    expect(missingSamples).toBe(10_000);
    expectSameBits(numbers, perWindow(options, { samples: 20_000 }).transform(audio));
    expect(new Set(numbers.subarray(40 * 256))).toEqual(new Set([0]));
  });

  test("else zero samples do", () => {
    const padded = new Float32Array(20_000);
    padded.set(audio);
    for (const options of [ORCAHELLO, { kind: "none", rate: 20_000 } as const]) {
      expectSameBits(lastOf(options).numbers, perWindow(options, { samples: 20_000 }).transform(padded));
    }
  });
});
