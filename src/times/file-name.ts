import { civilUtc } from "./civil.ts";
import { claimed, NOTHING_SAID } from "./claims.ts";
import type { Stamp } from "./iso-time.ts";
import type { Said, TimeFinding } from "./types.ts";
import { zoneMinutes } from "./zone.ts";

/** Who names recordings how. */
interface Pattern {
  readonly source: string;
  readonly matches: RegExp;
  /** Whether its maker says that these names are in UTC. */
  readonly utc: boolean;
  readonly read: (parts: RegExpExecArray) => Stamp | undefined;
}

/** Zones that names end in, hours: RFC 5322, section 4.3, and those of Alaska and Hawaii, where hydrophones lie. */
const NAMED_ZONES: Readonly<Record<string, number>> = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  EST: -5,
  EDT: -4,
  PST: -8,
  PDT: -7,
  AKST: -9,
  AKDT: -8,
  HST: -10,
};

/** Characters of a path that are looked at, from its end. */
const LONGEST = 1000;

/** Seconds since 1970 that names may hold: July 2010 to 2033. */
const EPOCH = /(?:^|[^\d.])(1[3-9]\d{8})(?:\.(\d{1,6}))?(?=\D|$)/;
const EPOCH_MS = /(?:^|[^\d.])(1[3-9]\d{11})(?=\D|$)/;

/**
 * An orcanode's folder is named when the container starts; the audio begins about 2 s later (orcasound/orcahello#353;
 * node/stream.sh). Its segments have 10 s, less or more by what AAC's frames leave, which over 6 h came to 0.1 %.
 */
const FOLDER_LATE = 2;
const SEGMENT_SECONDS = 10;
const SEGMENT_DOUBT = 0.001;

const DSG = /HMS_ ?(\d{1,2})_ ?(\d{1,2})_ ?(\d{1,2})__DMY_ ?(\d{1,2})_ ?(\d{1,2})_ ?(\d{4}|\d\d)(?!\d)/;

/** AudioMoth's files of triggered recordings. */
const TRIGGERED = /^\d{8}_\d{6}T\.WAV$/i;

const DATE = "(\\d{4})[-_.]?(\\d\\d)[-_.]?(\\d\\d)";
const TIME = "(\\d\\d)[-_:.h]?(\\d\\d)[-_:.m]?(\\d\\d)";
const FULL = `${DATE}(?:[T_$ -]|__)${TIME}`;
const ZONE = "[_ ]?(Z|UTC|GMT|E[SD]T|P[SD]T|AK[SD]T|HST|[-+]\\d\\d:?\\d\\d)(?![A-Za-z\\d])";

/** In order: what is more particular stands first. All are applied to the name without its folders. */
const PATTERNS: readonly Pattern[] = [
  // orcasound/orcanode, base/upload_flac_s3.py: %Y-%m-%d_%H-%M-%S_{node}-{rate}-{channels}.flac, UTC.
  pattern(
    "orcanode archive",
    "^(\\d{4})-(\\d\\d)-(\\d\\d)_(\\d\\d)-(\\d\\d)-(\\d\\d)_\\w+-\\d{4,6}-\\d{1,2}(?=\\.|$)",
    true,
  ),
  { source: "file name", matches: new RegExp(`(?<!\\d)${FULL}(?:[.,](\\d{1,6}))?${ZONE}`), utc: true, read: withZone },
  // Instruments of the Ocean Observatories Initiative, and NOAA's Noise Reference Stations (whose seconds may be 60).
  pattern("OOI file name", "^OO-.*-(\\d{4})-(\\d\\d)-(\\d\\d)T(\\d\\d):?(\\d\\d):?(\\d\\d)(?:\\.(\\d{1,6}))?", true),
  pattern("NRS file name", `^NRS\\d+_${FULL}`, true),
  pattern("MBARI file name", `^MARS[-_]${FULL}`, true),
  // An icListen's header says 14:32:19-08 where its name says 223219.
  pattern("icListen file name", `^(?:SB[WF]|icListen[A-Z]*|ICLISTEN[A-Z]*)\\d+_${FULL}(?:\\.(\\d{1,6}))?`, true),
  // PAMGuard writes milliseconds, in UTC (PamUtils/PamCalendar.java, createFileNameMillis).
  pattern(
    "PAMGuard file name",
    `^[A-Za-z]\\w*?_(\\d{4})(\\d\\d)(\\d\\d)_(\\d\\d)(\\d\\d)(\\d\\d)_(\\d{3})(?!\\d)`,
    true,
  ),
  // Triton's names, two digits for the year.
  pattern("XWAV file name", "_(\\d\\d)(\\d\\d)(\\d\\d)_(\\d\\d)(\\d\\d)(\\d\\d)(?=\\.[xd])", true),
  // Serial number, a point, YYMMDDHHMMSS (SoundTrap's manual, 3.2): the zone is what its user chose.
  pattern("SoundTrap file name", "^\\d{3,12}\\.(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(?!\\d)", false),
  // AudioMoth's early firmware names a file by its Unix time in hexadecimal: taken from 2017 on, when it came out.
  {
    source: "AudioMoth file name",
    matches: /^((?:5[89A-F]|6[0-9A-F])[0-9A-F]{6})(?=\.wav$|$)/i,
    utc: true,
    read: hexadecimal,
  },
  // AudioMoth, Wildlife Acoustics and most others.
  pattern("file name", `(?<!\\d)${FULL}(?:[.,](\\d{1,6}))?(?!\\d)`, false),
  pattern("file name", "(?<!\\d)(20\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(?!\\d)", false),
  // A year of two digits is told from other numbers by being a date in all its parts.
  pattern(
    "file name",
    "(?<!\\d)(\\d\\d)(0[1-9]|1[0-2])([0-3]\\d)[_-]([01]\\d|2[0-3])([0-5]\\d)([0-5]\\d)(?!\\d)",
    false,
  ),
  // DSG-Ocean: _RAWD_HMS_ 1_27_ 0__DMY_ 9_ 5_10.wav, with blanks or zeros.
  { source: "DSG file name", matches: DSG, utc: false, read: hourFirst },
  { source: "file name", matches: EPOCH_MS, utc: true, read: ([, ms]) => epoch(Number(ms) / 1000, 0.001) },
  {
    source: "file name",
    matches: EPOCH,
    utc: true,
    read: ([, whole, part = ""]) => epoch(Number(`${whole}.${part}`), 10 ** -part.length),
  },
];

