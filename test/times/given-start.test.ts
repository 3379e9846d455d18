import { describe, expect, test } from "vitest";
import { givenStart, utcText } from "../../src/times/index.ts";

const read = (text: string) => {
  const { utc, uncertainty, source } = givenStart(text);
  expect(source).toBe("start=");
  return [utcText(utc), uncertainty];
};

describe("start= as a caller writes it", () => {
  test.each([
    ["2024-05-01T12:00:00Z", "2024-05-01T12:00:00.000Z", 1],
    ["2024-05-01T12:00:00.25+02:00", "2024-05-01T10:00:00.250Z", 0.01],
    ["20240501T120000-0730", "2024-05-01T19:30:00.000Z", 1],
    ["2024-05-01 12:00 UTC", "2024-05-01T12:00:00.000Z", 60],
    // What a query makes of a plus.
    ["2024-05-01T12:00:00 05:45", "2024-05-01T06:15:00.000Z", 1],
    ["2024-05-01T12:00:00,123456z", "2024-05-01T12:00:00.123Z", 1e-6],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z", 1],
    ["1601165815", "2020-09-27T00:16:55.000Z", 1],
    ["1601165815.5", "2020-09-27T00:16:55.500Z", 0.1],
    ["0", "1970-01-01T00:00:00.000Z", 1],
  ])("%s", (text, utc, uncertainty) => {
    expect(read(text)).toEqual([utc, expect.closeTo(uncertainty, 12)]);
  });

  test.each([
    ["2024-05-01T12:00:00", "does not say its zone"],
    ["2024-13-01T12:00:00Z", "is no date and time"],
    ["2024-02-30T12:00:00Z", "is no date and time"],
    ["2023-02-29T12:00:00Z", "is no date and time"],
    ["2024-05-01T24:00:01Z", "is no date and time"],
    ["2024-05-01T12:00:00+15:00", "is no date and time"],
    ["0024-05-01T12:00:00Z", "is no date and time"],
    ["yesterday", "is no date and time"],
    ["", "is no date and time"],
    ["-1", "is no date and time"],
    ["1601165815000", "is too large for seconds since 1970"],
  ])("%j is refused: it %s", (text, what) => {
    expect(() => givenStart(text)).toThrow(
      expect.objectContaining({ code: "bad_option", field: "start", message: expect.stringContaining(what) }),
    );
  });
});
