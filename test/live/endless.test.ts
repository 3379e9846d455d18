import { beforeAll, describe, type ExpectStatic, test } from "vitest";
import type { Finding } from "../../src/audio/index.ts";
import { DEFAULT_OPTIONS } from "../../src/embed/index.ts";
import { joinBytes } from "../../src/join.ts";
import { embedLive, type LiveEvent, liveSource, SharedFiles } from "../../src/live/index.ts";
import type { LiveRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { noise } from "../support/signals.ts";
import { seededFolder } from "../support/test-models.ts";
import { awake } from "./support/awake-time.ts";
import { type FakeIcecast, type Finished, fakeIcecast } from "./support/fake-icecast.ts";
import { fastClock, following, inspector } from "./support/follow.ts";
import { adtsFrames } from "./support/segments.ts";

/** Live time runs so many times faster. */
const FASTER = 16;
/** Bytes are sent so many times a second of live time. */
const A_SECOND = 2;

interface Sound {
  readonly bytes: Uint8Array;
  readonly seconds: number;
}

/** What a stream is made of: AAC of random content, by the project's own writer. */
function adts(seconds: number, seed = 1): Sound {
  const frames = Math.round((seconds * 48_000) / 1024);
  return { bytes: adtsFrames(frames, seed), seconds: (frames * 1024) / 48_000 };
}

/** Sends sound at the pace at which it sounds, beginning with `at` seconds. @returns when all of it was sent */
async function play(server: FakeIcecast, { bytes, seconds }: Sound, at = 0, until = seconds): Promise<void> {
  const place = (time: number) => Math.floor((bytes.length * Math.min(time, seconds)) / seconds);
  const began = awake.now;
  for (let sent = at; sent < until; ) {
    const next = Math.min(until, at + (FASTER * (awake.now - began)) / 1000);
    server.send(bytes.subarray(place(sent), place(next)));
    sent = next;
    await pause(1 / A_SECOND);
  }
}

const pause = (seconds: number) => awake.sleep((1000 * seconds) / FASTER);

/** Listens in the background: what has come so far, and the bytes of each stretch. */
function listen(finished: Finished, server: FakeIcecast, url = server.url) {
  const files = new SharedFiles(fastClock(Date.now(), FASTER));
  const { events, leave } = following(liveSource(url, "url"), { files, finished });
  const heard: { kinds: string[]; stretches: Uint8Array[][]; events: LiveEvent[]; error?: Error } = {
    kinds: [],
    stretches: [],
    events: [],
  };
  const run = async () => {
    for await (const event of events) {
      heard.events.push(event);
      if (event.kind === "start") heard.stretches.push([]);
      if (event.kind === "segment") heard.stretches.at(-1)?.push(event.bytes);
      else heard.kinds.push(event.kind === "gap" ? `gap ${event.gap.reason}` : event.kind);
    }
    heard.kinds.push("end");
  };
  const done = run().catch((thrown: Error) => {
    heard.error = thrown;
  });
  return { heard, done, leave, clock: files.clock };
}

/** Waits until as many bytes have been given out, in whatever stretches. */
const untilGiven = (expect: ExpectStatic, heard: { stretches: Uint8Array[][] }, { bytes }: { bytes: Uint8Array }) =>
  expect.poll(() => heard.stretches.flat().reduce((sum, part) => sum + part.length, 0)).toBe(bytes.length);

const bytesOf = (heard: { stretches: Uint8Array[][] }, at: number) => joinBytes(heard.stretches[at] ?? []);
const gapsOf = (heard: { events: LiveEvent[] }) =>
  heard.events.flatMap((event) => (event.kind === "gap" ? [event.gap] : []));
const startsOf = (heard: { events: LiveEvent[] }) =>
  heard.events.flatMap((event) =>
    event.kind === "start" && event.start !== undefined ? [event.start.utc / 1000] : [],
  );

/** Seconds of sound in bytes, and what of it is damaged. */
function decoded(bytes: Uint8Array): { seconds: number; findings: readonly Finding[] } {
  const decoder = inspector.decoder();
  let samples = 0;
  for (const part of decoder.push(bytes)) samples += part.length;
  for (const part of decoder.flush()) samples += part.length;
  return { seconds: samples / (decoder.info?.rate ?? 1), findings: decoder.findings() };
}

describe.concurrent("sound without an end", () => {
  test("is followed as it comes: one stretch, its bytes as they were sent, its time by when they came", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(12);
    const { heard, clock } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    const began = clock.now() / 1000;
    await play(server, sound);
    await untilGiven(expect, heard, sound);
    expect(heard.kinds).toEqual(["start"]);
    expect(bytesOf(heard, 0)).toEqual(sound.bytes);
    const [start] = heard.events;
    expect(start).toMatchObject({
      kind: "start",
      start: { source: "arrival", uncertainty: 10, assumed: "Sound takes no longer than 10 s to come." },
      info: { container: "adts", rate: 48_000 },
    });
    expect(Math.abs((startsOf(heard)[0] ?? 0) - began)).toBeLessThan(5);
  });

  test("what a server sends at once to those who come was made before they came", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac", burst: 1 << 20 }, onTestFinished);
    const sound = adts(40);
    const earlier = Math.floor(sound.bytes.length / 2);
    server.send(sound.bytes.subarray(0, earlier));
    const { heard, clock } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    const began = clock.now() / 1000;
    await play(server, sound, 20, 26);
    await expect.poll(() => heard.kinds).toEqual(["start"]);
    // 20 s of it lay there when the listener came.
    expect(Math.abs((startsOf(heard)[0] ?? 0) - (began - 20))).toBeLessThan(5);
  });

  test("metadata blocks are no sound, wherever the bytes are cut; they are not asked for", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac", metaint: 1009 }, onTestFinished);
    const sound = adts(10);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, sound);
    await untilGiven(expect, heard, sound);
    expect(heard.kinds).toEqual(["start"]);
    expect(bytesOf(heard, 0)).toEqual(sound.bytes);
    expect(server.requests.filter((headers) => headers["icy-metadata"] !== undefined)).toEqual([]);
  });

  test("user and password go with it", async ({ expect, onTestFinished }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const { heard } = listen(onTestFinished, server, server.url.replace("http://", "http://hydro:secret@"));
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, adts(6));
    await expect.poll(() => heard.kinds).toEqual(["start"]);
    const expected = `Basic ${Buffer.from("hydro:secret").toString("base64")}`;
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(new Set([expected]));
    expect(JSON.stringify(heard.events.filter(({ kind }) => kind !== "segment"))).not.toMatch(/secret/);
  });
});

