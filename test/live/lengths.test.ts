import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/audio/index.ts";
import { fakeNode } from "./support/fake-node.ts";
import { following, take } from "./support/follow.ts";
import { tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
const SECONDS = (47 * 1024) / 48_000;
const SEGMENTS = tsSegments(3);

/** What comes of three segments of a second whose playlist is changed so; its target duration is 4 s. */
async function follow(change: (text: string) => string) {
  const node = await fakeNode(EPOCH);
  node.add(...SEGMENTS);
  node.end();
  const { url } = node;
  node.put("/rpi_test/hls/odd.m3u8", "");
  const text = change(node.playlist().replace(/TARGETDURATION:\d+/, "TARGETDURATION:4"));
  node.put(node.pathOf("live.m3u8"), text);
  const findings: Finding[] = [];
  const lines = await take(following({ url: `${url}/hls/${EPOCH}/live.m3u8`, kind: "url" }).events, 20, findings);
  return { lines, findings };
}

const WHOLE = [`start ${EPOCH + 2}.000`, "segment", "segment", "segment", "end"];
const ended = { code: "ended", lost: false, message: expect.stringMatching(/^hls\/.*live\.m3u8 has ended/) };

describe("what EXTINF says and cannot mean", () => {
  test.each(["-1", "nan", "0", "", "inf", "1e9", "99999999", "ten"])(
    "%j: no segment is short by it, and it is said once",
    async (text) => {
      const { lines, findings } = await follow((list) => list.replaceAll(/EXTINF:[\d.]+/g, `EXTINF:${text}`));
      expect(lines).toEqual(WHOLE);
      expect(findings).toEqual([
        {
          code: "bad_playlist",
          lost: false,
          message: `hls/${EPOCH}/live000.ts has EXTINF ${JSON.stringify(text)}; its own audio tells its length.`,
        },
        ended,
      ]);
    },
  );

  test("segments without EXTINF are read, and it is said", async () => {
    const { lines, findings } = await follow((list) => list.replaceAll(/#EXTINF.*\n/g, ""));
    expect(lines).toEqual(WHOLE);
    expect(findings.map(({ message }) => message)).toEqual([
      `hls/${EPOCH}/live000.ts stands there without EXTINF; its own audio tells its length.`,
      ended.message,
    ]);
  });

  test("one among others: the length that it has is what passes", async () => {
    const { lines, findings } = await follow((list) => list.replace(/EXTINF:[\d.]+(,\nlive001)/, "EXTINF:-1$1"));
    expect(lines).toEqual(WHOLE);
    expect(findings.map(({ code }) => code)).toEqual(["bad_playlist", "ended"]);
  });

  test("whether it holds less than was said is judged where something was said", async () => {
    const { lines } = await follow((list) => list.replaceAll(/EXTINF:[\d.]+/g, "EXTINF:1.5"));
    expect(lines[2]).toBe(`gap short ${(1.5 - SECONDS).toFixed(3)}`);
  });
});

test("a playlist that has ended is said to have; one that has ended and lists nothing is an error", async () => {
  const { lines, findings } = await follow((list) => list);
  expect(lines).toEqual(WHOLE);
  expect(findings).toEqual([ended]);
  await expect(follow((list) => list.replaceAll(/#EXTINF.*\n.*\n/g, ""))).rejects.toMatchObject({
    code: "live_failed",
    message: expect.stringMatching(/has ended \(EXT-X-ENDLIST\), and lists nothing/),
  });
});
