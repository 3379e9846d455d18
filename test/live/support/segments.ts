import { readHeader } from "../../../src/audio/aac/index.ts";
import { joinBytes } from "../../../src/join.ts";
import { randomStream } from "../../audio/aac/support/random-stream.ts";
import { transportStream } from "../../audio/aac/support/ts-writer.ts";
import type { FakeSegment } from "./fake-node.ts";

const [RATE, RATE_INDEX, BLOCK] = [48_000, 3, 1024];

interface Made {
  readonly frames?: number;
  readonly seed?: number;
  /** Seconds by which the time stamps of segment `at` are ahead of its place. */
  readonly ahead?: (at: number) => number;
}

const SECONDS = (frames: number) => (frames * BLOCK) / RATE;
/** ffmpeg's first time stamp, s. */
const FIRST = 1.4;

/** One AAC stream of random content in MPEG-TS, cut into segments as ffmpeg cuts it: time stamps run on. */
export function tsSegments(count: number, { frames = 47, seed = 1, ahead = () => 0 }: Made = {}): FakeSegment[] {
  return adtsParts(count, frames, seed).map((adts, at) => ({
    bytes: transportStream(adts, { firstPts: ticksOf(FIRST + at * SECONDS(frames) + ahead(at)) }),
    seconds: SECONDS(frames),
  }));
}

/** The same stream as packed audio: RFC 8216, 3.4 puts an ID3 tag in front of each, with a time stamp where `ahead` is given. */
export function packedSegments(count: number, { frames = 47, seed = 1, ahead }: Made = {}): FakeSegment[] {
  return adtsParts(count, frames, seed).map((adts, at) => ({
    bytes: joinBytes([ahead === undefined ? emptyTag() : stampTag(at * SECONDS(frames) + ahead(at)), adts]),
    seconds: SECONDS(frames),
  }));
}

const ticksOf = (seconds: number) => Math.round(seconds * 90_000) % 2 ** 33;

function emptyTag(): Uint8Array {
  return tag(new Uint8Array(8));
}

/** PRIV frame: https://id3.org/id3v2.4.0-frames, 4.27. */
function stampTag(seconds: number): Uint8Array {
  const owner = new TextEncoder().encode("com.apple.streaming.transportStreamTimestamp\0");
  const frame = new Uint8Array(10 + owner.length + 8);
  frame.set([0x50, 0x52, 0x49, 0x56, 0, 0, 0, owner.length + 8]);
  frame.set(owner, 10);
  const view = new DataView(frame.buffer, 10 + owner.length);
  const ticks = ticksOf(seconds);
  view.setUint32(0, Math.floor(ticks / 2 ** 32));
  view.setUint32(4, ticks % 2 ** 32);
  return tag(frame);
}

function tag(contents: Uint8Array): Uint8Array {
  return joinBytes([Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, contents.length), contents]);
}

/** ADTS without an end, so many frames: what a server of endless sound sends. */
export function adtsFrames(frames: number, seed = 1): Uint8Array {
  return randomStream({ seed, rateIndex: RATE_INDEX, channels: 1, frames });
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
