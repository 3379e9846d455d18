import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DetectingDecoder } from "../../src/audio/index.ts";
import { frameBytes, Kernels } from "../../src/kernels/index.ts";
import { timesOf, utcText } from "../../src/times/index.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { codecModules, kernelModule } from "../support/runtime.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";

/** What a file's metadata says before its first sample, and when it has ended. */
function timesIn(file: Uint8Array) {
  const decoder = new DetectingDecoder(new Kernels(kernelModule), codecModules, { channel: "mean" });
  const times = () => {
    const { rate, channels } = decoder.info as { rate: number; channels: number };
    const audio = { rate, channels, frameBytes: frameBytes({ encoding: "s16", channels, bigEndian: false }) };
    const { start, ...rest } = timesOf({ blocks: decoder.metadata(), audio });
    return { ...rest, start: start === undefined ? undefined : { ...start, utc: utcText(start.utc) } };
  };
  let first: ReturnType<typeof times> | undefined;
  for (const _ of decoder.push(file)) first ??= times();
  for (const _ of decoder.flush()) first ??= times();
  return { first, last: times() };
}

describe.skipIf(!sharedExists)("real recordings", () => {
  const folder = sharedPath("audio");
  const files = sharedExists ? readdirSync(folder).sort() : [];

  test("an icListen's header says when; no other of them does, and none says what cannot be", () => {
    const found = files.map((name) => [name, timesIn(readFileSync(`${folder}/${name}`)).last] as const);
    for (const [name, { findings }] of found) expect({ name, findings }).toEqual({ name, findings: [] });
    expect(found.filter(([, { start }]) => start !== undefined)).toEqual([
      [
        "orca_jpod_foraging_64k.wav",
        {
          start: { utc: "2021-02-07T22:32:19.000Z", source: "LIST INFO date", uncertainty: 1 },
          stretches: [],
          recorder: { make: "Ocean Sonics", model: "icListen HF", serial: "1228" },
          findings: [],
        },
      ],
    ]);
  }, 120_000);
});

describe.skipIf(!ffmpegExists)("tags as ffmpeg writes them", () => {
  const tone = ["-f", "lavfi", "-i", "sine=440:r=16000:d=0.5"];
  const tags = [
    "-metadata",
    "comment=Recorded at 10:10:00 24/06/2019 (UTC+1) by AudioMoth 0FE081F80FE081F0 at medium gain while battery was 4.5V and temperature was 20.1C.",
    "-metadata",
    "creation_time=2019-06-24T09:10:00.5Z",
  ];
  test.each([
    ["FLAC", ["-f", "flac"]],
    ["Ogg Vorbis", ["-c:a", "libvorbis", "-f", "ogg"]],
    ["Ogg Opus", ["-c:a", "libopus", "-f", "ogg"]],
    ["Ogg FLAC", ["-c:a", "flac", "-f", "ogg"]],
    ["WAV", ["-f", "wav"]],
    [
      "WAV with bext",
      [
        "-f",
        "wav",
        "-write_bext",
        "1",
        "-metadata",
        "origination_date=2019-06-24",
        "-metadata",
        "origination_time=10:10:00",
      ],
    ],
  ])("%s", (_, options) => {
    const { first } = timesIn(ffmpeg([...tone, ...tags, ...options]));
    expect(first).toMatchObject({
      start: { utc: "2019-06-24T09:10:00.000Z", source: "AudioMoth comment", uncertainty: 1 },
      recorder: { model: "AudioMoth", serial: "0FE081F80FE081F0" },
      findings: [],
    });
  });

  test("bext alone", () => {
    const date = ["-metadata", "origination_date=2019-06-24", "-metadata", "origination_time=10:10:00"];
    const reference = ["-metadata", `time_reference=${16000 * 36600 + 4000}`];
    const { first } = timesIn(ffmpeg([...tone, "-write_bext", "1", ...date, ...reference, "-f", "wav"]));
    expect(first?.start).toMatchObject({ utc: "2019-06-24T10:10:00.250Z", source: "bext" });
  });
});
