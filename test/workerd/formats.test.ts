import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { extract } from "../../src/extract.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { randomStream } from "../audio/aac/support/random-stream.ts";
import { transportStream } from "../audio/aac/support/ts-writer.ts";
import { smallFlac } from "../audio/flac/support/signal.ts";
import { aiffFile } from "../audio/support/aiff-writer.ts";
import { embedded } from "../support/client.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { assetsFolder, seededFolder } from "../support/test-models.ts";

let worker: PlainWorker;
beforeAll(async () => {
  worker = await startPlainWorker(assetsFolder, { ENGINE: "kernels" });
});
afterAll(() => worker?.stop());

const aac = () => randomStream({ seed: 5, rateIndex: 8, channels: 1, frames: 30, noise: 0.1 });
const encoded = (...options: string[]) =>
  ffmpeg(["-f", "lavfi", "-i", "aevalsrc='0.4*sin(900*t*t)|0.3*sin(500*t)':s=24000:d=2", ...options]);

const own: readonly (readonly [encoding: string, container: string, file: () => Uint8Array])[] = [
  ["flac", "flac", () => smallFlac({ frames: 120 }).file],
  ["aac-lc", "adts", aac],
  ["aac-lc", "mpeg-ts", () => transportStream(aac())],
  ["s16be", "aiff", () => aiffFile({ values: Array.from({ length: 20000 }, (_, i) => (i * 37) % 20000) })],
];
const byFfmpeg: typeof own = [
  ["mp3", "mp3", () => encoded("-f", "mp3")],
  ["vorbis", "ogg", () => encoded("-c:a", "libvorbis", "-f", "ogg")],
  ["opus", "ogg", () => encoded("-c:a", "libopus", "-f", "ogg")],
];

/** What the Worker makes of a file, whatever its Content-Type says, is what the library makes of it. */
async function expectSameAsNode(encoding: string, container: string, file: Uint8Array): Promise<void> {
  const query = "model=yamnet&include=spectrogram&encoding=base64";
  const answer = await embedded(worker.url, new Uint8Array(file), { query, type: "audio/wav" });
  expect(answer.header.source).toMatchObject({ encoding, container });
  expect(answer.windows.length).toBeGreaterThan(0);
  let at = 0;
  for await (const record of extract(file, "yamnet", { runtime: await nodeRuntime(seededFolder), spectrogram: true })) {
    if (record.type === "header") expect(answer.header).toEqual(record);
    else if (record.type === "summary") expect(answer.summary).toEqual(record);
    else if (record.type === "window") expect(answer.windows[at++]?.spectrogram).toEqual(record.spectrogram);
  }
  expect(answer.windows.length).toBe(at);
}

describe("every codec in workerd: the same bits as in Node", () => {
  test.each(own)("%s in %s", (encoding, container, file) => expectSameAsNode(encoding, container, file()));

  describe.skipIf(!ffmpegExists)("by ffmpeg's encoders", () => {
    test.each(byFfmpeg)("%s in %s", (encoding, container, file) => expectSameAsNode(encoding, container, file()));
  });
});
