import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { lookBehind, soundLayout } from "../../src/audio/index.ts";
import {
  cutPieces,
  DEFAULT_OPTIONS,
  type DonePiece,
  embed,
  joinPieces,
  type PieceFacts,
  type PieceWindows,
  type SeekableBytes,
} from "../../src/embed/index.ts";
import { Reading } from "../../src/embed/reading.ts";
import { joinBytes } from "../../src/join.ts";
import { flac16 } from "../../src/output/flac-writer.ts";
import { type EmbedRecord, RecordWriter } from "../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { Turn } from "../../src/turns.ts";
import { flacFrame, flacHeader } from "../audio/flac/support/flac-writer.ts";
import { wander } from "../audio/flac/support/signal.ts";
import { LONG, runs } from "../support/long.ts";
import { longRecording } from "../support/long-recording.ts";
import { MODELS, type ModelName } from "../support/models.ts";
import { noise } from "../support/recordings.ts";
import { lightFolder } from "../support/test-models.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nodeRuntime(lightFolder);
});

/** Bytes in memory, read as a bucket's are. */
function inMemory(bytes: Uint8Array): SeekableBytes {
  return {
    size: bytes.length,
    read: async (at, length) => bytes.subarray(at, at + length),
    async *stream(at) {
      for (let next = at; next < bytes.length; next += 50_000) yield bytes.subarray(next, next + 50_000);
    },
  };
}

const nothing = async function* (): AsyncGenerator<Uint8Array> {};

/** All records as text, arrays in base64: equal where every bit is. */
async function textOf(records: AsyncIterable<EmbedRecord>): Promise<string[]> {
  const writer = new RecordWriter("base64");
  const lines: string[] = [];
  for await (const record of records) lines.push(writer.write(record));
  return lines;
}

interface Case {
  readonly model: ModelName;
  readonly pcen?: "clip" | "window";
  readonly file?: string;
}

async function optionsOf(bytes: SeekableBytes, { pcen = "clip", file }: Case) {
  return { ...DEFAULT_OPTIONS, pcen, ...(await lookBehind(bytes)), ...(file === undefined ? {} : { file }) };
}

async function whole(bytes: SeekableBytes, one: Case): Promise<string[]> {
  const load = () => runtime.store.load(one.model, "int8");
  return textOf(embed(bytes.stream(0), load, runtime, await optionsOf(bytes, one)));
}

/** The records of all pieces, joined; what joins them goes through JSON, as it does in a queue. */
async function inPieces(
  access: SeekableBytes,
  seconds: number,
  one: Case,
): Promise<{ lines: string[]; count: number }> {
  const options = await optionsOf(access, one);
  const sound = await soundLayout(access, runtime, { channel: "mean" });
  if (sound === undefined) throw new Error("it cannot be entered");
  const { layout, info } = sound;
  const { description } = await runtime.store.entry(one.model);
  const cuts = cutPieces(description, layout, info.rate, seconds);
  const load = () => runtime.store.load(one.model, "int8");
  const pieces = async function* (): AsyncGenerator<DonePiece> {
    for (const windows of cuts) {
      let facts: string | undefined;
      const done = (found: PieceFacts) => {
        facts = JSON.stringify(found);
      };
      const records = embed(nothing(), load, runtime, { ...options, piece: { windows, layout, access, done } });
      yield { records, facts: () => JSON.parse(facts ?? "") as PieceFacts };
    }
  };
  return { lines: await textOf(joinPieces(pieces(), description, access.size)), count: cuts.length };
}

const stereo = (left: Float32Array, rate: number) => {
  // The same samples, told as half as many of two channels.
  const file = wav16(left, rate);
  const view = new DataView(file.buffer);
  view.setUint16(22, 2, true);
  view.setUint32(28, rate * 4, true);
  view.setUint16(32, 4, true);
  return file;
};

describe("pieces of a recording, joined, are the whole to the bit", () => {
  const loud = (length: number) => noise(length, 7).map((value) => 1.4 * value + 0.6);
  test.each<readonly [string, Uint8Array, Case, number]>([
    ["WAV at 48 kHz", wav16(loud(7 * 48_000), 48_000), { model: "yamnet" }, 1.5],
    ["WAV at the model's rate", wav16(loud(7.7 * 16_000), 16_000), { model: "yamnet" }, 1],
    ["WAV of two channels at 44.1 kHz", stereo(loud(12 * 44_100), 44_100), { model: "vggish" }, 2],
    ["WAV at 22,254 Hz", wav16(loud(6 * 22_254), 22_254), { model: "vggish" }, 1],
    [
      "a WAV whose name tells when it began",
      wav16(loud(48_000), 16_000),
      { model: "yamnet", file: "20240501_120000.wav" },
      1,
    ],
    ["FLAC at 16 kHz", flac16(loud(7.3 * 16_000), 16_000), { model: "yamnet" }, 1],
    ["FLAC at 32 kHz", flac16(loud(7 * 32_000), 32_000), { model: "vggish" }, 2],
    ["Humpback with pcen=window", flac16(loud(9 * 10_000), 10_000), { model: "humpback", pcen: "window" }, 4],
  ])("%s", async (_, file, one, seconds) => {
    const bytes = inMemory(file);
    const { lines, count } = await inPieces(bytes, seconds, one);
    expect(count).toBeGreaterThan(2);
    expect(lines).toEqual(await whole(bytes, one));
  });

  test("FLAC that does not say how long it is, whose blocks differ and whose count does not begin at 0", async () => {
    let number = 5000;
    const parts = Array.from({ length: 90 }, (_, at) => {
      const samples = wander(700 + ((at * 37) % 400), 16, at + 1);
      const part = flacFrame({ channels: [samples], bits: 16, number, variable: true });
      number += samples.length;
      return part;
    });
    const header = flacHeader({ rate: 16_000, channels: 1, bits: 16, smallest: 700, largest: 1100 });
    const bytes = inMemory(joinBytes([header, ...parts]));
    const { lines, count } = await inPieces(bytes, 1, { model: "vggish" });
    expect(count).toBeGreaterThan(3);
    expect(lines).toEqual(await whole(bytes, { model: "vggish" }));
  });
});

