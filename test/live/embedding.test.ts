import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, embed } from "../../src/embed/index.ts";
import { joinBytes } from "../../src/join.ts";
import { embedLive } from "../../src/live/index.ts";
import { readPlaylist } from "../../src/live/playlist.ts";
import type { HeaderRecord, LiveRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import type { ModelName } from "../support/models.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { noise } from "../support/signals.ts";
import { seededFolder } from "../support/test-models.ts";
import { type FakeSegment, fakeNode } from "./support/fake-node.ts";
import { following } from "./support/follow.ts";
import { tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
let runtime: Runtime;
beforeAll(async () => {
  runtime = await nodeRuntime(seededFolder);
});

async function* records(events: ReturnType<typeof following>["events"], model: ModelName = "yamnet") {
  const load = () => runtime.store.load(model, "fp32");
  for await (const batch of embedLive(events, load, runtime, DEFAULT_OPTIONS)) yield* batch;
}

async function all(source: AsyncIterable<LiveRecord>): Promise<LiveRecord[]> {
  const out: LiveRecord[] = [];
  for await (const record of source) out.push(record);
  return out;
}

const kinds = (found: readonly LiveRecord[]) =>
  found.map(({ type }) => type).filter((type, at, types) => type !== "window" || types[at - 1] !== "window");
const windowsOf = (found: readonly LiveRecord[]) => found.filter((record) => record.type === "window");

/** The windows of segments that were followed are those of the segments in a row. */
async function expectAsOneFile(segments: readonly FakeSegment[], model: ModelName): Promise<void> {
  const node = await fakeNode(EPOCH);
  node.add(...segments);
  node.end();
  const live = await all(records(following({ url: node.playlistUrl, kind: "url" }).events, model));
  async function* whole() {
    yield joinBytes(segments.map(({ bytes }) => bytes));
  }
  const file: LiveRecord[] = [];
  const load = () => runtime.store.load(model, "fp32");
  for await (const record of embed(whole(), load, runtime, DEFAULT_OPTIONS)) file.push(record);
  const [a, b] = [windowsOf(live), windowsOf(file)];
  expect(a.length).toBe(b.length);
  expect(a.length).toBeGreaterThan(1);
  for (const [at, window] of a.entries()) expectSameBits(window.embedding, (b[at] as WindowRecord).embedding);
  const [end, ofFile] = [live.at(-1), file.at(-1)] as [SummaryRecord, SummaryRecord];
  const ended = { code: "ended", lost: false, message: expect.stringContaining("nothing more will come") };
  expect(end).toEqual({ ...ofFile, findings: [...ofFile.findings, ended] });
}

describe("followed and in one file, the embeddings are the same bits", () => {
  test.each(["yamnet", "humpback"] as const)("%s, segments of every kind of AAC", (model) =>
    expectAsOneFile(tsSegments(5), model),
  );

  test.skipIf(!ffmpegExists)("segments as an Orcasound node's ffmpeg writes them, and its playlist", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orca-live-"));
    try {
      const sound = wav16(noise(48_000 * 7, 0.2), 48_000);
      const muxer = ["-f", "segment", "-segment_list", `${folder}/live.m3u8`, "-segment_list_flags", "+live"];
      const codec = ["-segment_time", "2", "-segment_format", "mpegts", "-ar", "48000", "-ac", "2", "-acodec", "aac"];
      ffmpeg(["-i", "-", ...muxer, ...codec], sound, [`${folder}/live%03d.ts`]);
      const list = readPlaylist(readFileSync(`${folder}/live.m3u8`, "utf8"), "http://node/live.m3u8");
      if (list.kind !== "media") throw new Error("no media playlist");
      expect(list.segments.length).toBe(readdirSync(folder).length - 1);
      const segments = list.segments.map(({ url, seconds }) => ({
        bytes: new Uint8Array(readFileSync(join(folder, new URL(url).pathname))),
        seconds,
      }));
      await expectAsOneFile(segments, "yamnet");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.skipIf(!sharedExists)("segments of a real node", () => {
    const segment = (at: number) => ({
      bytes: new Uint8Array(readFileSync(sharedPath(`audio/orcanode_live00${at}_48k_stereo.ts`))),
      seconds: 10,
    });
    return expectAsOneFile([segment(0), segment(1), segment(2)], "yamnet");
  });
});

describe("stretches", () => {
  test("a gap ends one with its summary, is said, and the next has a header and times of its own", async () => {
    const segments = tsSegments(6);
    const seconds = segments[0]?.seconds ?? 0;
    const node = await fakeNode(EPOCH);
    node.add(...segments);
    node.end();
    node.instead.set(node.pathOf("live002.ts"), (_, response) => response.writeHead(404).end());
    const found = await all(records(following({ url: node.playlistUrl, kind: "url" }).events));
    expect(kinds(found)).toEqual(["header", "window", "summary", "gap", "header", "window", "summary"]);
    const headers = found.filter((record): record is HeaderRecord => record.type === "header");
    const utc = (text: string | undefined) => Date.parse(text ?? "") / 1000;
    expect(utc(headers[0]?.start?.utc)).toBeCloseTo(EPOCH + 2, 2);
    expect(utc(headers[1]?.start?.utc)).toBeCloseTo(EPOCH + 2 + 3 * seconds, 2);
    const second = found.slice(found.indexOf(headers[1] as HeaderRecord));
    const [first, next] = windowsOf(second);
    expect(first).toMatchObject({ index: 0, start: 0, utc: headers[1]?.start?.utc });
    expect(utc(next?.utc)).toBeCloseTo(EPOCH + 2 + 3 * seconds + 0.48, 2);
    // What follows a gap is as if nothing had been before.
    async function* alone() {
      yield joinBytes(segments.slice(3).map(({ bytes }) => bytes));
    }
    const load = () => runtime.store.load("yamnet", "fp32");
    const expected: LiveRecord[] = [];
    for await (const record of embed(alone(), load, runtime, DEFAULT_OPTIONS)) expected.push(record);
    for (const [at, window] of windowsOf(second).entries())
      expectSameBits(window.embedding, (windowsOf(expected)[at] as WindowRecord).embedding);
  });

  test("windows come while a segment is awaited, a wait is said in between, and the stretch goes on", async () => {
    const node = await fakeNode(EPOCH);
    const segments = tsSegments(4);
    node.add(...segments.slice(0, 2));
    const { events, leave } = following(node, { back: 2 });
    const found: LiveRecord[] = [];
    for await (const record of records(events)) {
      found.push(record);
      if (record.type === "waiting") node.add(...segments.slice(2));
      // 4 s give the sixth window and more.
      if (windowsOf(found).length >= 6) leave();
    }
    expect(kinds(found)).toEqual(["header", "window", "waiting", "window", "summary"]);
    expect(windowsOf(found).map(({ index }) => index)).toEqual(windowsOf(found).map((_, at) => at));
  });
});
