import { deflateSync, gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { DetectingDecoder } from "../../src/audio/index.ts";
import { joinBytes } from "../../src/join.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { newKernels } from "../support/runtime.ts";
import { chunk, formatChunk, int16, latin, riff } from "../support/wav.ts";
import { randomStream } from "./aac/support/random-stream.ts";
import { smallFlac } from "./flac/support/signal.ts";

const adts = randomStream({ seed: 3, rateIndex: 3, channels: 1, frames: 8 });

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
    ["an HLS playlist", latin(`#EXTM3U\n#EXT-X-VERSION:3\n${LONG}`), "an HLS playlist"],
    ["a Git LFS pointer", latin(`version https://git-lfs.github.com/spec/v1\noid${LONG}`), "a Git LFS pointer"],
    ["text in another alphabet", joinBytes([latin("\xef\xbb\xbf"), new TextEncoder().encode(`кит ${LONG}`)]), "text"],
  ];
  test.each(strangers)("%s is not audio", (_, bytes, says) => {
    for (const pieces of [[bytes], cut(bytes, [1]), cut(bytes, [11, 1])]) {
      const failure = failureOf(pieces);
      expect(failure).toMatchObject({ code: "not_audio", byteOffset: 0 });
      expect(failure.message).toContain(`The input is ${says}`);
      expect(failure.hint).toContain("WAV");
    }
  });

  test.each(["<p>", "{", "PK", "U".repeat(12), " ".repeat(40), "Lavf61.1.100"])(
    "%j before frames is the end of one: sound that is joined on its way",
    (end) => {
      const file = joinBytes([latin(end), adts]);
      expect(decode([file]).info).toMatchObject({ container: "adts" });
      expect(decode(cut(file, [11, 900])).samples.length).toBe(8 * 1024);
    },
  );

  const short: readonly (readonly [what: string, bytes: Uint8Array])[] = [
    ["one byte", Uint8Array.of(7)],
    ["one byte of a FLAC", latin("f")],
    ["half a magic", latin("RIF")],
  ];
  test.each(short)("%s: too few to be anything", (_, bytes) => {
    const failure = failureOf([bytes]);
    expect(failure).toMatchObject({ code: "not_audio", byteOffset: bytes.length });
    expect(failure.message).toContain(`${bytes.length} byte(s): too few`);
    expect(failure.hint).toContain("cut off");
  });

  test("eleven bytes of text are counted", () => {
    expect(failureOf([latin("hello there")]).message).toContain("The 11 byte(s) are text");
  });

  /** Recordings and films of kinds that are not read: each is named, and the hint says what is. */
  const unread: readonly (readonly [name: string, start: string])[] = [
    ["WebM", "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"],
    [
      "Matroska",
      "\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x88matroska",
    ],
    ["WMA", "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c"],
    ["AVI", "RIFF\x10\0\0\0AVI LIST"],
    ["Wave64", "riff.\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0"],
    ["AU", ".snd\0\0\0\x18\xff\xff\xff\xff"],
    ["miniSEED", "000001D HYS1B    HDHOO"],
    ["MPEG programme stream", "\0\0\x01\xba\x44\0\x04\0\x04\x01"],
  ];
  test.each(unread)("%s is named, with what is read", (name, start) => {
    const bytes = joinBytes([latin(start), latin(LONG), new Uint8Array(2000)]);
    for (const pieces of [[bytes], cut(bytes, [1])]) {
      const failure = failureOf(pieces);
      expect(failure).toMatchObject({ code: "unsupported_encoding", byteOffset: 0 });
      expect(failure.message).toContain(name);
      expect(failure.hint).toMatch(/FLAC.*MP3.*ffmpeg/);
    }
  });

  test("a codec whose module was not given is named, with what to pass", () => {
    const file = smallFlac().file;
    const decoder = new DetectingDecoder(newKernels(), {}, { channel: "mean" });
    expect(() => [...decoder.push(file)]).toThrow(
      expect.objectContaining({ code: "unsupported_encoding", hint: expect.stringContaining("codecs.flac") }),
    );
  });

  test("one byte of FLAC, and FLAC without a frame", () => {
    expect(failureOf([latin("f")])).toMatchObject({ code: "not_audio" });
    expect(failureOf([latin("fLaC")])).toMatchObject({ code: "audio_malformed", byteOffset: 4 });
    expect(failureOf([smallFlac().file.subarray(0, 50)])).toMatchObject({ code: "no_samples", byteOffset: 50 });
    const wrong = smallFlac().file.map((byte, at) => (at === 4 ? 0x84 : byte));
    expect(failureOf([wrong])).toMatchObject({ code: "audio_malformed", byteOffset: 4 });
  });

  test("a WAV file after its first bytes came one by one", () => {
    const file = riff([formatChunk(), chunk("data", int16([8192, -8192]))]);
    expect(decode(cut(file, [1])).samples).toEqual(Float32Array.of(0.25, -0.25));
  });
});
