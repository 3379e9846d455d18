import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode } from "../support/decode.ts";
import { decodedByFfmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { some } from "../support/long.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { type Encoding, encodeFile } from "./support/encodings.ts";

/** How near to ffmpeg's samples: the same bits, or an error of so many dB relative to full scale, by its energy. */
type Nearness = "bits" | number;

const folder = ffmpegExists ? mkdtempSync(join(tmpdir(), "orca-formats-")) : "";
afterAll(() => {
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

/** Each channel of a file against ffmpeg's. @returns the error of the worst, dB relative to full scale */
function expectAsFfmpeg(
  path: string,
  near: Nearness,
  input: readonly string[] = [],
  order?: readonly number[],
): number {
  const file = new Uint8Array(readFileSync(path));
  const expected = decodedByFfmpeg(path, input);
  const { channels = 0 } = decode([file]).info ?? {};
  let worst = Number.NEGATIVE_INFINITY;
  for (let channel = 0; channel < channels; channel++) {
    const { samples } = decode([file], { channel });
    expect(samples.length).toBe(expected.length / channels);
    const place = order?.[channel] ?? channel;
    const wanted = samples.map((_, i) => expected[i * channels + place] as number);
    if (near === "bits") expectSameBits(samples, wanted);
    let error = 0;
    for (const [i, value] of samples.entries()) error += (value - (wanted[i] as number)) ** 2;
    worst = Math.max(worst, 10 * Math.log10(error / samples.length));
  }
  if (near !== "bits") expect(worst).toBeLessThan(near);
  return worst;
}

/** Bytes cut in other places give the same bits and the same findings. */
function expectSameHoweverCut(path: string): void {
  const file = new Uint8Array(readFileSync(path));
  const whole = decode([file]);
  for (const sizes of [[1, 2, 3, 1000], [4096], [65536, 1]]) {
    const pieces = decode(cut(file, sizes));
    expectSameBits(pieces.samples, whole.samples);
    expect(pieces.findings).toEqual(whole.findings);
    expect(pieces.info).toEqual(whole.info);
  }
}

const pcm = (name: string, codec: string, container: string, more: readonly string[] = []): [Encoding, Nearness] => [
  { name, rate: 44100, channels: 2, seconds: 0.5, options: ["-c:a", codec, ...more, "-f", container] },
  "bits",
];
/** Of its own Opus decoder ffmpeg says that it is not libopus; with libopus as its decoder it is. */
const LIBOPUS = ["-c:a", "libopus"];

/** Of six channels Opus and Vorbis have the middle one second; ffmpeg puts it third, and the low one fourth. */
const SIX_CHANNELS = [0, 2, 1, 4, 5, 3];

const encodings: readonly (readonly [
  encoding: Encoding,
  near: Nearness,
  input?: readonly string[],
  order?: readonly number[],
])[] = [
  pcm("wav-u8", "pcm_u8", "wav"),
  pcm("wav-s24", "pcm_s24le", "wav"),
  pcm("wav-s64", "pcm_s64le", "wav"),
  pcm("wav-f64", "pcm_f64le", "wav"),
  pcm("rf64", "pcm_s16le", "wav", ["-rf64", "always"]),
  pcm("wav-with-tags", "pcm_s16le", "wav", ["-write_bext", "1", "-metadata", "comment=a comment"]),
  pcm("aiff-s8", "pcm_s8", "aiff"),
  pcm("aiff-s16", "pcm_s16be", "aiff"),
  pcm("aiff-s24", "pcm_s24be", "aiff"),
  pcm("aiff-s32", "pcm_s32be", "aiff"),
  pcm("aiff-sowt", "pcm_s16le", "aiff"),
  pcm("aiff-fl32", "pcm_f32be", "aiff"),
  pcm("aiff-fl64", "pcm_f64be", "aiff"),
  pcm("flac-16", "flac", "flac", ["-sample_fmt", "s16"]),
  pcm("flac-24", "flac", "flac", ["-sample_fmt", "s32", "-compression_level", "12"]),
  [{ name: "flac-192k", rate: 192000, channels: 1, options: ["-sample_fmt", "s32", "-f", "flac"] }, "bits"],
  [{ name: "flac-6ch", rate: 16000, channels: 6, options: ["-f", "flac"] }, "bits"],
  [{ name: "ogg-flac", rate: 48000, channels: 2, options: ["-c:a", "flac", "-f", "ogg"] }, "bits"],
  [{ name: "mp3", rate: 44100, channels: 2, options: ["-f", "mp3"] }, -90],
  [{ name: "mp3-vbr", rate: 48000, channels: 2, options: ["-q:a", "2", "-id3v2_version", "4", "-f", "mp3"] }, -90],
  [{ name: "mp3-mono-16k", rate: 16000, channels: 1, options: ["-f", "mp3"] }, -90],
  [{ name: "mp3-8k", rate: 8000, channels: 1, options: ["-write_id3v1", "1", "-f", "mp3"] }, -90],
  [{ name: "mp3-plain", rate: 48000, channels: 2, options: ["-write_xing", "0", "-f", "mp3"] }, -90],
  [{ name: "mp2", rate: 48000, channels: 2, options: ["-f", "mp2"] }, -90],
  [{ name: "vorbis", rate: 44100, channels: 2, options: ["-c:a", "libvorbis", "-f", "ogg"] }, -90],
  [{ name: "vorbis-32k", rate: 32000, channels: 1, options: ["-c:a", "libvorbis", "-q:a", "0", "-f", "ogg"] }, -90],
  [{ name: "opus", rate: 48000, channels: 2, options: [...LIBOPUS, "-f", "ogg"] }, -90, LIBOPUS],
  [{ name: "opus-speech", rate: 16000, channels: 1, options: [...LIBOPUS, "-b:a", "12k", "-f", "ogg"] }, -90, LIBOPUS],
  [{ name: "opus-6ch", rate: 48000, channels: 6, options: [...LIBOPUS, "-f", "ogg"] }, -90, LIBOPUS, SIX_CHANNELS],
  [{ name: "adts", rate: 44100, channels: 2, options: ["-c:a", "aac", "-f", "adts"] }, -90],
  [{ name: "mpegts", rate: 48000, channels: 1, options: ["-c:a", "aac", "-f", "mpegts"] }, -90],
];

describe.skipIf(!ffmpegExists)("files that ffmpeg writes: its number of samples and its samples", () => {
  it.each(encodings.map((each) => [each[0].name, each] as const))("%s", (name, [encoding, near, input, order]) => {
    const path = encodeFile(join(folder, name), encoding);
    const error = expectAsFfmpeg(path, near, input, order);
    const { info, findings } = decode([new Uint8Array(readFileSync(path))]);
    expect(info).toMatchObject({ rate: name === "opus-speech" ? 48000 : encoding.rate, channels: encoding.channels });
    expect(findings.filter(({ lost }) => lost)).toEqual([]);
    if (near !== "bits")
      console.log(`${name}: ${error.toFixed(1)} dB re full scale; priming cut: ${info?.priming ?? 0}`);
    expectSameHoweverCut(path);
  });
});

describe.skipIf(!ffmpegExists || !sharedExists)("real recordings: ffmpeg's number of samples and its samples", () => {
  const recordings: readonly (readonly [string, Nearness])[] = [
    ["orca_calls_20k_s32.wav", "bits"],
    ["orca_jpod_stereo_44k1.wav", "bits"],
    ["ship_tanker_deepship_32k_f32.wav", "bits"],
    ["spermwhale_clicks_64k_24bit.wav", "bits"],
    ["orca_srkw_FO-S01_44k1.flac", "bits"],
    ["orca_srkw_FO-S01_44k1.mp3", -90],
    ["orca_srkw_FO-S01_44k1.ogg", -90],
    ["orcanode_live000_48k_stereo.ts", -90],
    ["humpback_cross_24k.wav", "bits"],
    ["humpback_google_sample_10k.wav", "bits"],
    ["humpback_grunt_double_44k1.wav", "bits"],
    ["humpback_watkins_16k.wav", "bits"],
    ["miaow_16k.wav", "bits"],
    ["orca_biggs_song_04_44k1.wav", "bits"],
    ["orca_call-examples_48k_stereo.mp3", -90],
    ["orca_gclan_naxys_44k0.wav", "bits"],
    ["orca_jpod_foraging_64k.wav", "bits"],
    ["orca_lpod_22k.wav", "bits"],
    ["orca_srkw_S01_44k1.wav", "bits"],
    ["orcanode_20181202_48k.mp3", -90],
    ["orcanode_live001_48k_stereo.ts", -90],
    ["orcanode_live002_48k_stereo.ts", -90],
    ["orcanode_sunsetbay_79s_48k_stereo.ts", -90],
    ["ship_passenger_deepship_32k_f32.wav", "bits"],
    ["speech_whistling2.wav", "bits"],
  ];
  // The first stand for all that these decoders read.
  it.each(some(recordings, 8))("%s", (name, near) => {
    const path = sharedPath(`audio/${name}`);
    const error = expectAsFfmpeg(path, near);
    const { info, samples } = decode([new Uint8Array(readFileSync(path))]);
    const priming = info?.priming === undefined ? "" : `; ${info.priming} samples of priming cut`;
    console.log(
      `${name}: ${samples.length} samples, ${near === "bits" ? "the same bits" : `${error.toFixed(1)} dB`}${priming}`,
    );
  });
});
