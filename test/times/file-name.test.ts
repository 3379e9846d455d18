import { describe, expect, test } from "vitest";
import { timesOf } from "../../src/times/index.ts";

const AUDIO = { rate: 48000, channels: 1, frameBytes: 2 };
const read = (file: string, zone?: number) => timesOf({ blocks: [], audio: AUDIO, file, zone });

const UNKNOWN = 14 * 3600;

describe("names of recordings", () => {
  test.each([
    // Zone stated.
    ["SanctSound_CI01_01_671399971_20181031T000000Z.flac", "2018-10-31T00:00:00.000Z", 1, "file name"],
    ["MARS-20191220T000000Z-16kHz.wav", "2019-12-20T00:00:00.000Z", 1, "file name"],
    ["ICLISTENHF1234_20130615T000000.250Z.wav", "2013-06-15T00:00:00.250Z", 0.001, "file name"],
    ["rec_2024-05-01T12-00-00+0530.wav", "2024-05-01T06:30:00.000Z", 1, "file name"],
    ["rpi_orcasound_lab_2020_09_27_00_16_55_PDT.wav", "2020-09-27T07:16:55.000Z", 1, "file name"],
    ["SBW1_20231105_041530Z.flac", "2023-11-05T04:15:30.000Z", 1, "file name"],
    // UTC by their makers' convention.
    ["2020-09-27_00-16-55_rpi_orcasound_lab-48000-2.flac", "2020-09-27T00:16:55.000Z", 1, "orcanode archive"],
    ["OO-HYEA2--YDH-2016-01-07T142750.968688.flac", "2016-01-07T14:27:50.969Z", 1e-6, "OOI file name"],
    ["NRS11_20191231_230860.flac", "2019-12-31T23:09:00.000Z", 1, "NRS file name"],
    ["MARS_20210101_120000.wav", "2021-01-01T12:00:00.000Z", 1, "MBARI file name"],
    ["SBW1228_20210207_223219.wav", "2021-02-07T22:32:19.000Z", 1, "icListen file name"],
    ["PAM_20210101_120000_250.wav", "2021-01-01T12:00:00.250Z", 0.001, "PAMGuard file name"],
    ["SOCAL_H_63_180315_040000.x.wav", "2018-03-15T04:00:00.000Z", 1, "XWAV file name"],
    ["5E90A4D4.WAV", "2020-04-10T16:54:44.000Z", 1, "AudioMoth file name"],
    ["1601165815.ts", "2020-09-27T00:16:55.000Z", 1, "file name"],
    ["audio_1601165815123.wav", "2020-09-27T00:16:55.123Z", 0.001, "file name"],
    ["hls/1601165815/live000.ts", "2020-09-27T00:16:57.000Z", 3.002, "orcanode folder"],
    ["C:\\data\\1601165815\\live012.ts", "2020-09-27T00:18:57.000Z", 3.122, "orcanode folder"],
    // No zone.
    ["20210101_120000.WAV", "2021-01-01T12:00:00.000Z", 1 + UNKNOWN, "file name"],
    ["deep_180315_040000.wav", "2018-03-15T04:00:00.000Z", 1 + UNKNOWN, "file name"],
    ["DSG_RAWD_HMS_ 1_27_ 0__DMY_ 9_ 5_10.wav", "2010-05-09T01:27:00.000Z", 1 + UNKNOWN, "DSG file name"],
    ["_RAWD_HMS_01_27_00__DMY_09_05_2010.wav", "2010-05-09T01:27:00.000Z", 1 + UNKNOWN, "DSG file name"],
    ["ARIZONA-1_0+1_20161023$195550.wav", "2016-10-23T19:55:50.000Z", 1 + UNKNOWN, "file name"],
    ["5783.210101120000.wav", "2021-01-01T12:00:00.000Z", 1 + UNKNOWN, "SoundTrap file name"],
    ["1677738025.180912073628.d24.d8.wav", "2018-09-12T07:36:28.000Z", 1 + UNKNOWN, "SoundTrap file name"],
    ["site-7_20240501120000.flac", "2024-05-01T12:00:00.000Z", 1 + UNKNOWN, "file name"],
    ["2024-05-01 12.00.00.wav", "2024-05-01T12:00:00.000Z", 1 + UNKNOWN, "file name"],
  ])("%s", (name, utc, uncertainty, source) => {
    const { start, findings } = read(name);
    expect(findings).toEqual([]);
    expect(new Date(Math.round(start?.utc ?? Number.NaN)).toISOString()).toBe(utc);
    expect(start?.uncertainty).toBeCloseTo(uncertainty, 6);
    expect(start?.source).toBe(source);
    if (uncertainty > UNKNOWN) expect(start?.assumed).toContain("UTC was taken");
  });

  test("zone= is for those that state none, and for no others", () => {
    expect(read("20210101_120000.WAV", -480).start).toEqual({
      utc: Date.UTC(2021, 0, 1, 20),
      source: "file name",
      uncertainty: 1,
      assumed: "It states no zone; zone=-08:00 was given.",
    });
    expect(read("SBW1_20231105_041530Z.flac", -480).start?.utc).toBe(Date.UTC(2023, 10, 5, 4, 15, 30));
    expect(read("5E90A4D4.WAV", 330).start?.utc).toBe(1000 * 0x5e90a4d4);
  });

  test("EST is of New York and of Sydney: both lie within, and a zone that overrules decides", () => {
    const { utc = Number.NaN, uncertainty = Number.NaN } = read("reef_20240501_120000_EST.wav").start ?? {};
    expect(utc).toBe(Date.UTC(2024, 4, 1, 17));
    expect(utc / 1000 - uncertainty).toBeLessThanOrEqual(Date.UTC(2024, 4, 1, 2) / 1000);
    const file = "reef_20240501_120000_EST.wav";
    expect(timesOf({ blocks: [], audio: AUDIO, file, zone: 600, zoneOverrules: true }).start).toMatchObject({
      utc: Date.UTC(2024, 4, 1, 2),
      uncertainty: 1,
    });
  });

  test("a triggered AudioMoth recording leaves time out", () => {
    expect(read("20210101_120000T.WAV")).toMatchObject({
      start: { utc: Date.UTC(2021, 0, 1, 12) },
      findings: [{ code: "gap", lost: false, message: expect.stringContaining("expand it") }],
    });
  });

  test.each([
    ["20211301_120000.WAV", "which is no date and time"],
    ["20210230_120000.WAV", "which is no date and time"],
    ["5783.000000000000.wav", "which is no date and time"],
    ["19700101_000012.WAV", "clocks without a battery show 1970"],
    ["20000101_031500.WAV", "clocks without a battery show 2000"],
  ])("%s is not believed: %s", (name, why) => {
    const { start, findings } = read(name);
    expect(start).toBeUndefined();
    expect(findings).toMatchObject([{ code: "bad_time", lost: false, message: expect.stringContaining(why) }]);
  });

  test.each([
    "call-7.wav",
    "orca_srkw_S01_44k1.wav",
    "DEADBEEF.wav",
    "orca_123456_789012.wav",
    "12345678.wav",
    "",
    "a/b/",
    "live000.ts",
    "x".repeat(1000),
  ])("%j says nothing", (name) => {
    expect(read(name)).toEqual({ stretches: [], findings: [] });
  });
});
