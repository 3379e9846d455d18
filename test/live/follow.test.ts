import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { type LiveEvent, SharedFiles } from "../../src/live/index.ts";
import { fakeNode } from "./support/fake-node.ts";
import { fastClock, following, take } from "./support/follow.ts";
import { packedSegments, tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
/** 47 blocks of 1024 at 48 kHz. */
const SECONDS = (47 * 1024) / 48_000;
const SEGMENTS = tsSegments(8);
const some = (from: number, to: number) => SEGMENTS.slice(from, to);
/** When segment `at` of a folder begins, as an event shows it. */
const startOf = (at: number, epoch = EPOCH) => `start ${(epoch + 2 + at * SECONDS).toFixed(3)}`;

describe("an Orcasound node", () => {
  test("is followed from its live edge, with the time of the folder and of what came before", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 4));
    const { events } = following(node);
    const { value } = (await events.next()) as { value: Extract<LiveEvent, { kind: "start" }> };
    expect(value.start).toMatchObject({ source: "folder's epoch and EXTINF", uncertainty: expect.closeTo(2, 3) });
    expect(value.start?.utc).toBeCloseTo(1000 * (EPOCH + 2 + 3 * SECONDS), 1);
    expect(await take(events, 1)).toEqual(["segment"]);
    node.add(...some(4, 6));
    expect(await take(events, 2)).toEqual(["segment", "segment"]);
    // Nothing twice, and what had passed was left alone.
    expect(node.answers.filter((line) => line.includes(".ts")).map((line) => line.slice(-6, -3))).toEqual([
      "003",
      "004",
      "005",
    ]);
  });

  test("begins as many segments back as asked for", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 4));
    expect(await take(following(node, { back: 3 }).events, 4)).toEqual([startOf(1), "segment", "segment", "segment"]);
  });

  test("is asked politely: unchanged files come as 304, latest.txt seldom, the playlist twice a segment at most", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    const { events, files, leave } = following(node);
    await take(events, 2);
    const began = files.clock.now();
    const kinds: string[] = [];
    const reading = (async () => {
      for await (const { kind } of events) kinds.push(kind);
    })();
    const lists = () => node.count(/live\.m3u8$/);
    await expect.poll(lists).toBeGreaterThan(4);
    // Target duration 2 s: every second. The one before, and one that has just begun, come on top.
    expect(lists()).toBeLessThanOrEqual((files.clock.now() - began) / 1000 + 2);
    expect(node.count(/200 .*live\.m3u8$/)).toBe(1);
    expect(node.count(/200 .*latest\.txt$/)).toBe(1);
    expect(node.count(/live000/)).toBe(1);
    await expect.poll(() => kinds).toEqual(["waiting"]);
    node.add(...some(1, 2));
    await expect.poll(() => kinds).toEqual(["waiting", "segment"]);
    leave();
    await reading;
  });

  test("that restarts is read to its end, then from the new folder's start, and the time between is named", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 2));
    const { events } = following(node);
    expect(await take(events, 2)).toEqual([startOf(1), "segment"]);
    node.add(...some(2, 3));
    const old = node.pathOf("live.m3u8");
    node.begin(EPOCH + 30);
    expect(node.pathOf("live.m3u8")).not.toBe(old);
    node.add(...some(0, 2));
    expect(await take(events, 5)).toEqual([
      "segment",
      `gap restart ${(30 - 3 * SECONDS).toFixed(3)}`,
      startOf(0, EPOCH + 30),
      "segment",
      "segment",
    ]);
  });

  test("that never answers is an error with its reason", async () => {
    const node = await fakeNode(EPOCH);
    node.instead.set("/rpi_test/latest.txt", (_, response) => response.writeHead(500).end());
    await expect(following(node).events.next()).rejects.toMatchObject({
      code: "live_failed",
      message: expect.stringContaining("rpi_test/latest.txt answers with status 500"),
    });
  });

  test("whose latest.txt holds something else is an error that shows it", async () => {
    const node = await fakeNode(EPOCH);
    node.put("/rpi_test/latest.txt", "<html>");
    await expect(following(node).events.next()).rejects.toThrow(/holds "<html>"/);
  });
});

