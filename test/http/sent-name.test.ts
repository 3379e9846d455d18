import { describe, expect, test } from "vitest";
import { embeddingsRequest } from "../../src/http/options.ts";
import { withSentName } from "../../src/http/sent-name.ts";

const named = (disposition: string, query = {}) =>
  withSentName(query, new Headers({ "content-disposition": disposition })).file;

describe("the recording's name", () => {
  test.each([
    ['attachment; filename="20210101_120000.WAV"', "20210101_120000.WAV"],
    ["attachment; filename=5783.210101120000.wav", "5783.210101120000.wav"],
    ['form-data; name="file"; filename="a \\"b\\" c.wav"', 'a "b" c.wav'],
    ["attachment; filename=\"plain.wav\"; filename*=UTF-8''Sal%C3%ADsh%20sea.wav", "Salísh sea.wav"],
    ["attachment; filename*=utf-8''%E0%A4.wav; filename=b.wav", "b.wav"],
    ["attachment", undefined],
    ['attachment; filename=""', undefined],
    ['attachment; filename="never closed', undefined],
  ])("%s", (disposition, name) => expect(named(disposition)).toBe(name));

  test("the query's own goes before it", () => {
    expect(named("attachment; filename=b.wav", { file: "a.wav" })).toBe("a.wav");
    expect(withSentName({}, new Headers())).toEqual({});
  });

  test("a long header takes no time", () => {
    const before = performance.now();
    named(`attachment; filename="${"\\".repeat(60_000)}`);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe("options of time", () => {
  const options = (query: Record<string, string>) => embeddingsRequest({ model: "yamnet", ...query }, "").options;

  test("start, file and zone", () => {
    expect(options({ start: "2024-05-01T12:00:00Z", file: "a.wav", zone: "-07:00" })).toMatchObject({
      start: { utc: Date.UTC(2024, 4, 1, 12), source: "start=", uncertainty: 1 },
      file: "a.wav",
      zone: -420,
    });
    // A query's + is a blank.
    expect(options({ zone: " 05:30" }).zone).toBe(330);
    expect(options({ zone: "Z" }).zone).toBe(0);
    expect(options({})).not.toHaveProperty("zone");
  });

  test.each(["PDT", "America/Vankouver", "+15:00", "", "7"])("zone=%s is refused", (zone) => {
    expect(() => options({ zone })).toThrow(expect.objectContaining({ code: "bad_option", field: "zone" }));
  });
});
