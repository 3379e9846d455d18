import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_SOUND } from "../../src/audio/filling.ts";
import { DetectingDecoder } from "../../src/audio/index.ts";
import { checksum } from "../../src/audio/ogg/pages.ts";
import { OrcaError } from "../../src/errors.ts";
import { joinBytes } from "../../src/join.ts";
import { Kernels } from "../../src/kernels/index.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { FEW_FUZZ_RUNS, FUZZ_RUNS, mutate, mutation } from "../support/mutations.ts";
import { codecModules, kernelModule } from "../support/runtime.ts";
import { chunk, formatChunk, int16, latin, riff } from "../support/wav.ts";
import { bext, harp } from "../times/support/metadata-writer.ts";
import { smallFlac } from "./flac/support/signal.ts";
import { aiffFile } from "./support/aiff-writer.ts";
import { alacConfig, alacFrame } from "./support/alac-writer.ts";
import { cafChunk, cafData, cafDescription, cafFile, cafTable } from "./support/caf-writer.ts";
import { encodeFile } from "./support/encodings.ts";

/** The codes that a file of any bytes may fail with. */
const CODES = ["empty_body", "not_audio", "wav_malformed", "audio_malformed", "unsupported_encoding", "no_samples"];

/** Bytes that one decoder may hold in ArrayBuffers: a C decoder's memory of 17 MB, the kernels' and a FLAC frame's. */
const MEMORY = 48 << 20;

/** Samples of a damaged file: silence may stand for what its counters say is missing, for an hour at most at a time. */
const MOST_SAMPLES = 3600 * 192_000;

const values = Array.from({ length: 300 }, (_, i) => Math.round(8000 * Math.sin(i * i * 0.001)));

const encoded = (rate: number, channels: number, seconds: number, ...options: string[]): Uint8Array => {
  const voices = Array.from({ length: channels }, (_, i) => `0.4*sin(${900 + i}*t*t)`).join("|");
  return ffmpeg(["-f", "lavfi", "-i", `aevalsrc='${voices}':s=${rate}:d=${seconds}`, ...options]);
};

const formats: readonly (readonly [name: string, files: () => readonly Uint8Array[]])[] = [
  [
    "WAV",
    () => [
      riff([chunk("LIST", latin("INFOISFT\x04\0\0\0test")), formatChunk(), chunk("data", int16(values))]),
      riff([formatChunk({ channels: 3, bits: 24, subformat: 1 }), chunk("data", new Uint8Array(900))], {
        magic: "RF64",
      }),
      riff([
        formatChunk(),
        chunk("guan", latin("GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00Z")),
        chunk("harp", harp([{ at: [2018, 3, 15, 4, 0, 0, 0], bytes: 600, rate: 16000 }])),
        chunk("data", int16(values)),
        chunk("bext", bext("2024-05-01", "12:00:00")),
      ]),
    ],
  ],
  ["AIFF", () => [aiffFile({ values }), aiffFile({ values, kind: "sowt" })]],
  [
    "CAF with PCM and ALAC",
    () => {
      const quiet = Array.from({ length: 64 }, (_, i) => i % 7);
      const frame = alacFrame([quiet, quiet], { bits: 16 });
      const plain = alacFrame([values.slice(0, 40), values.slice(40, 80)], { bits: 16, plain: true, partial: true });
      const alac = { kind: "alac", rate: 16000, channels: 2, packetFrames: 64 };
      return [
        cafFile([
          cafDescription({ kind: "lpcm", rate: 16000, channels: 1, bits: 16, packetBytes: 2, flags: 2 }),
          cafData(int16(values), -1),
        ]),
        cafFile([
          cafDescription(alac),
          cafChunk("kuki", alacConfig({ frame: 64, bits: 16, channels: 2, rate: 16000 })),
          cafTable([frame.length, plain.length, frame.length], 168, 10),
          cafData(joinBytes([frame, plain, frame])),
        ]),
      ];
    },
  ],
  ["FLAC", () => [smallFlac({ frames: 4 }).file, smallFlac({ frames: 3, channels: 1, bits: 32, total: false }).file]],
];

/** In fragments to a pipe, or with its index in front, for which ffmpeg goes back. */
function movie(codec: string, whole: boolean): Uint8Array {
  const options = ["-ac", "2", "-c:a", codec, "-f", "mp4"];
  if (!whole) return encoded(16000, 2, 0.3, ...options, "-movflags", "frag_keyframe+empty_moov");
  const folder = mkdtempSync(join(tmpdir(), "orca-fuzz-"));
  const path = join(folder, "a.m4a");
  encodeFile(path, {
    name: "",
    rate: 16000,
    channels: 2,
    seconds: 0.3,
    options: [...options, "-movflags", "faststart"],
  });
  const bytes = new Uint8Array(readFileSync(path));
  rmSync(folder, { recursive: true });
  return bytes;
}

const coded: typeof formats = [
  ["MP4 with AAC", () => [movie("aac", true), movie("aac", false)]],
  ["MP4 with ALAC", () => [movie("alac", true), movie("alac", false)]],
  ["MP3", () => [encoded(16000, 1, 0.4, "-f", "mp3"), encoded(44100, 2, 0.1, "-f", "mp2")]],
  ["Ogg Vorbis", () => [encoded(16000, 2, 0.2, "-c:a", "libvorbis", "-f", "ogg")]],
  [
    "Ogg Opus and FLAC",
    () => [encoded(48000, 2, 0.2, "-c:a", "libopus", "-f", "ogg"), encoded(16000, 1, 0.2, "-c:a", "flac", "-f", "ogg")],
  ],
];

