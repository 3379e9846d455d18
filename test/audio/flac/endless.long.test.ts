import { describe, expect, it } from "vitest";
import { DetectingDecoder } from "../../../src/audio/index.ts";
import { Kernels } from "../../../src/kernels/index.ts";
import { codecModules, kernelModule } from "../../support/runtime.ts";
import { flacFrame, flacHeader } from "./support/flac-writer.ts";
import { wander } from "./support/signal.ts";

/** Hours of 48 kHz that are decoded: ORCA_ENDLESS_HOURS=24 for the day. */
const HOURS = Number(process.env.ORCA_ENDLESS_HOURS ?? 1);
const RATE = 48000;
const BLOCK = 4608;
/** Frames between those whose number needs another frame; each has its number's bytes and checksums made anew. */
const SHAPES = 4;

/** Frames of a stream without an end: a few different ones, renumbered. */
function* frames(count: number): Generator<Uint8Array> {
  const shapes = Array.from({ length: SHAPES }, (_, seed) => ({
    channels: [wander(BLOCK, 16, seed)],
    bits: 16,
    coding: { kind: "fixed", order: 1 } as const,
  }));
  // Writing a frame bit by bit takes longer than decoding a hundred: only the header and the checksums are new.
  const bodies = shapes.map((shape) => flacFrame({ ...shape, number: 0, variable: false }));
  for (let number = 0; number < count; number++) yield renumbered(bodies[number % SHAPES] as Uint8Array, number);
}

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x18005 : 0);
  return crc;
});

/** The frame, whose number is 0, with another number. */
function renumbered(frame: Uint8Array, number: number): Uint8Array {
  const header = flacFrame({ channels: [[0]], bits: 16, number });
  const numberBytes = header.length - (flacFrame({ channels: [[0]], bits: 16, number: 0 }).length - 1);
  const out = new Uint8Array(frame.length + numberBytes - 1);
  out.set(header.subarray(0, 4 + numberBytes));
  out.set(frame.subarray(5, 7), 4 + numberBytes);
  const head = 6 + numberBytes;
  let crc8 = 0;
  for (let at = 0; at < head; at++) {
    crc8 ^= out[at] as number;
    for (let bit = 0; bit < 8; bit++) crc8 = ((crc8 << 1) ^ (crc8 & 0x80 ? 0x07 : 0)) & 0xff;
  }
  out[head] = crc8;
  out.set(frame.subarray(8, frame.length - 2), head + 1);
  let crc16 = 0;
  for (let at = 0; at < out.length - 2; at++) {
    crc16 = ((crc16 << 8) & 0xffff) ^ (table[(crc16 >> 8) ^ (out[at] as number)] as number);
  }
  out[out.length - 2] = crc16 >> 8;
  out[out.length - 1] = crc16 & 255;
  return out;
}

describe(`${HOURS} hour(s) of FLAC made as it goes`, () => {
  it("every sample comes, and memory stays as it was after the first minute", () => {
    const count = Math.ceil((HOURS * 3600 * RATE) / BLOCK);
    const decoder = new DetectingDecoder(new Kernels(kernelModule), codecModules, { channel: 0 });
    const header = flacHeader({ largest: BLOCK, rate: RATE, channels: 1, bits: 16 });
    expect([...decoder.push(header)]).toEqual([]);
    let [samples, bytes, settled, most] = [0, header.length, 0, 0];
    const from = performance.now();
    for (const frame of frames(count)) {
      bytes += frame.length;
      for (const run of decoder.push(frame)) samples += run.length;
      if (samples % (60 * RATE) < BLOCK) {
        const memory = process.memoryUsage();
        const held = memory.arrayBuffers + memory.external;
        if (samples < 120 * RATE) settled = held;
        most = Math.max(most, held);
      }
    }
    for (const run of decoder.flush()) samples += run.length;
    const seconds = (performance.now() - from) / 1000;
    console.log(
      `${HOURS} h, ${(bytes / 2 ** 20).toFixed(0)} MiB of FLAC: ${seconds.toFixed(1)} s with making it; ` +
        `${((most - settled) / 2 ** 20).toFixed(1)} MiB more than after a minute`,
    );
    expect(samples).toBe(count * BLOCK);
    expect(decoder.findings().filter(({ lost }) => lost)).toEqual([]);
    // The pieces that the writer makes wait for the collector.
    expect(most - settled).toBeLessThan(24 << 20);
  }, 3_600_000);
});
