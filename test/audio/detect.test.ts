import { deflateSync, gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { joinBytes } from "../../src/join.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { chunk, formatChunk, int16, latin, riff } from "../support/wav.ts";

const LONG = " and then many more bytes of whatever it is";

describe("what the bytes are", () => {
  test.each([[[]], [[new Uint8Array(0)]], [[new Uint8Array(0), new Uint8Array(0)]]])("an empty body", (pieces) => {
    const failure = failureOf(pieces);
    expect(failure).toMatchObject({ code: "empty_body", byteOffset: 0 });
    expect(failure.hint).toContain("--data-binary");
  });

  const strangers: readonly (readonly [what: string, bytes: Uint8Array, says: string])[] = [
    ["text", latin(`Dear hydrophone,\n${LONG}`), "text"],
    ["a PNG picture", latin(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR${LONG}`), "a PNG picture"],
    ["a JPEG picture", latin(`\xff\xd8\xff\xe0\0\x10JFIF${LONG}`), "a JPEG picture"],
    ["HTML", latin(`<!doctype html><html>${LONG}`), "HTML"],
    ["JSON", latin(`{"error": "not found"}${LONG}`), "JSON"],
    ["a PDF document", latin(`%PDF-1.7${LONG}`), "a PDF document"],
    ["gzip", gzipSync(latin(LONG)), "gzip"],
    ["a zip archive", latin(`PK\x03\x04\x14\0\0\0${LONG}`), "a zip archive"],
    ["nothing known", joinBytes([Uint8Array.of(0), deflateSync(latin(LONG))]), "of no kind that is known here"],
    ["zeros", new Uint8Array(100), "of no kind that is known here"],
    ["RIFF without its second half", latin("RIF and so on, not RIFF"), "text"],
  ];
  test.each(strangers)("%s is not audio", (_, bytes, says) => {
    for (const pieces of [[bytes], cut(bytes, [1]), cut(bytes, [11, 1])]) {
      const failure = failureOf(pieces);
      expect(failure).toMatchObject({ code: "not_audio", byteOffset: 0 });
      expect(failure.message).toContain(`The body is ${says}`);
      expect(failure.hint).toContain("WAV");
    }
  });

  const short: readonly (readonly [what: string, bytes: Uint8Array])[] = [
    ["one byte", Uint8Array.of(7)],
    ["eleven bytes", latin("hello there")],
    ["half a magic", latin("RIF")],
  ];
  test.each(short)("%s: too few to be anything", (_, bytes) => {
    const failure = failureOf([bytes]);
    expect(failure).toMatchObject({ code: "not_audio", byteOffset: 0 });
    expect(failure.message).toContain(`${bytes.length} byte(s)`);
  });

  test("a WAV file after its first bytes came one by one", () => {
    const file = riff([formatChunk(), chunk("data", int16([8192, -8192]))]);
    expect(decode(cut(file, [1])).samples).toEqual(Float32Array.of(0.25, -0.25));
  });
});