/** A step without sound gives the one empty view that says so; a view of samples is never empty by mistake. */
function checkEmpty(part: Float32Array): void {
  if (part.length === 0) expect(part).toBe(NO_SOUND);
}

interface Outcome {
  readonly samples: number;
  readonly code: string | undefined;
}

/** Ogg pages with their checksums made right again, so that what is wrong reaches the decoders. */
function resealed(file: Uint8Array): Uint8Array {
  const out = file.slice();
  for (let at = 0; at + 27 <= out.length; at++) {
    if (String.fromCharCode(...out.subarray(at, at + 4)) !== "OggS") continue;
    const segments = out[at + 26] as number;
    const body = out.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, 0);
    const page = out.subarray(at, at + 27 + segments + body);
    if (page.length >= 27) new DataView(out.buffer).setUint32(at + 22, checksum(page), true);
  }
  return out;
}

function run(file: Uint8Array): Outcome {
  const decoder = new DetectingDecoder(new Kernels(kernelModule), codecModules, { channel: "mean" });
  let samples = 0;
  const take = (runs: Iterable<Float32Array>) => {
    for (const part of runs) {
      checkEmpty(part);
      samples += part.length;
      expect(part.every(Number.isFinite)).toBe(true);
    }
  };
  try {
    take(decoder.push(file.subarray(0, file.length / 3)));
    take(decoder.push(file.subarray(file.length / 3)));
    take(decoder.flush());
    expect(decoder.info).toBeDefined();
    expect(decoder.findings().length).toBeLessThan(110);
    expect(decoder.metadata().length).toBeLessThan(13);
    return { samples, code: undefined };
  } catch (error) {
    if (error instanceof OrcaError) return { samples, code: error.code };
    throw error;
  }
}

function fuzz(
  name: string,
  files: readonly Uint8Array[],
  runs = FUZZ_RUNS,
  repair: (file: Uint8Array) => Uint8Array = (file) => file,
): void {
  const outcomes = new Map<string, number>();
  let [slowest, largest] = [0, 0];
  const from = performance.now();
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.array(mutation, { minLength: 1, maxLength: 12 }), (file, mutations) => {
      const mutated = repair(mutate(file, mutations));
      const before = performance.now();
      const { samples, code } = run(mutated);
      const took = performance.now() - before;
      slowest = Math.max(slowest, took);
      // A few ms each; two shared cores may halt for a while, and an hour of silence takes its time.
      expect(took).toBeLessThan(10_000);
      expect(samples).toBeLessThan(MOST_SAMPLES);
      if (code !== undefined) expect(CODES).toContain(code);
      const outcome = code ?? "decoded";
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      largest = Math.max(largest, process.memoryUsage.rss());
    }),
    { numRuns: runs },
  );
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  console.log(
    `${name}: ${seconds} s, slowest ${slowest.toFixed(0)} ms, ${(largest / 2 ** 20).toFixed(0)} MB of process; ` +
      JSON.stringify(Object.fromEntries(outcomes)),
  );
}

describe(`${FUZZ_RUNS} mutated files of each kind, fewer of slow ones: samples or a typed error, soon`, () => {
  it.each(formats)("%s", (name, files) => fuzz(name, files()), 3_600_000);

  describe.skipIf(!ffmpegExists)("by ffmpeg's encoders", () => {
    it.each(coded)("%s", (name, files) => fuzz(name, files(), FEW_FUZZ_RUNS), 3_600_000);
    it.each(coded.filter(([name]) => name.startsWith("Ogg")))(
      "%s, checksums made right",
      (name, files) => fuzz(name, files(), FEW_FUZZ_RUNS, resealed),
      3_600_000,
    );
  });

  it("any bytes behind any magic", () => {
    const magics = [
      "RIFF",
      "FORM\0\0\0\0AIFF",
      "fLaC\0\0\0\x22",
      "OggS\0\x02",
      "\0\0\0\x08ftyp\0\0\0\x10moov",
      "caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20",
      "ID3\x04\0\0\0\0\0\x02",
      "\xff\xfb\x90\x64",
      "G",
      "",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 3000 }), (magic, bytes) => {
        const { code } = run(joinBytes([latin(magic), bytes]));
        if (code !== undefined) expect(CODES).toContain(code);
      }),
      { numRuns: FUZZ_RUNS },
    );
  }, 3_600_000);
});

describe("memory", () => {
  const kinds = () =>
    [...formats, ...(ffmpegExists ? coded : [])].flatMap(([name, files]) =>
      files().map((file) => [name, file] as const),
    );

  it("does not grow with the bytes that a damaged stream brings", () => {
    for (const [name, file] of kinds()) {
      const decoder = new DetectingDecoder(new Kernels(kernelModule), codecModules, { channel: "mean" });
      const damaged = mutate(file, [
        ["flip", 30000, 3],
        ["drop", 45000, 40],
      ]);
      const before = process.memoryUsage().arrayBuffers;
      try {
        for (let i = 0; i <= 100; i++) for (const part of decoder.push(i === 0 ? file : damaged)) checkEmpty(part);
      } catch (error) {
        // Headers in the middle may be of another kind than at the front.
        if (!(error instanceof OrcaError)) throw error;
      }
      expect({ name, within: process.memoryUsage().arrayBuffers - before < MEMORY }).toEqual({ name, within: true });
      expect(decoder.findings().length).toBeLessThan(110);
    }
  });
});
