import { readHeader } from "../../../src/audio/aac/index.ts";
import { joinBytes } from "../../../src/join.ts";
import { adtsFrame, BitWriter } from "../../audio/aac/support/bit-writer.ts";
import { randomStream } from "../../audio/aac/support/random-stream.ts";
import { transportStream } from "../../audio/aac/support/ts-writer.ts";
import type { FakeSegment } from "../../live/support/fake-node.ts";

const [RATE, RATE_INDEX, BLOCK] = [48_000, 3, 1024];
/** ffmpeg's first time stamp, s. */
const FIRST = 1.4;

/** Seconds of so many frames. */
export const secondsOf = (frames: number) => (frames * BLOCK) / RATE;

/** A frame without any sound: a single channel element of long windows in which no band is coded. */
function silentFrame(): Uint8Array {
  const writer = new BitWriter();
  // Element and tag; global gain; reserved bit, window sequence, shape; bands; predictor; pulses, TNS, gain control; end.
  writer.put(0, 7).put(100, 8).put(0, 4).put(0, 6).put(0, 1).put(0, 3).put(7, 3);
  return adtsFrame(writer.bytes(), { rateIndex: RATE_INDEX, channels: 1 });
}

/** Frames of loud noise: what stands for a call. */
function loudFrames(count: number, seed: number): Uint8Array[] {
  const stream = randomStream({ seed, rateIndex: RATE_INDEX, channels: 1, frames: count });
  const frames: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = readHeader((place) => stream[at + place] ?? 0)?.length ?? Number.NaN;
    frames.push(stream.subarray(at, at + length));
    at += length;
  }
  return frames;
}

/** A call in frames from the stream's start. */
export interface Call {
  readonly from: number;
  readonly frames: number;
}

/** The frames of silence with calls in it. */
export function framesWith(count: number, calls: readonly Call[], seed = 1): Uint8Array[] {
  const silent = silentFrame();
  const frames: Uint8Array[] = Array.from({ length: count }, () => silent);
  for (const [at, call] of calls.entries())
    frames.splice(call.from, call.frames, ...loudFrames(call.frames, seed + at));
  return frames.slice(0, count);
}

/** Segments of so many frames each, as a node's ffmpeg cuts them. */
export function segmentsOf(frames: readonly Uint8Array[], each: number): FakeSegment[] {
  return Array.from({ length: Math.floor(frames.length / each) }, (_, at) => ({
    bytes: transportStream(joinBytes(frames.slice(at * each, (at + 1) * each)), {
      firstPts: Math.round((FIRST + secondsOf(at * each)) * 90_000) % 2 ** 33,
    }),
    seconds: secondsOf(each),
  }));
}