describe("segments that do not come whole", () => {
  test("one that is not there is a gap of its length and time, and what follows has its own time", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    node.instead.set(node.pathOf("live001.ts"), (_, response) => response.writeHead(404).end());
    const { events } = following(node);
    await take(events, 2);
    node.add(...some(1, 3));
    const { value } = await events.next();
    expect(value).toEqual({
      kind: "gap",
      gap: {
        type: "gap",
        reason: "missing",
        utc: new Date(Math.round(1000 * (EPOCH + 2 + SECONDS))).toISOString(),
        seconds: expect.closeTo(SECONDS, 5),
        segment: `hls/${EPOCH}/live001.ts`,
        message: `hls/${EPOCH}/live001.ts is not there (status 404).`,
      },
    });
    expect(await take(events, 2)).toEqual([startOf(2), "segment"]);
    expect(node.count(/404 .*live001/)).toBe(4);
  });

  test("one that comes late is waited for, and nothing is missing", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    const path = node.pathOf("live001.ts");
    node.instead.set(path, (_, response) => {
      node.instead.delete(path);
      response.writeHead(404).end();
    });
    const { events } = following(node);
    await take(events, 2);
    node.add(...some(1, 2));
    expect(await take(events, 1)).toEqual(["segment"]);
  });

  test("of one that is cut short the beginning is kept, and the rest is a gap", async () => {
    const node = await fakeNode(EPOCH);
    const [first, second, third] = some(0, 3) as [never, (typeof SEGMENTS)[0], never];
    node.add(first);
    const { events } = following(node);
    await take(events, 2);
    const half = 188 * Math.floor(second.bytes.length / 376);
    node.add({ ...second, bytes: second.bytes.subarray(0, half) }, third);
    const [segment, gap, start] = await take(events, 3);
    expect(segment).toBe("segment");
    const missing = Number(/gap short (.*)/.exec(gap ?? "")?.[1]);
    expect(missing).toBeGreaterThan(0.3);
    expect(missing).toBeLessThan(0.7);
    expect(start).toBe(startOf(2));
  });

  test("one with bytes turned over is left out whole: what a decoder would make up is no audio", async () => {
    const node = await fakeNode(EPOCH);
    const [first, second, third] = some(0, 3) as [never, (typeof SEGMENTS)[0], never];
    const bytes = second.bytes.slice();
    bytes.fill(0xff, 188 * 40 + 30, 188 * 44);
    node.add(first, { ...second, bytes }, third);
    const { events } = following(node, { back: 3 });
    expect(await take(events, 5)).toEqual([
      startOf(0),
      "segment",
      `gap damaged ${SECONDS.toFixed(3)}`,
      startOf(2),
      "segment",
    ]);
  });

  test("a server that hangs, or is away, costs no segment: it is waited for, and said so", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    const { events } = following(node);
    await take(events, 2);
    const hang = () => undefined;
    for (const name of ["live.m3u8", "live001.ts"]) node.instead.set(node.pathOf(name), hang);
    node.add(...some(1, 3));
    expect((await events.next()).value).toMatchObject({
      kind: "waiting",
      waiting: { message: expect.stringMatching(/live\.m3u8 did not come within 10 s/) },
    });
    node.instead.clear();
    expect(await take(events, 2)).toEqual(["segment", "segment"]);
  });

  test("one that only itself hangs is given up after its time", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    const { events } = following(node);
    await take(events, 2);
    node.instead.set(node.pathOf("live001.ts"), () => undefined);
    node.add(...some(1, 3));
    expect(await take(events, 2)).toEqual([`gap unreachable ${SECONDS.toFixed(3)}`, startOf(2)]);
  });

  test("one without an end is cut off", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    node.instead.set(node.pathOf("live000.ts"), (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(new Uint8Array(1 << 20)));
      };
      response.on("drain", more);
      more();
    });
    // Sixteen megabytes come within ten seconds.
    const { events } = following(node, { files: new SharedFiles(fastClock(Date.now(), 2)) });
    const { value } = await events.next();
    expect(value).toMatchObject({
      kind: "gap",
      gap: { reason: "unreachable", message: expect.stringMatching(/longer than 16777216 bytes/) },
    });
  });
});