describe.concurrent("a connection that breaks", () => {
  test("is made anew; where the server sends what was heard last again, the sound goes on without a gap", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(18);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, sound, 0, 8);
    server.drop();
    await play(server, sound, 8);
    await untilGiven(expect, heard, sound);
    expect(heard.kinds).toEqual(["start"]);
    expect(bytesOf(heard, 0)).toEqual(sound.bytes);
    expect(server.requests.length).toBe(3);
  });

  test("and where it does not: a gap by when the sound came, and a new stretch", async ({ expect, onTestFinished }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(40);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, sound, 0, 8);
    server.drop();
    server.forget();
    server.instead = (response) => response.writeHead(404).end();
    await pause(12);
    server.instead = undefined;
    await play(server, sound, 20, 32);
    await expect
      .poll(() => heard.kinds.filter((kind) => kind !== "waiting"))
      .toEqual(["start", "gap disconnected", "start"]);
    await pause(4);
    const [gap] = gapsOf(heard);
    // It was away for 12 s, and up to the next try; two shared cores may halt for a while.
    expect(gap?.seconds).toBeGreaterThan(8);
    expect(gap?.seconds).toBeLessThan(50);
    const [first, second] = startsOf(heard) as [number, number];
    const heardFirst = decoded(bytesOf(heard, 0)).seconds;
    expect(second - first - heardFirst).toBeCloseTo(gap?.seconds ?? 0, 1);
    expect(Date.parse(gap?.utc ?? "") / 1000).toBeCloseTo(first + heardFirst, 1);
    // Nothing that was made up.
    expect(
      decoded(bytesOf(heard, 1)).findings.filter(({ code }) => code !== "truncated" && code !== "lost_sync"),
    ).toEqual([]);
  });

  test("again and again is asked for less and less often, and it is said that nothing comes", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, adts(6));
    await expect.poll(() => heard.kinds).toEqual(["start"]);
    server.instead = (response) => response.writeHead(503).end();
    server.drop();
    const before = server.requests.length;
    await expect.poll(() => heard.kinds).toEqual(["start", "waiting"]);
    await pause(16);
    // After 1, 2, 4, 8, 16, 30, … s.
    expect(server.requests.length - before).toBeLessThan(8);
    expect(server.requests.length - before).toBeGreaterThan(2);
  });

  test("without a word, as half of a line does, is noticed", async ({ expect, onTestFinished }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(16);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, sound, 0, 6);
    await expect.poll(() => server.requests.length).toBe(3);
    expect(heard.kinds).toEqual(["start", "waiting"]);
    await play(server, sound, 6);
    await untilGiven(expect, heard, sound);
    expect(joinBytes(heard.stretches.flat())).toEqual(sound.bytes);
  });
});

