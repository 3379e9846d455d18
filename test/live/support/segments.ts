import { readHeader } from "../../../src/audio/aac/index.ts";
import { joinBytes } from "../../../src/join.ts";
import { randomStream } from "../../audio/aac/support/random-stream.ts";
import { transportStream } from "../../audio/aac/support/ts-writer.ts";
import type { FakeSegment } from "./fake-node.ts";

const [RATE, RATE_INDEX, BLOCK] = [48_000, 3, 1024];

/** One AAC stream of random content in MPEG-TS, cut into segments as ffmpeg cuts it: time stamps run on. */
export function tsSegments(count: number, { frames = 47, seed = 1 } = {}): FakeSegment[] {
  return adtsParts(count, frames, seed).map((adts, at) => ({
    bytes: transportStream(adts, { firstPts: 126_000 + Math.round((at * frames * BLOCK * 90_000) / RATE) }),
    seconds: (frames * BLOCK) / RATE,
  }));
}

/** The same stream as packed audio: RFC 8216, 3.4 puts an ID3 tag in front of each. */
export function packedSegments(count: number, { frames = 47, seed = 1 } = {}): FakeSegment[] {
  const tag = new Uint8Array(10 + 8);
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 8]);
  return adtsParts(count, frames, seed).map((adts) => ({
    bytes: joinBytes([tag, adts]),
    seconds: (frames * BLOCK) / RATE,
  }));
}

function adtsParts(count: number, frames: number, seed: number): Uint8Array[] {
  const whole = randomStream({ seed, rateIndex: RATE_INDEX, channels: 1, frames: count * frames });
  const parts: Uint8Array[] = [];
  let [start, inPart] = [0, 0];
  for (let at = 0; at < whole.length; ) {
    at += readHeader((place) => whole[at + place] ?? 0)?.length ?? Number.NaN;
    if (++inPart < frames) continue;
    parts.push(whole.subarray(start, at));
    [start, inPart] = [at, 0];
  }
  return parts;
}
