import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isResultName } from "../../../src/cli/extract/formats.ts";
import {
  type FindOptions,
  findInNode,
  findRecordings,
  ListingKeeper,
  type NodeRequest,
} from "../../../src/cli/recordings/index.ts";
import { RemoteClient } from "../../../src/remote/index.ts";
import { startOfName } from "../../../src/times/index.ts";
import { type S3Server, startS3Server } from "../../support/s3-server.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-archives-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUCKETS = ["pacific-sound-16khz", "noaa-passive-bioacoustic", "audio-orcasound-net", "archive-orcasound-net"];
const clientOf = ({ url }: S3Server) => new RemoteClient({ endpoint: url, anonymous: true });
const options = (server: S3Server, more: FindOptions = {}): FindOptions => ({
  client: clientOf(server),
  isResult: isResultName,
  ...more,
});
const put = (server: S3Server, bucket: string, ...keys: readonly string[]) => {
  for (const key of keys) server.objects.set(`${bucket}/${key}`, new Uint8Array(10));
};
const utcOf = (name: string) => startOfName(name)?.utc;

describe("public archives, by their listings", () => {
  test("MBARI's day files: names from the folder, and their UTC", async () => {
    const server = await startS3Server(BUCKETS);
    put(
      server,
      "pacific-sound-16khz",
      "2018/01/",
      "2018/01/MARS-20180101T000000Z-16kHz.wav",
      "2018/01/MARS-20180102T000000Z-16kHz.wav",
      "2018/01/readme.txt",
      "2018/01/.DS_Store",
      "2018/02/MARS-20180201T000000Z-16kHz.wav",
    );
    const found = await findRecordings(["s3://pacific-sound-16khz/2018"], options(server));
    expect(found.recordings.map(({ name }) => name)).toEqual([
      "01/MARS-20180101T000000Z-16kHz.wav",
      "01/MARS-20180102T000000Z-16kHz.wav",
      "02/MARS-20180201T000000Z-16kHz.wav",
    ]);
    expect(utcOf(found.recordings[1]?.path ?? "")).toBe(Date.parse("2018-01-02T00:00:00Z"));
    expect([...found.leftOut.values()].map(({ count, path }) => [count, path])).toEqual([
      [1, "s3://pacific-sound-16khz/2018/01/readme.txt"],
    ]);
    expect(found.recordings[0]).toMatchObject({ bytes: 10, etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) });
  });

  test("NOAA's on Google's storage, by a pattern", async () => {
    const server = await startS3Server(BUCKETS);
    put(
      server,
      "noaa-passive-bioacoustic",
      "nrs/audio/11/nrs_11_2019-2021/audio/NRS11_20191231_230836.flac",
      "sanctsound/audio/mb01/sanctsound_mb01_02/audio/SanctSound_MB01_02_1678278703_20190715T120000Z.flac",
      "sanctsound/audio/mb01/sanctsound_mb01_02/metadata/about.json",
    );
    const found = await findRecordings(["gs://noaa-passive-bioacoustic/*/audio/**/*.flac"], options(server));
    expect(found.recordings.map(({ name }) => [name, new Date(utcOf(name) ?? 0).toISOString()])).toEqual([
      ["nrs/audio/11/nrs_11_2019-2021/audio/NRS11_20191231_230836.flac", "2019-12-31T23:08:36.000Z"],
      [
        "sanctsound/audio/mb01/sanctsound_mb01_02/audio/SanctSound_MB01_02_1678278703_20190715T120000Z.flac",
        "2019-07-15T12:00:00.000Z",
      ],
    ]);
  });

  test("a folder is no prefix of another's name, results are no recordings, and a key that no file can have is named", async () => {
    const server = await startS3Server(BUCKETS);
    const bucket = "pacific-sound-16khz";
    put(server, bucket, "site-10/a.wav");
    await expect(findRecordings([`s3://${bucket}/site-1`], options(server))).rejects.toThrow(
      "s3://pacific-sound-16khz/site-1: no recording lies in this folder. Keys that begin alike are others' " +
        "(s3://pacific-sound-16khz/site-10/a.wav): s3://pacific-sound-16khz/site-1* takes them.",
    );
    put(
      server,
      bucket,
      "site-1/a.wav",
      "site-1/../b.wav",
      "site-1/out/.orca-embed/manifest/1.ndjson",
      "site-1/out/copy.wav",
    );
    put(server, bucket, "site-1/a.wav.yamnet.npz");
    const found = await findRecordings([`s3://${bucket}/site-1`], options(server));
    expect(found.recordings.map(({ name }) => name)).toEqual(["a.wav"]);
    expect(found.missing.map(({ path, error }) => [path, error.code])).toEqual([
      ["s3://pacific-sound-16khz/site-1/../b.wav", "unreadable"],
    ]);
    await expect(findRecordings(["s3://no-such-bucket/x"], options(server))).rejects.toThrow(
      /there is no bucket no-such-bucket/,
    );
    await expect(findRecordings([`s3://${bucket}/site-1`, "a.wav"], options(server))).rejects.toThrow(
      "s3://pacific-sound-16khz/site-1 is an address, and a.wav is a path.",
    );
  });

  test("a listing that was broken off goes on behind its last page; the next one is made anew", async () => {
    const server = await startS3Server(BUCKETS);
    server.page = 3;
    put(server, "pacific-sound-16khz", ...Array.from({ length: 10 }, (_, at) => `a/${at}.wav`));
    const listings = new ListingKeeper(join(folder, "listing"));
    const find = () => findRecordings(["s3://pacific-sound-16khz/a/"], options(server, { listings }));
    let lists = 0;
    server.mishap = () => (++lists === 3 ? { status: 403, code: "ExpiredToken" } : undefined);
    await expect(find()).rejects.toMatchObject({ code: "unauthorized" });
    server.mishap = () => undefined;
    const before = server.asked.length;
    const names = (await find()).recordings.map(({ name }) => name);
    expect(names).toEqual(Array.from({ length: 10 }, (_, at) => `${at}.wav`));
    expect(server.asked.slice(before).map(({ query }) => query.get("start-after"))).toEqual(["a/5.wav", null]);
    await find();
    expect(server.asked.length).toBe(before + 2 + 4);
  });
});