describe.concurrent("sound that is late", () => {
  test("and comes all at once is only late: no gap, and no other stretch", async ({ expect, onTestFinished }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(30);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, sound, 0, 8);
    await pause(9);
    const place = (time: number) => Math.floor((sound.bytes.length * time) / sound.seconds);
    server.send(sound.bytes.subarray(place(8), place(17)));
    await play(server, sound, 17);
    await untilGiven(expect, heard, sound);
    expect(heard.kinds.filter((kind) => kind !== "waiting")).toEqual(["start"]);
    expect(bytesOf(heard, 0)).toEqual(sound.bytes);
  });

  test("and does not make up for it is missing: a gap of what is missing, a new stretch, no silence", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(20);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, sound, 0, 8);
    // The encoder stands still, and what it did not hear is never sent: its next frame is of 14 s later.
    await pause(14);
    await play(server, sound, 8, 20);
    await expect
      .poll(() => heard.kinds.filter((kind) => kind !== "waiting"))
      .toEqual(["start", "gap stalled", "start"]);
    await pause(4);
    const [gap] = gapsOf(heard);
    expect(gap?.seconds).toBeGreaterThan(9);
    expect(gap?.seconds).toBeLessThan(20);
    const total = decoded(bytesOf(heard, 0)).seconds + decoded(bytesOf(heard, 1)).seconds;
    expect(Math.abs(total - 20)).toBeLessThan(0.5);
  });
});

describe.concurrent("what is no stream of sound, or one of another kind", () => {
  test("one that never answers is an error with its reason, and so is what cannot be read", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({}, onTestFinished);
    server.instead = (response) => response.writeHead(500).end();
    const away = listen(onTestFinished, server);
    await away.done;
    expect(away.heard.error).toMatchObject({ code: "live_failed", message: expect.stringMatching(/status 500/) });
    server.instead = (response) =>
      response.writeHead(200, { "content-type": "audio/mpeg" }).end("no sound".repeat(4000));
    const odd = listen(onTestFinished, server);
    await odd.done;
    expect(odd.heard.error).toMatchObject({ code: "not_audio" });
  });

  test("a file is read to its end, which is said, without a time that it does not have", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({}, onTestFinished);
    const { bytes } = adts(20);
    server.instead = (response) =>
      response.writeHead(200, { "content-type": "audio/aac", "content-length": String(bytes.length) }).end(bytes);
    const { heard, done } = listen(onTestFinished, server);
    await done;
    expect(heard.kinds).toEqual(["start", "finding", "end"]);
    expect(startsOf(heard)).toEqual([]);
    expect(bytesOf(heard, 0)).toEqual(bytes);
    expect(server.requests.length).toBe(2);
  });

  test("sound that calls itself bytes is told by its bytes; a redirect to another host is not followed", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "application/octet-stream" }, onTestFinished);
    server.send(adts(10).bytes);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => heard.kinds).toEqual(["start"]);
    server.instead = (response) => response.writeHead(302, { location: "http://127.0.0.1:1/stream.mp3" }).end();
    const led = listen(onTestFinished, server);
    await led.done;
    expect(led.heard.error?.message).toMatch(/lies on a host that is not this hydrophone's/);
  });

  test("damage ends a stretch before it: what a decoder would put in its place is not embedded", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(24);
    const bytes = sound.bytes.slice();
    const at = Math.floor((bytes.length * 10.2) / sound.seconds);
    bytes.fill(0xff, at, at + 3000);
    const { heard } = listen(onTestFinished, server);
    await expect.poll(() => server.listeners).toBe(1);
    await play(server, { ...sound, bytes });
    await expect.poll(() => heard.kinds).toEqual(["start", "gap damaged", "start"]);
    await pause(4);
    for (const stretch of [0, 1]) {
      const lost = decoded(bytesOf(heard, stretch)).findings.filter((finding) => finding.lost);
      expect(lost.filter(({ code }) => code !== "truncated")).toEqual([]);
    }
  });
});

