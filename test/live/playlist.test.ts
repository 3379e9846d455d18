import { describe, expect, test } from "vitest";
import { type MediaPlaylist, readPlaylist } from "../../src/live/playlist.ts";
import { attributesOf, linesOf, numberOf } from "../../src/live/playlist-lines.ts";
import { SegmentStarts } from "../../src/live/segment-starts.ts";

const BASE = "https://ocean.example/hls/1700000000/live.m3u8";

function media(lines: readonly string[], url = BASE): MediaPlaylist {
  const read = readPlaylist(["#EXTM3U", ...lines].join("\n"), url);
  if (read.kind !== "media") throw new Error("no media playlist");
  return read;
}

describe("lines", () => {
  test("end in any way, may have blanks around them, and are left out where empty", () => {
    expect(linesOf("\uFEFF#EXTM3U\r\n a.ts \r\r\n\n\tb.ts")).toEqual(["#EXTM3U", "a.ts", "b.ts"]);
  });

  test("of attributes: commas and equals signs within quotes, blanks, missing values and quotes, names of any kind", () => {
    const read = (text: string) => Object.fromEntries(attributesOf(text));
    expect(read('TYPE=AUDIO,NAME="a, b = c",URI="x?y=z",DEFAULT=YES')).toEqual({
      TYPE: "AUDIO",
      NAME: "a, b = c",
      URI: "x?y=z",
      DEFAULT: "YES",
    });
    expect(read(' A = 1 , B="2" ,')).toEqual({ A: "1", B: "2" });
    expect(read("nothing,C=3")).toEqual({ C: "3" });
    expect(read('D="never closed,E=5')).toEqual({ D: '"never closed', E: "5" });
    expect(read("")).toEqual({});
    expect([...attributesOf("__proto__=a,constructor=b").keys()]).toEqual(["__proto__", "constructor"]);
  });

  test("numbers are decimal ones, and nothing that only begins like one", () => {
    expect(["10", "10.005", "-1", "+2", ".5", "6."].map(numberOf)).toEqual([10, 10.005, -1, 2, 0.5, 6]);
    for (const text of ["", "nan", "inf", "1e9", "0x10", "10s", "1,5", ".", "-", "--1"])
      expect({ text, number: numberOf(text) }).toEqual({ text, number: undefined });
  });
});

describe("a playlist", () => {
  test("as ffmpeg's segment muxer writes it", () => {
    const read = media([
      "#EXT-X-VERSION:3",
      "#EXT-X-MEDIA-SEQUENCE:7",
      "#EXT-X-ALLOW-CACHE:YES",
      "#EXT-X-TARGETDURATION:11",
      "#EXTINF:10.005333,",
      "live007.ts",
      "#EXTINF:9.984000,A title, with a comma",
      "live008.ts",
    ]);
    expect(read).toMatchObject({ target: 11, numbered: true, ended: false, oddities: [] });
    expect(read.segments.map(({ sequence, url, seconds, stated }) => [sequence, url, seconds, stated])).toEqual([
      [7, "https://ocean.example/hls/1700000000/live007.ts", 10.005333, true],
      [8, "https://ocean.example/hls/1700000000/live008.ts", 9.984, true],
    ]);
  });

  test("an entry that is cut off at its end is left out; without a number the first is 0, and addresses name them", () => {
    const read = media(["#EXTINF:10,", "a.ts", "#EXTINF:10,"]);
    expect(read.segments.map(({ sequence }) => sequence)).toEqual([0]);
    expect(read.numbered).toBe(false);
  });

  test.each(["-1", "1e19", "99999999999999999999", "x", ""])("a number %j cannot be counted by: it is said", (text) => {
    const read = media([`#EXT-X-MEDIA-SEQUENCE:${text}`, "#EXTINF:10,", "a.ts"]);
    expect(read.numbered).toBe(false);
    expect(read.oddities).toEqual([
      { code: "bad_playlist", kind: "numbers", message: expect.stringContaining(JSON.stringify(text.slice(0, 40))) },
    ]);
  });

  test("dates are reckoned over lengths that are known, both ways, and not over a break", () => {
    const utc = Date.parse("2024-05-01T12:00:00Z");
    const read = media([
      "#EXTINF:10,",
      "a.ts",
      "#EXT-X-PROGRAM-DATE-TIME:2024-05-01T12:00:00Z",
      "#EXTINF:5,",
      "b.ts",
      "#EXTINF:-1,",
      "c.ts",
      "#EXTINF:10,",
      "d.ts",
      "#EXT-X-PROGRAM-DATE-TIME:2024-05-01T13:00:00Z",
      "#EXTINF:10,",
      "e.ts",
      "#EXT-X-DISCONTINUITY",
      "#EXTINF:10,",
      "f.ts",
    ]);
    const from = read.segments.map(({ date }) => (date === undefined ? undefined : (date.utc - utc) / 1000));
    expect(from).toEqual([-10, 0, 5, undefined, 3600, undefined]);
  });

  test("variables are put in; comments, unknown tags and tags without a value change nothing", () => {
    const read = media([
      "# a comment",
      '#EXT-X-DEFINE:NAME="host",VALUE="cdn"',
      "#EXT-X-WHATEVER:1",
      "#EXT-X-KEY",
      "#EXT-X-KEY:METHOD=NONE",
      "#EXT-X-DATERANGE",
      "#EXTINF:10,",
      "{$host}/{$other}/a.ts",
    ]);
    expect(read.segments[0]?.url).toBe("https://ocean.example/hls/1700000000/cdn/%7B$other%7D/a.ts");
  });

  test("of a master playlist the audio, or the fewest bits without a picture", () => {
    const master = (...lines: string[]) => readPlaylist(["#EXTM3U", ...lines].join("\n"), BASE);
    const film = ['#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.42e00a,mp4a.40.2"', "film.m3u8"];
    const loud = ['#EXT-X-STREAM-INF:BANDWIDTH=990000,CODECS="mp4a.40.2"', "loud.m3u8"];
    const low = ['#EXT-X-STREAM-INF:BANDWIDTH=950000,CODECS="mp4a.40.2"', "low.m3u8"];
    expect(master(...film, ...loud, ...low)).toEqual({ kind: "master", url: new URL("low.m3u8", BASE).href });
    const audio = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="sea",URI="sea.m3u8"';
    expect(master(audio, ...film)).toEqual({ kind: "master", url: new URL("sea.m3u8", BASE).href });
  });

  test("writes into no object that is not its own", () => {
    readPlaylist(
      '#EXTM3U\n#EXT-X-MEDIA:TYPE=__proto__,GROUP-ID="spoilt",NAME="x",URI="y"\n#EXT-X-DEFINE:NAME="__proto__",VALUE="z"\n',
      BASE,
    );
    expect(({} as Record<string, unknown>).spoilt).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("of two megabytes is read soon, and times are reckoned in it", () => {
    const lines = Array.from({ length: 120_000 }, (_, at) => `#EXTINF:1,\n${at}.ts`);
    const before = performance.now();
    const read = media(lines);
    const start = new SegmentStarts(1_700_000_000).startOf(read.segments.at(-1) as never, read, 0, undefined);
    expect(start?.utc).toBeCloseTo(1000 * (1_700_000_002 + 119_999), 0);
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});