describe("an Orcasound node between two times", () => {
  const EPOCH = 1_601_165_815;
  const at = (seconds: number) => 1000 * (EPOCH + 2 + seconds);
  const request = (more: Partial<NodeRequest>): NodeRequest => ({
    node: "rpi_lab",
    from: at(0),
    to: at(3600),
    sound: "hls",
    archive: "s3://audio-orcasound-net",
    ...more,
  });
  const segment = (number: number) => `rpi_lab/hls/${EPOCH}/live${String(number).padStart(3, "0")}.ts`;

  /** A folder of 100 segments, of which live040 is not there; before it, and after it, the node's other starts. */
  async function node() {
    const server = await startS3Server(BUCKETS);
    const numbers = Array.from({ length: 100 }, (_, number) => number);
    put(server, "audio-orcasound-net", ...numbers.filter((number) => number !== 40).map(segment));
    put(server, "audio-orcasound-net", "rpi_lab/latest.txt", `rpi_lab/hls/${EPOCH - 3600}/live000.ts`);
    put(server, "audio-orcasound-net", `rpi_lab/hls/${EPOCH + 7200}/live000.ts`, "rpi_lab2/hls/1601165820/live000.ts");
    const lines = numbers.map((number) => `#EXTINF:10.005333,\nlive${String(number).padStart(3, "0")}.ts`);
    const text = ["#EXTM3U", "#EXT-X-TARGETDURATION:11", "#EXT-X-MEDIA-SEQUENCE:0", ...lines].join("\n");
    server.objects.set(`audio-orcasound-net/rpi_lab/hls/${EPOCH}/live.m3u8`, new TextEncoder().encode(text));
    return server;
  }

  test("each run of segments is a recording that begins as live sound does", async () => {
    const server = await node();
    const found = await findInNode(request({}), clientOf(server), {});
    expect(found.recordings.map(({ name, elsewhere }) => [name, elsewhere?.parts.length])).toEqual([
      [`rpi_lab/hls/${EPOCH}/live000-live039.ts`, 40],
      [`rpi_lab/hls/${EPOCH}/live041-live099.ts`, 59],
    ]);
    const [first, second] = found.recordings.map(({ elsewhere }) => elsewhere?.start);
    expect(first).toMatchObject({ utc: at(0), source: "folder's epoch and EXTINF", uncertainty: 2 });
    expect(second?.utc).toBeCloseTo(at(41 * 10.005333), 3);
    expect(second?.uncertainty).toBeCloseTo(2 + 50e-6 * 41 * 10.005333, 3);
    expect(found.notes).toEqual([`s3://audio-orcasound-net/rpi_lab/hls/${EPOCH}/ misses 1 segment of that time.`]);
  });

  test("of a part of a folder the segments that overlap it are read", async () => {
    const server = await node();
    const found = await findInNode(request({ from: at(25), to: at(41) }), clientOf(server), {});
    expect(found.recordings.map(({ name }) => name)).toEqual([`rpi_lab/hls/${EPOCH}/live002-live004.ts`]);
    expect(found.recordings[0]?.elsewhere?.start?.utc).toBeCloseTo(at(2 * 10.005333), 3);
  });

  test("without a playlist lengths are guessed, and the uncertainty says so", async () => {
    const server = await node();
    server.objects.delete(`audio-orcasound-net/rpi_lab/hls/${EPOCH}/live.m3u8`);
    const found = await findInNode(request({ from: at(100), to: at(105) }), clientOf(server), {});
    expect(found.recordings[0]).toMatchObject({
      name: `rpi_lab/hls/${EPOCH}/live010-live010.ts`,
      elsewhere: { start: { utc: at(100), uncertainty: 102.005 } },
    });
  });

  test("FLAC: the files that overlap the time, and nothing is said of a time without any", async () => {
    const server = await startS3Server(BUCKETS);
    const name = (clock: string) => `rpi_lab/2020-09-27_${clock}_rpi_lab-48000-2.flac`;
    put(server, "archive-orcasound-net", name("00-10-00"), name("00-15-00"), name("00-20-00"), name("00-25-00"));
    const asked = request({
      sound: "flac",
      archive: "s3://archive-orcasound-net",
      from: Date.parse("2020-09-27T00:16:00Z"),
      to: Date.parse("2020-09-27T00:20:00Z"),
    });
    const found = await findInNode(asked, clientOf(server), {});
    expect(found.recordings.map(({ name }) => name)).toEqual([name("00-15-00")]);
    await expect(findInNode({ ...asked, node: "rpi_bay" }, clientOf(server), {})).rejects.toThrow(
      "s3://archive-orcasound-net/rpi_bay/ has no flac from 2020-09-27T00:16:00.000Z to 2020-09-27T00:20:00.000Z.",
    );
  });
});