describe("playlists", () => {
  const playlist = (node: { playlistUrl: string }) => ({ url: node.playlistUrl, kind: "url" as const });

  test("an older copy is passed over", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    const { events } = following(playlist(node));
    await take(events, 2);
    const path = node.pathOf("live.m3u8");
    const old = node.playlist(1);
    node.instead.set(path, (_, response) => response.writeHead(200).end(old));
    const next = take(events, 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    node.instead.clear();
    node.add(...some(3, 4));
    expect(await next).toEqual(["segment"]);
    expect(node.count(/live000|live001/)).toBe(0);
  });

  test("one that goes on from further back has begun anew", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    const { events } = following(playlist(node));
    await take(events, 2);
    const lists = () => node.count(/200 .*live\.m3u8$/);
    const before = lists();
    node.begin(EPOCH);
    node.add(...some(4, 5));
    const next = take(events, 2);
    // An older list by itself may be a cache's; one that then grows is a new one.
    await expect.poll(lists).toBeGreaterThan(before);
    node.add(...some(5, 6));
    expect((await next)[0]).toBe("gap restart ?");
  });

  test("segments that slid out unread are named", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 2));
    const { events } = following(playlist(node));
    await take(events, 2);
    // Between two polls; the playlist is written once.
    const path = node.pathOf("live.m3u8");
    node.instead.set(path, (_, response) => response.writeHead(503).end());
    node.add(...some(2, 6));
    node.slide(4);
    node.instead.clear();
    expect(await take(events, 3)).toEqual([`gap missed ${(2 * SECONDS).toFixed(3)}`, startOf(4), "segment"]);
  });

  test("EXT-X-DISCONTINUITY and EXT-X-PROGRAM-DATE-TIME: another stretch, with the written time", async () => {
    const node = await fakeNode(EPOCH);
    const [first, second] = some(0, 2) as [(typeof SEGMENTS)[0], (typeof SEGMENTS)[0]];
    const date = (utc: number) => `#EXT-X-PROGRAM-DATE-TIME:${new Date(utc).toISOString()}`;
    const utc = 1_650_000_000_250;
    node.add(
      { ...first, tags: [date(utc)] },
      { ...second, tags: ["#EXT-X-DISCONTINUITY", date(utc + 11_000)] },
      ...some(2, 3),
    );
    node.end();
    const { events } = following(playlist(node));
    expect(await take(events, 9)).toEqual([
      "start 1650000000.250",
      "segment",
      `gap discontinuity ${(11 - SECONDS).toFixed(3)}`,
      "start 1650000011.250",
      "segment",
      "segment",
      "end",
    ]);
  });

  test("one that ends is read from its start to its end", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    node.end();
    expect(await take(following(playlist(node)).events, 9)).toEqual([
      startOf(0),
      "segment",
      "segment",
      "segment",
      "end",
    ]);
  });

  test("packed audio: the tags between the segments are no audio and no damage", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...packedSegments(3));
    node.end();
    expect(await take(following(playlist(node)).events, 9)).toEqual([
      startOf(0),
      "segment",
      "segment",
      "segment",
      "end",
    ]);
  });

  test("of a master playlist the audio is taken", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    node.end();
    const lines = [
      "#EXTM3U",
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="sea",DEFAULT=YES,URI="${new URL(node.playlistUrl).pathname}"`,
      '#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.42e00a,mp4a.40.2",AUDIO="a"',
      "film.m3u8",
    ];
    node.put("/rpi_test/master.m3u8", lines.join("\n"));
    const { events } = following({ url: `${node.url}/master.m3u8`, kind: "url" });
    expect((await take(events, 3)).slice(1)).toEqual(["segment", "end"]);
  });

  test("a huge one, one that is none, and what is not read are refused with words", async () => {
    const node = await fakeNode(EPOCH);
    const refusal = async (content: string) => {
      node.put("/rpi_test/odd.m3u8", content);
      const { events } = following({ url: `${node.url}/odd.m3u8`, kind: "url" });
      return events.next().then(
        () => "nothing",
        (thrown: Error) => thrown.message,
      );
    };
    expect(await refusal(`#EXTM3U\n${"#EXTINF:1,\na.ts\n".repeat(200_000)}`)).toMatch(/longer than 2097152 bytes/);
    expect(await refusal("<html>")).toMatch(/begins with "<html>"/);
    expect(await refusal('#EXTM3U\n#EXT-X-MAP:URI="i.mp4"\n#EXTINF:4,\na.m4s\n')).toMatch(/fragmented MP4/);
    expect(await refusal('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\na.ts\n')).toMatch(/encrypted/);
  });
});

