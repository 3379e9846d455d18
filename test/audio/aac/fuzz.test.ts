import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdtsDecoder } from "../../../src/audio/aac/index.ts";
import type { AudioDecoder } from "../../../src/audio/index.ts";
import { MpegTsDecoder } from "../../../src/audio/mpeg-ts/index.ts";
import { OrcaError } from "../../../src/errors.ts";
import { FUZZ_RUNS, mutate, mutation } from "../../support/mutations.ts";
import { aacModule } from "./support/module.ts";
import { randomStream } from "./support/random-stream.ts";
import { transportStream } from "./support/ts-writer.ts";

const RUNS = FUZZ_RUNS;

const short = { frames: 8, noise: 0.1, tns: true, pulses: true } as const;
const adts = [
  randomStream({ seed: 21, rateIndex: 3, channels: 2, ...short }),
  randomStream({ seed: 22, rateIndex: 11, channels: 1, ...short }),
];
const ts = adts.map((stream) => transportStream(stream, { framesPerPes: 1, types: [0x0f, 0x15] }));

/** The samples' number and the largest, or the error's code. */
function run(decoder: AudioDecoder, file: Uint8Array): { samples: number; peak: number } | { code: string } {
  let [samples, peak] = [0, 0];
  const take = (runs: Iterable<Float32Array>) => {
    for (const part of runs) {
      samples += part.length;
      for (const value of part) peak = Math.max(peak, Math.abs(value));
    }
  };
  try {
    take(decoder.push(file.subarray(0, file.length / 2)));
    take(decoder.push(file.subarray(file.length / 2)));
    take(decoder.flush());
    return { samples, peak };
  } catch (error) {
    if (error instanceof OrcaError) return { code: error.code };
    throw error;
  }
}

describe(`${RUNS} mutated files`, () => {
  it.each([
    ["ADTS", adts, (): AudioDecoder => new AdtsDecoder(aacModule, "mean")],
    ["MPEG-TS", ts, (): AudioDecoder => new MpegTsDecoder(aacModule, "mean")],
  ] as const)(
    "%s: samples of a possible size, or a typed error, soon",
    (_, files, make) => {
      const outcomes = new Map<string, number>();
      fc.assert(
        fc.property(
          fc.constantFrom(...files),
          fc.array(mutation, { minLength: 1, maxLength: 12 }),
          (file, mutations) => {
            const decoder = make();
            const mutated = mutate(file, mutations);
            const before = performance.now();
            const result = run(decoder, mutated);
            // A hang, not a speed: a few ms each, and two shared cores may halt for a while.
            expect(performance.now() - before).toBeLessThan(10_000);
            expect(decoder.findings().length).toBeLessThanOrEqual(102);
            const outcome = "code" in result ? result.code : "decoded";
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
            if ("code" in result) {
              expect(["no_samples", "not_audio", "unsupported_encoding"]).toContain(result.code);
              return;
            }
            expect(result.samples % 1024).toBe(0);
            // Four blocks to the shortest frame, as many of silence, and 30 s: see pes-clock.ts.
            expect(result.samples).toBeLessThanOrEqual((8 * 1024 * mutated.length) / 8 + 30 * 96_000);
            // Two overlapping blocks of at most 36 dB over full scale each, in two channels.
            expect(result.peak).toBeLessThanOrEqual(2 * 64);
          },
        ),
        { numRuns: RUNS },
      );
      console.log(`${_}: ${JSON.stringify(Object.fromEntries(outcomes))}`);
    },
    3_600_000,
  );

  it("any bytes at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (file) => {
        for (const decoder of [new AdtsDecoder(aacModule, "mean"), new MpegTsDecoder(aacModule, "mean")])
          run(decoder, file);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("memory", () => {
  it.each([
    ["ADTS", adts[0] as Uint8Array, () => new AdtsDecoder(aacModule, "mean")],
    ["MPEG-TS", ts[0] as Uint8Array, () => new MpegTsDecoder(aacModule, "mean")],
    ["garbage", new Uint8Array(4096).fill(0xff), () => new AdtsDecoder(aacModule, "mean")],
    ["garbage packets", new Uint8Array(4096).fill(0x46), () => new MpegTsDecoder(aacModule, "mean")],
  ] as const)("%s: stays the same however long the stream", (_, part, make) => {
    const damaged = mutate(part, [
      ["flip", 9000, 3],
      ["drop", 30000, 40],
      ["insert", 50000, 99],
    ]);
    const decoder = make();
    const feed = (times: number) => {
      for (let i = 0; i < times; i++) for (const run of decoder.push(damaged)) expect(run.length).toBe(1024);
    };
    feed(20);
    const before = process.memoryUsage().arrayBuffers;
    feed(1000);
    // 64 KB of waiting bytes and the module's memory were there before.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
    expect(decoder.findings().length).toBeLessThanOrEqual(102);
  });
});