/** When a recording began, by its name and, for an orcanode's segments, its folder. @param path  with / or \ */
export function readFileName(path: string): Said {
  const parts = path.slice(-LONGEST).split(/[/\\]/);
  const name = parts.at(-1) ?? "";
  const segment = folderSegment(parts.at(-2) ?? "", name);
  if (segment !== undefined) return claimed("orcanode folder", `${parts.at(-2)}/${name}`, segment, true);
  for (const { source, matches, utc, read } of PATTERNS) {
    const found = matches.exec(name);
    if (found === null) continue;
    const said = claimed(source, name, read(found), utc);
    return TRIGGERED.test(name) ? { ...said, findings: [TRIGGERED_FINDING] } : said;
  }
  return NOTHING_SAID;
}

const TRIGGERED_FINDING: TimeFinding = {
  code: "gap",
  message:
    "A triggered AudioMoth recording (T.WAV) leaves time out within itself: expand it with AudioMoth's own tool, or times are " +
    "right only up to where that happens first.",
  lost: false,
};

/** `hls/1601165815/live012.ts` */
function folderSegment(folder: string, name: string): Stamp | undefined {
  const number = /^live(\d{1,6})\.ts$/.exec(name)?.[1];
  if (number === undefined || !/^1[4-9]\d{8}$/.test(folder)) return undefined;
  const seconds = FOLDER_LATE + SEGMENT_SECONDS * Number(number);
  return { ...epoch(Number(folder) + seconds, 1 + FOLDER_LATE + SEGMENT_DOUBT * seconds), zoned: false };
}

function pattern(source: string, matches: string, utc: boolean): Pattern {
  return { source, matches: new RegExp(matches), utc, read: plain };
}

type Six = [number, number, number, number, number, number];

function plain(parts: RegExpExecArray): Stamp | undefined {
  return stampOf(parts.slice(1, 7).map(Number) as Six, parts[7]);
}

function hourFirst(parts: RegExpExecArray): Stamp | undefined {
  const [hour, minute, second, day, month, year] = parts.slice(1, 7).map(Number) as Six;
  return stampOf([year, month, day, hour, minute, second]);
}

function stampOf([year, month, day, hour, minute, second]: Six, fraction = ""): Stamp | undefined {
  const utc = civilUtc({
    year: year < 100 ? 2000 + year : year,
    month,
    day,
    hour,
    minute,
    second: Number(`${second}.${fraction}`),
  });
  return utc === undefined ? undefined : { utc, resolution: 10 ** -fraction.length, zoned: false };
}

function withZone(parts: RegExpExecArray): Stamp | undefined {
  const stamp = plain(parts);
  const zone = parts[8] ?? "";
  const hours = NAMED_ZONES[zone];
  const minutes = hours === undefined ? zoneMinutes(zone) : 60 * hours;
  if (stamp === undefined || minutes === undefined) return undefined;
  return { ...stamp, utc: stamp.utc - minutes * 60_000, zoned: true };
}

function hexadecimal([, digits = ""]: RegExpExecArray): Stamp {
  return epoch(Number.parseInt(digits, 16), 1);
}

function epoch(seconds: number, resolution: number): Stamp {
  return { utc: seconds * 1000, resolution, zoned: false };
}