describe("other hosts", () => {
  /** Another server that counts who comes. */
  async function stranger() {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end("secret");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return { host: `127.0.0.1:${(server.address() as { port: number }).port}`, asked: () => asked };
  }

  test("a redirect to one is not followed, and neither is an address in a playlist", async () => {
    const [node, other] = [await fakeNode(EPOCH), await stranger()];
    node.instead.set("/rpi_test/latest.txt", (_, response) =>
      response.writeHead(302, { location: `http://${other.host}/latest.txt` }).end(),
    );
    await expect(following(node).events.next()).rejects.toThrow(/not this hydrophone's/);
    node.put("/rpi_test/away.m3u8", `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\nhttp://${other.host}/a.ts\n`);
    const { events } = following({ url: `${node.url}/away.m3u8`, kind: "url" });
    expect(await events.next()).toMatchObject({
      value: { kind: "gap", gap: { reason: "unreachable", message: expect.stringContaining("not this hydrophone's") } },
    });
    expect(other.asked()).toBe(0);
  });

  test("one that the operator listed is, and a redirect within the host", async () => {
    const [node, other] = [await fakeNode(EPOCH), await stranger()];
    node.add(...some(0, 1));
    node.put("/elsewhere.txt", `${EPOCH}\n`);
    node.instead.set("/rpi_test/latest.txt", (_, response) =>
      response.writeHead(302, { location: "/elsewhere.txt" }).end(),
    );
    expect(await take(following(node).events, 2)).toEqual([startOf(0), "segment"]);
    node.instead.set("/rpi_test/latest.txt", (_, response) =>
      response.writeHead(302, { location: `http://${other.host}/latest.txt` }).end(),
    );
    await expect(following({ url: node.url, hosts: [other.host] }).events.next()).rejects.toThrow(/holds "secret"/);
    expect(other.asked()).toBeGreaterThan(0);
  });
});

describe("listeners", () => {
  test("several fetch each file once", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 2));
    const first = following(node);
    const second = following(node, { files: first.files });
    const heard = await Promise.all([take(first.events, 2), take(second.events, 2)]);
    expect(heard[0]).toEqual(heard[1]);
    node.add(...some(2, 4));
    await Promise.all([take(first.events, 2), take(second.events, 2)]);
    for (const name of ["live001", "live002", "live003"]) expect(node.count(new RegExp(`200 .*${name}`))).toBe(1);
  });

  test("one whose fetching listener left gets the file all the same", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    const path = node.pathOf("live000.ts");
    node.instead.set(path, () => node.instead.delete(path));
    const first = following(node);
    const second = following(node, { files: first.files });
    const left = take(first.events, 1);
    while (node.instead.has(path)) await new Promise((resolve) => setTimeout(resolve, 5));
    const heard = take(second.events, 2);
    first.leave();
    expect(await left).toEqual(["end"]);
    expect(await heard).toEqual([startOf(0), "segment"]);
  });

  test("when the last one leaves, nothing is asked for any more", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 1));
    const { events, leave } = following(node);
    await take(events, 2);
    const waiting = take(events, 1);
    leave();
    expect(await waiting).toEqual(["end"]);
    const before = node.answers.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(node.answers.length).toBe(before);
  });
});