test("however a recording is damaged, joined pieces say what the whole says: no finding comes or goes at their borders", {
  timeout: 600_000,
}, async () => {
  let state = 11;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const ends = { complete: 0, lost: 0, none: 0 };
  for (let run = 0; run < runs(12, 400); run++) {
    const rate = [16_000, 24_000, 10_000][random(3)] as number;
    const sound = noise(rate * (5 + random(5)), run).map((value) => value * (1 + random(3)));
    let file: Uint8Array = random(4) === 0 ? wav16(sound, rate) : flac16(sound, rate);
    for (
      let kind = random(4), at = 100 + random(file.length - 300), left = 1 + random(3);
      left > 0;
      left--, kind = random(4)
    ) {
      if (kind === 0) file[at] = random(256);
      else if (kind === 1) file.fill(random(256), at, at + random(20_000));
      else if (kind === 2) file = joinBytes([file.subarray(0, at), file.subarray(at + random(20_000))]);
      else if (random(3) === 0) file = file.slice(0, at + 200);
      at = 100 + random(Math.max(1, file.length - 300));
    }
    const bytes = inMemory(file);
    const sound2 = await soundLayout(bytes, runtime, { channel: "mean" });
    if (sound2 === undefined) {
      ends.none++;
      continue;
    }
    const { lines } = await inPieces(bytes, 1 + random(3), { model: "vggish" });
    expect(lines, `run ${run}`).toEqual(await whole(bytes, { model: "vggish" }));
    const { complete } = JSON.parse(lines.at(-1) as string) as { complete: boolean };
    ends[complete ? "complete" : "lost"]++;
  }
  expect(ends.lost).toBeGreaterThan(ends.none);
});

test("what no piece can tell ends it in words: a leap in a FLAC file's numbers, a smoother that hears everything", async () => {
  const second = (number: number, seed: number) =>
    flacFrame({ channels: [wander(16_000, 16, seed)], bits: 16, number: number * 16_000, variable: true });
  const frames = [...[0, 1, 2, 3].map((at) => second(at, at)), ...[204, 205, 206, 207].map((at) => second(at, at))];
  const header = flacHeader({ rate: 16_000, channels: 1, bits: 16, largest: 16_000 });
  const gap = inMemory(joinBytes([header, ...frames]));
  await expect(inPieces(gap, 2, { model: "vggish" })).rejects.toMatchObject({
    code: "too_large",
    message: expect.stringMatching(/number leaps by 200 s: what follows has a time of its own/),
  });
  const long = inMemory(wav16(noise(90_000, 1), 10_000));
  await expect(inPieces(long, 4, { model: "humpback" })).rejects.toMatchObject({
    code: "bad_option",
    message: expect.stringMatching(/humpback's PCEN learns from all sound before a window/),
  });
});

/** A digest of all that the net is given, and of where and how loud it is. */
async function digestOf(bytes: SeekableBytes, model: ModelName, pieces: readonly (PieceWindows | undefined)[]) {
  const hash = createHash("sha256");
  const sound = await soundLayout(bytes, runtime, { channel: "mean" });
  if (sound === undefined) throw new Error("it cannot be entered");
  let count = 0;
  for (const windows of pieces) {
    const piece = windows === undefined ? {} : { piece: { windows, layout: sound.layout, access: bytes } };
    const options = { ...DEFAULT_OPTIONS, size: bytes.size, ...piece };
    const reading = new Reading(bytes.stream(0), runtime, MODELS[model], options, new Turn(undefined));
    for await (const window of (await reading.open()).windows) {
      const { index, start, end, padded, rms, numbers } = window;
      hash.update(JSON.stringify([index, start, end, padded, rms])).update(numbers);
      reading.recycle(numbers);
      count++;
    }
    await reading.close();
  }
  return { digest: hash.digest("hex"), count };
}

// Nets see one window at a time: that what they are given is the same is what six hours are asked for.
test.each(["yamnet", "vggish"] as const)(
  "%s: a long recording in pieces of half an hour: what the net sees is the same",
  {
    timeout: 1_800_000,
  },
  async (model) => {
    const [seconds, each] = LONG ? [6 * 3600, 1800] : [40, 7];
    const { wav, flac } = longRecording(seconds, 48_000);
    const layout = (await soundLayout(wav, runtime, { channel: "mean" }))?.layout;
    if (layout === undefined) throw new Error("it cannot be entered");
    const cuts = cutPieces(MODELS[model], layout, 48_000, each);
    const expected = await digestOf(wav, model, [undefined]);
    expect(expected.count).toBeGreaterThan(seconds);
    expect(await digestOf(wav, model, cuts)).toEqual(expected);
    expect(await digestOf(flac, model, cuts)).toEqual(expected);
  },
);
