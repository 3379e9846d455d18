import { describe, expect, it } from "vitest";
import { joinBytes } from "../../src/join.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { latin } from "../support/wav.ts";
import { oggPage, oggPages } from "./support/ogg-pages.ts";

const encoded = (codec: string, rate: number, ...options: string[]) =>
  ffmpeg([
    ...["-f", "lavfi", "-i", `aevalsrc='0.4*sin(900*t*t)+0.05*(random(0)-0.5)':s=${rate}:d=4`],
    ...["-c:a", codec, "-page_duration", "200000", ...options, "-f", "ogg"],
  ]);

const cases = ["libvorbis", "libopus", "flac"].map((codec) => [codec] as const);

describe.skipIf(!ffmpegExists)("Ogg", () => {
  describe.each(cases)("%s", (codec) => {
    const file = encoded(codec, 48000);
    const pages = oggPages(file);
    const whole = decode([file]);
    /** Pages with headers: as many for each codec as make no difference here. */
    const audio = pages.length - 6;

    it.each([
      ["missing", (list: Uint8Array[]) => list.splice(audio, 2)],
      [
        "damaged",
        (list: Uint8Array[]) =>
          list.splice(
            audio,
            1,
            (list[audio] as Uint8Array).map((b, i) => (i === 60 ? b ^ 1 : b)),
          ),
      ],
      ["noise", (list: Uint8Array[]) => list.splice(audio, 1, new Uint8Array(5000).fill(0x4f))],
    ])("pages %s in the middle: as many samples, and what follows is where it was", (_, harm) => {
      const list = [...pages];
      harm(list);
      const { samples, findings } = decode([joinBytes(list)]);
      expect(samples.length).toBe(whole.samples.length);
      expect(findings.some(({ code, lost }) => code === "damaged_frame" && lost)).toBe(true);
      // Before the loss nothing changed; well behind it the codec has found itself again.
      expectSameBits(samples.subarray(0, 48000), whole.samples.subarray(0, 48000));
      const last = samples.length - 9600;
      const error = samples.subarray(last).map((value, i) => Math.abs(value - (whole.samples[last + i] as number)));
      expect(Math.max(...error)).toBeLessThan(codec === "libopus" ? 0.05 : 1e-6);
      const again = decode(cut(joinBytes(list), [1, 5000]));
      expectSameBits(again.samples, samples);
      expect(again.findings).toEqual(findings);
    });

    it("two files in a row are one recording", () => {
      const { samples, findings } = decode([joinBytes([file, file])]);
      expectSameBits(samples, Float32Array.from([...whole.samples, ...whole.samples]));
      expect(findings.filter(({ lost }) => lost)).toEqual([]);
    });

    it("half a file: what came, and a finding", () => {
      const { samples, findings } = decode([file.subarray(0, file.length / 2)]);
      expect(samples.length).toBeGreaterThan(whole.samples.length / 4);
      expectSameBits(samples, whole.samples.subarray(0, samples.length));
      expect(findings).toContainEqual(expect.objectContaining({ code: "truncated", lost: true }));
    });

    it("only its header, or none of it: an error that says so", () => {
      expect(failureOf([file.subarray(0, 40)]).code).toBe("audio_malformed");
      const failure = failureOf([joinBytes(pages.slice(3))]);
      expect(failure.code).toBe("audio_malformed");
      expect(failure.message).toContain("no stream begins");
    });

    it("another stream beside it is passed over and named", () => {
      const [first = new Uint8Array(0), ...rest] = pages;
      const video = oggPage(latin("\x80theora\x03\x02\x01"));
      const { samples, findings } = decode([joinBytes([video, first, ...rest])]);
      expectSameBits(samples, whole.samples);
      expect(findings).toMatchObject([
        { code: "skipped_stream", lost: false, message: expect.stringContaining("Theora") },
      ]);
    });
  });

  it("another rate behind the first is left aside, with a finding", () => {
    const first = encoded("libvorbis", 48000);
    const { samples, findings } = decode([joinBytes([first, encoded("libvorbis", 44100)])]);
    expectSameBits(samples, decode([first]).samples);
    expect(findings).toMatchObject([{ code: "stopped", lost: true, byteOffset: first.length }]);
  });
});

describe("Ogg that holds nothing to read", () => {
  it("names what it holds", () => {
    const speex = joinBytes([oggPage(latin("Speex   1.2")), oggPage(latin("comments"), { flags: 0, sequence: 1 })]);
    expect(failureOf([speex])).toMatchObject({
      code: "unsupported_encoding",
      message: expect.stringContaining("Speex"),
    });
    expect(failureOf([oggPage(latin("\x01vorbis"))])).toMatchObject({ code: "unsupported_encoding" });
  });
});
