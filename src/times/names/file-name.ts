import { claimed, NOTHING_SAID } from "../claims.ts";
import type { Said, TimeFinding } from "../types.ts";
import { isUsedOffset } from "../zone.ts";
import { type Around, around, LONGEST_RECORDING } from "./around.ts";
import { countsBeside, decimalCount, hexadecimalCount } from "./counts.ts";
import { MAKERS, type Maker } from "./makers.ts";
import { type NameStamp, stampsIn, timeFirst } from "./stamps.ts";

/** Characters of a path that are looked at, from its end. */
const LONGEST = 1000;

/**
 * An orcanode's folder is named when the container starts; the audio begins about 2 s later (orcasound/orcahello#353;
 * node/stream.sh). Its segments have 10 s, less or more by what AAC's frames leave, which over 6 h came to 0.1 %.
 */
const FOLDER_LATE = 2;
const SEGMENT_SECONDS = 10;
const SEGMENT_DOUBT = 0.001;

/** What stands for a colon where names may have none (Windows), or have been an address. */
const COLONS = /[\ua789\uff1a\u2236]|%3A/gi;

/** AudioMoth's files of triggered recordings. */
const TRIGGERED = /^\d{8}_\d{6}T\.WAV$/i;

/** When a recording began, by its name and, for an orcanode's segments, its folder. @param path  with / or \ */
export function readFileName(path: string): Said {
  const parts = path.slice(-LONGEST).split(/[/\\]/);
  const name = parts.at(-1) ?? "";
  const segment = folderSegment(parts.at(-2) ?? "", name);
  if (segment !== undefined) return segment;
  // An ending begins with a letter, so that the seconds of 12.00.00 are none.
  const stem = name.replace(/\.[A-Za-z][A-Za-z0-9]{0,4}$/, "").replace(COLONS, ":");
  const said = stampSaid(name, stem) ?? countSaid(name, stem);
  return TRIGGERED.test(name) ? { ...said, findings: [TRIGGERED_FINDING] } : said;
}

const TRIGGERED_FINDING: TimeFinding = {
  code: "gap",
  message:
    "A triggered AudioMoth recording (T.WAV) leaves time out within itself: expand it with AudioMoth's own tool, or times are " +
    "right only up to where that happens first.",
  lost: false,
};

/** `hls/1601165815/live012.ts` */
function folderSegment(folder: string, name: string): Said | undefined {
  const number = /^live(\d{1,6})\.ts$/.exec(name)?.[1];
  if (number === undefined || !/^1[4-9]\d{8}$/.test(folder)) return undefined;
  const seconds = FOLDER_LATE + SEGMENT_SECONDS * Number(number);
  const resolution = 1 + FOLDER_LATE + SEGMENT_DOUBT * seconds;
  const stamp = { wall: (Number(folder) + seconds) * 1000, resolution, offset: undefined, counted: true };
  return claimed("orcanode folder", `${folder}/${name}`, stamp, true);
}

function countSaid(name: string, stem: string): Said {
  const hexadecimal = hexadecimalCount(stem);
  const count = hexadecimal ?? decimalCount(stem);
  if (count === undefined) return NOTHING_SAID;
  const source = hexadecimal === undefined ? "file name" : "AudioMoth file name";
  const { later, unknown } = around("", stem.slice(count.to), false);
  const { utc: wall, resolution } = count;
  const stamp = {
    wall,
    resolution: resolution + later,
    offset: undefined,
    counted: true,
    notes: unknownNotes(unknown),
  };
  return claimed(source, name, stamp, true);
}

function unknownNotes(unknown: readonly string[]): string[] {
  if (unknown.length === 0) return [];
  return [`Not understood in the name: ${unknown.join(", ")}. It may have begun then, or later.`];
}

/** What a name with a date and a time says. */
function stampSaid(name: string, stem: string): Said | undefined {
  const maker = MAKERS.find(({ names }) => names.test(stem));
  const first = timeFirst(stem);
  const stamps = first === undefined ? stampsIn(stem) : [first];
  const start = stamps.find(({ wall }) => wall !== undefined) ?? stamps[0];
  if (start?.wall === undefined) {
    const mistaken = start !== undefined || maker?.stamped === true;
    return mistaken ? claimed(maker?.source ?? "file name", name, undefined) : undefined;
  }
  const counted = countedOffset(stem, start.wall);
  // The count is understood, and is no part's number.
  const rest = counted === undefined ? stem : stem.replace(counted.text, "x".repeat(counted.text.length));
  const { zone, later, unknown, otherZone } = aroundAll(rest, start, stamps, maker);
  const offset = counted?.offset ?? zone?.offset;
  const sure = counted !== undefined || zone?.doubt === undefined;
  const doubt = sure ? undefined : Math.min(zone.doubt, Math.max(0, LONGEST_RECORDING - later));
  const milliseconds = maker?.milliseconds?.exec(stem)?.[1];
  const stamp = {
    wall: start.wall + Number(milliseconds ?? 0),
    resolution: (milliseconds === undefined ? start.resolution : 0.001) + later + (start.otherwise?.seconds ?? 0),
    offset,
    ...(doubt === undefined ? {} : { doubt }),
    notes: [
      ...(doubt === undefined ? [] : [`${JSON.stringify(zone?.text)} was taken for a zone, which it may not be.`]),
      ...(otherZone ? ["A zone seems to stand behind the time, and is not one that is known here."] : []),
      ...(start.otherwise === undefined ? [] : [start.otherwise.what]),
      ...unknownNotes(unknown),
    ],
  };
  // A zone that stands there goes before what its maker is known for.
  const convention = maker?.utc === true && offset === undefined && !otherZone;
  const source = maker === undefined || (maker.utc && !convention) ? "file name" : maker.source;
  return claimed(source, name, stamp, convention);
}

/** What stands before, between and behind stamps. Of several the first is the start, and the others may be. */
function aroundAll(stem: string, start: NameStamp, stamps: readonly NameStamp[], maker: Maker | undefined): Around {
  const [next, ...more] = stamps.slice(stamps.indexOf(start) + 1);
  const between = stem.slice(start.to, next?.from);
  const said = around(stem.slice(0, start.from), between.replace(END_MARK, ""), start.iso);
  if (maker?.known === true) return { ...said, later: 0, unknown: [] };
  if (next === undefined) return said;
  const last = more.at(-1) ?? next;
  const behind = around("", stem.slice(last.to), last.iso);
  const others = END_MARK.test(between) ? more : [next, ...more];
  const apart = others.map(({ wall = start.wall }) => Math.abs((wall ?? 0) - (start.wall ?? 0)) / 1000);
  return {
    ...said,
    zone: said.zone ?? (next.to === last.to ? behind.zone : undefined),
    later: said.later + behind.later + Math.max(0, ...apart),
    unknown: [...said.unknown, ...others.map(({ from, to }) => stem.slice(from, to)), ...behind.unknown],
  };
}

/** Between a recording's start and its end: Frontier Labs' S…_E…, and those who write "to". */
const END_MARK = /_E$|[_ -]to[_ -]$/;

/** The zone by a count of seconds that stands beside the date and is the same time. */
function countedOffset(stem: string, wall: number): { readonly text: string; readonly offset: number } | undefined {
  return countsBeside(stem)
    .map(({ text, utc }) => ({ text, offset: (Math.floor(wall / 1000) * 1000 - utc) / 60_000 }))
    .find(({ offset }) => Number.isInteger(offset) && isUsedOffset(offset));
}