const formats = [
  ["MP3", "audio/mpeg", ["-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3"], "mp3"],
  ["Ogg Vorbis", "application/ogg", ["-c:a", "libvorbis", "-f", "ogg"], "vorbis"],
  ["Ogg Opus", "audio/ogg", ["-c:a", "libopus", "-b:a", "48k", "-f", "ogg"], "opus"],
  ["Ogg FLAC", "audio/ogg", ["-c:a", "flac", "-f", "ogg"], "flac"],
  ["AAC", "audio/aacp", ["-c:a", "aac", "-b:a", "64k", "-f", "adts"], "aac-lc"],
] as const;
const sounds = new Map<string, Sound>();
// Before anything plays, because an encoder halts what does.
beforeAll(() => {
  if (!ffmpegExists) return;
  const source = wav16(noise(48_000 * 34, 0.2), 48_000);
  for (const [name, , options] of formats)
    sounds.set(name, { bytes: ffmpeg(["-i", "-", ...options], source), seconds: 34 });
});

// Each waits for most of its time, and none for the others.
describe.skipIf(!ffmpegExists).concurrent("formats, as encoders write them", () => {
  test.for(formats)(
    "%s: joined on its way, broken and taken up again, stalled and gone on",
    async ([name, type, , encoding], { expect, onTestFinished }) => {
      const sound = sounds.get(name) as Sound;
      const { headers, body } = apart(sound);
      const place = (time: number) => Math.floor((body.bytes.length * time) / body.seconds);
      // A server keeps six seconds of it, and has been on the air for ten.
      const server = await fakeIcecast({ type, headers, burst: place(6) }, onTestFinished);
      server.send(body.bytes.subarray(0, place(10)));
      const { heard } = listen(onTestFinished, server);
      await expect.poll(() => server.listeners).toBe(1);
      await play(server, body, 10, 16);
      server.drop();
      await play(server, body, 16, 18);
      // What the server keeps must reach back to the break, however busy the machine.
      await expect.poll(() => server.listeners).toBe(1);
      await play(server, body, 18, 24);
      await pause(12);
      await play(server, body, 24, 34);
      const kinds = () => heard.kinds.filter((kind) => kind !== "waiting");
      await expect.poll(kinds).toEqual(["start", "gap stalled", "start"]);
      await pause(4);
      expect(kinds()).toEqual(["start", "gap stalled", "start"]);
      expect(heard.events.find(({ kind }) => kind === "start")).toMatchObject({ info: { encoding } });
      const found = [0, 1].map((at) => decoded(bytesOf(heard, at)));
      // No silence stands for anything: the seconds are those that were sent, up to what the server sent of the first ten.
      expect(found[0]?.seconds).toBeGreaterThan(13);
      expect(found[0]?.seconds).toBeLessThan(25);
      expect(Math.abs((found[1]?.seconds ?? 0) - 10)).toBeLessThan(1.5);
    },
  );
});

/** A stream in two: what every listener gets first (Ogg's header pages), and the sound behind it. */
function apart({ bytes, seconds }: Sound): { headers: Uint8Array; body: Sound } {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "OggS")
    return { headers: new Uint8Array(0), body: { bytes, seconds } };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (view.getUint32(at + 6, true) === 0 && view.getUint32(at + 10, true) === 0) {
    const segments = bytes[at + 26] as number;
    at += 27 + segments + bytes.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, 0);
  }
  return { headers: bytes.subarray(0, at), body: { bytes: bytes.subarray(at), seconds } };
}

describe("embedded", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await nodeRuntime(seededFolder);
  });

  test("windows come while it plays, with their time; a frame that is cut at either end is no loss", async ({
    expect,
    onTestFinished,
  }) => {
    const server = await fakeIcecast({ type: "audio/aac" }, onTestFinished);
    const sound = adts(30);
    // The listener comes within a frame.
    server.send(sound.bytes.subarray(1234, 60_000));
    const { events, leave } = following(liveSource(server.url, "url"), { finished: onTestFinished });
    const load = () => runtime.store.load("yamnet", "fp32");
    const found: LiveRecord[] = [];
    for await (const batch of embedLive(events, load, runtime, DEFAULT_OPTIONS)) {
      found.push(...batch);
      if (found.filter(({ type }) => type === "window").length >= 4) leave();
    }
    const kinds = found.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
    expect(kinds).toEqual(["header", "window", "summary"]);
    expect(found[0]).toMatchObject({ start: { source: "arrival", uncertainty: 10 } });
    const window = found.find((record): record is WindowRecord => record.type === "window");
    expect(window?.utc).toMatch(/Z$/);
    const summary = found.at(-1) as SummaryRecord;
    expect(summary.complete).toBe(true);
    expect(summary.findings.filter(({ lost }) => lost)).toEqual([]);
  });
});
