import { describe, expect, test } from "vitest";
import { FrameLastWord, STOPPING, TextLastWord } from "../../../src/cli/serve/last-word.ts";
import { forwardedHeaders } from "../../../src/cli/serve/proxies.ts";

/** What comes out when `parts` go in and it is cut before part `cutAt`. */
async function through(
  word: TextLastWord | FrameLastWord,
  parts: readonly Uint8Array[],
  cutAt: number,
): Promise<Buffer> {
  const out: Buffer[] = [];
  word.on("data", (data: Buffer) => out.push(data));
  const closed = new Promise((resolve) => word.once("close", resolve));
  for (const [at, part] of parts.entries()) {
    if (at === cutAt) word.cut(STOPPING);
    if (!word.destroyed && !word.readableEnded) word.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  return Buffer.concat(out);
}

const each = (text: string) => Array.from(text, (letter) => Buffer.from(letter));

describe("the last word", () => {
  test("of NDJSON stands behind a whole line, wherever it is cut", async () => {
    const lines = '{"a":1}\n {"b":2}\n{"c":3}\n';
    for (let cutAt = 0; cutAt < lines.length; cutAt++) {
      const word = TextLastWord.of("application/x-ndjson") as TextLastWord;
      const got = (await through(word, each(lines), cutAt))
        .toString()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(got.at(-1)).toMatchObject({ type: "error", code: "stopping" });
      expect(got.slice(0, -1)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }].slice(0, got.length - 1));
    }
  });

  test("of server-sent events stands behind a whole event; another answer has none", async () => {
    const events = "event: a\ndata: 1\n\n:\n\nevent: b\ndata: 2\n\n";
    for (let cutAt = 0; cutAt < events.length; cutAt++) {
      const word = TextLastWord.of("text/event-stream") as TextLastWord;
      const got = (await through(word, each(events), cutAt)).toString();
      expect(got).toMatch(
        /^(event: a\ndata: 1\n\n)?(:\n\n)?(event: b\ndata: 2\n\n)?event: failure\ndata: \{.*"stopping".*\}\n\n$/,
      );
    }
    expect(TextLastWord.of("application/zip")).toBeUndefined();
  });

  test("of a WebSocket stands behind a whole frame, of every length", async () => {
    for (const length of [0, 5, 125, 126, 70_000]) {
      const head =
        length < 126
          ? [0x81, length]
          : length < 65_536
            ? [0x81, 126, length >> 8, length & 255]
            : [0x82, 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
      const frame = Buffer.concat([Buffer.from(head), Buffer.alloc(length, 0x81)]);
      for (const cut of [1, head.length, Math.floor(frame.length / 2)].filter((at) => at < frame.length)) {
        const got = await through(new FrameLastWord(), [frame.subarray(0, cut), frame.subarray(cut), frame], 1);
        expect(got.subarray(0, frame.length).equals(frame)).toBe(true);
        const rest = got.subarray(frame.length);
        expect(rest[0]).toBe(0x81);
        expect(rest.toString()).toContain('"code":"stopping"');
        expect(rest.subarray(-12, -8).equals(Buffer.from([0x88, 10, 0x03, 0xe9]))).toBe(true);
      }
    }
  });
});

describe("what a process is told of a client", () => {
  const headers = {
    host: "inside",
    "x-forwarded-for": "6.6.6.6, 192.0.2.7",
    "x-forwarded-proto": "https",
    "x-forwarded-prefix": "/orca",
  };

  test("a proxy of the operator's is believed, up to the address that it was called from", () => {
    expect(forwardedHeaders(headers, "127.0.0.1", ["loopback"])).toMatchObject({
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-proto": "https",
      "x-forwarded-prefix": "/orca",
      "x-forwarded-host": "inside",
    });
    expect(forwardedHeaders(headers, "::ffff:10.0.0.2", ["10.0.0.2", "192.0.2.7"])["x-forwarded-for"]).toBe("6.6.6.6");
  });

  test("anyone else is not", () => {
    const told = forwardedHeaders(headers, "198.51.100.1", ["loopback"]);
    expect(told).toMatchObject({ "x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "http" });
    expect(told).not.toHaveProperty("x-forwarded-prefix");
  });
});
