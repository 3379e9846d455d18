import { describe, expect, it } from "vitest";
import { AdtsDecoder } from "../../../src/audio/aac/index.ts";
import { MpegTsDecoder } from "../../../src/audio/mpeg-ts/index.ts";
import { OrcaError } from "../../../src/errors.ts";
import { joinBytes } from "../../../src/join.ts";
import { adtsFrame, BitWriter } from "./support/bit-writer.ts";
import { aacModule, decodeAll } from "./support/module.ts";
import { randomStream } from "./support/random-stream.ts";
import { transportStream } from "./support/ts-writer.ts";

const mono = randomStream({ seed: 1, rateIndex: 3, channels: 1, frames: 10 });

function errorOf(stream: Uint8Array, Decoder: typeof AdtsDecoder | typeof MpegTsDecoder = AdtsDecoder): OrcaError {
  try {
    decodeAll(new Decoder(aacModule, "mean"), [stream]);
  } catch (error) {
    if (error instanceof OrcaError) return error;
    throw error;
  }
  throw new Error("no error");
}

/** The same frame five times, its block made of `fields` (value, bits). */
function frames(fields: readonly (readonly [number, number])[], header: { profile?: number; channels?: number } = {}) {
  const writer = new BitWriter();
  for (const [value, bits] of fields) writer.put(value, bits);
  const frame = adtsFrame(joinBytes([writer.bytes(), new Uint8Array(20)]), { rateIndex: 3, channels: 1, ...header });
  return joinBytes([frame, frame, frame, frame, frame]);
}

const SILENT = [
  [0, 7],
  [100, 8],
] as const;

describe("AAC that is not LC, mono or stereo, is refused by its name", () => {
  it.each([
    ["Main", frames([], { profile: 0 }), "AAC Main"],
    ["SSR", frames([], { profile: 2 }), "AAC SSR"],
    ["LTP", frames([], { profile: 3 }), "AAC LTP"],
    ["5.1", frames([], { channels: 6 }), "channel configuration 6"],
    ["prediction in an LC frame", frames([...SILENT, [0, 4], [10, 6], [1, 1]]), "prediction"],
    ["gain control", frames([...SILENT, [0, 4], [0, 6], [0, 1], [0, 2], [1, 1]]), "gain control"],
    ["coupling", frames([[2, 3]]), "coupling"],
    // program_config_element: tag, profile, rate, 2 front, 1 side, 0 back elements, …
    [
      "a programme of more channels",
      frames([
        [5, 3],
        [0, 4],
        [1, 2],
        [3, 4],
        [2, 4],
        [1, 4],
        [0, 4],
        [0, 12],
        [1, 1],
        [0, 4],
        [1, 1],
        [0, 4],
        [0, 5],
      ]),
      "more than two channels",
    ],
    [
      "a programme of another profile",
      frames([
        [5, 3],
        [0, 4],
        [0, 2],
        [3, 4],
        [1, 4],
      ]),
      "not of the LC profile",
    ],
  ])("%s", (_, stream, words) => {
    const error = errorOf(stream);
    expect(error.code).toBe("unsupported_encoding");
    expect(error.message).toContain(words);
    expect(error.byteOffset).toBe(0);
    expect(error.hint).toContain("AAC-LC");
  });

  it("another rate in mid-stream", () => {
    const other = randomStream({ seed: 1, rateIndex: 4, channels: 1, frames: 10 });
    const error = errorOf(joinBytes([mono, other]));
    expect(error).toMatchObject({ code: "unsupported_encoding", byteOffset: mono.length });
    expect(error.message).toContain("from 48000 to 44100 Hz");
  });

  it.each([
    ["LATM", [0x11], "AAC (LATM)"],
    ["MP3", [0x03], "MPEG-1 audio"],
    ["a film without AAC", [0x1b, 0x81], "H.264 video, AC-3 audio"],
    ["nothing", [], "no streams"],
  ])("a transport stream of %s", (_, types, words) => {
    const error = errorOf(transportStream(mono, { types }), MpegTsDecoder);
    expect(error).toMatchObject({ code: "unsupported_encoding", byteOffset: 188 });
    expect(error.message).toContain(words);
  });

  it("a scrambled one", () => {
    const stream = transportStream(randomStream({ seed: 1, rateIndex: 3, channels: 2, frames: 60 }));
    for (let at = 2 * 188; at < stream.length; at += 188) stream[at + 3] = (stream[at + 3] as number) | 0x80;
    expect(errorOf(stream, MpegTsDecoder)).toMatchObject({ code: "unsupported_encoding" });
  });
});

describe("what holds no AAC", () => {
  const text = new TextEncoder().encode("This is no sound. ".repeat(100));

  it("text, nothing, one byte, half a frame", () => {
    for (const bytes of [text, text.subarray(0, 0), text.subarray(0, 1), mono.subarray(0, 12)]) {
      expect(errorOf(bytes)).toMatchObject({ code: "no_samples", byteOffset: 0 });
      expect(errorOf(bytes, MpegTsDecoder)).toMatchObject({ code: "not_audio", byteOffset: 0 });
    }
  });

  it("a channel that is not there", () => {
    expect(() => decodeAll(new AdtsDecoder(aacModule, 1), [mono])).toThrowError(
      expect.objectContaining({ code: "bad_option" }),
    );
  });
});
