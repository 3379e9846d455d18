import { civilUtc } from "./civil.ts";
import { claimed, NOTHING_SAID, together } from "./claims.ts";
import { recorderOf } from "./text.ts";
import type { Said } from "./types.ts";
import { zoneMinutes } from "./zone.ts";

/** How the sentence is named in the header. */
export const AUDIOMOTH_COMMENT = "AudioMoth comment";

const RECORDED = /Recorded at (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? (\d\d)\/(\d\d)\/(\d{4})(?: \((UTC[^)]{0,8})\))?/;

/**
 * The sentence that AudioMoth's firmware writes into ICMT (AudioMoth-Firmware-Basic, src/main.c, setHeaderComment): its
 * zone is `(UTC)`, `(UTC-7)`, `(UTC+5:30)`, `(UTC-0:30)`; early firmware has none and means UTC. `by AudioMoth ID`
 * may be `during deployment ID`; gain, battery, temperature and filter have been worded in several ways.
 */
export function readAudioMoth(comment: string): Said {
  const parts = RECORDED.exec(comment);
  if (parts === null) return NOTHING_SAID;
  const [hour, minute, second, , day, month, year] = parts.slice(1, 8).map(Number) as number[];
  const [fraction = "", zone] = [parts[4], parts[8]];
  const local = civilUtc({
    year: year as number,
    month: month as number,
    day: day as number,
    hour: hour as number,
    minute: minute as number,
    second: Number(`${second}.${fraction}`),
  });
  const offset = zone === undefined ? undefined : zoneMinutes(zone);
  const stamp =
    local === undefined || (zone !== undefined && offset === undefined)
      ? undefined
      : { wall: local, resolution: 10 ** -fraction.length, offset };
  const found = (pattern: RegExp) => pattern.exec(comment)?.[1];
  const temperature = found(/temperature was (-?\d+\.\d)C/);
  return together(claimed(AUDIOMOTH_COMMENT, parts[0], stamp, true), {
    claims: [],
    refused: [],
    ...recorderOf({
      make: "Open Acoustic Devices",
      model: "AudioMoth",
      serial: found(/by AudioMoth ([0-9A-F]{16})/),
      deployment: found(/during deployment ([0-9A-F]{16})/),
      gain: found(/at ([a-z-]+) gain/) ?? found(/at gain setting (\d)/),
      battery: found(/battery (?:state )?was ((?:(?:less|greater) than )?\d\.\d ?V)/),
      temperature: temperature === undefined ? undefined : Number(temperature),
      filter: found(/((?:Low|High|Band)-pass filter.{0,120}? applied)/),
    }),
  });
}
