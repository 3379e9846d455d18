import { isUsedOffset } from "../zone.ts";

/** What stands around a stamp in a name, as far as it has to do with when. */
export interface Around {
  readonly zone: NameZone | undefined;
  /** Seconds by which the recording may have begun later than the stamp. */
  readonly later: number;
  /** What stands there and may have to do with when, and was not understood, as it is written. */
  readonly unknown: readonly string[];
  /** Whether a word like CET stands behind the stamp: a zone, which is not known or is of several places. */
  readonly otherZone: boolean;
}

export interface NameZone {
  /** Minutes east of UTC. */
  readonly offset: number;
  /** Where it may be something else, as `-07` in `20230601_053000-07` or a place called EST: seconds that it then leaves open. */
  readonly doubt: number | undefined;
  readonly text: string;
}

/** Zones that names say, hours: RFC 5322, section 4.3, and those of Alaska and Hawaii, where hydrophones lie. */
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

/** Behind a stamp: `Z`, `_PDT`, `UTC`, `UTC-7`, `(UTC+5:30)`, `UTCm5`. */
const WORD_BEHIND =
  /^[_ ]?\(?(?:(Z|E[SD]T|P[SD]T|AK[SD]T|HST)|(UTC|GMT)(?:([-+mp])(\d{1,2}):?([0-5]\d)?)?)\)?(?![A-Za-z\d])/;
/** Before a stamp, which only UTC is without doubt: NEFSC's `multi_UTCm5_`, `NOPP6_EST_`. */
const WORD_BEFORE = /(?:^|[_ .(-])(?:(E[SD]T|P[SD]T|AK[SD]T|HST)|(UTC|GMT)(?:([-+mp])(\d{1,2}):?([0-5]\d)?)?)[_ .)-]*$/;
/** `+1000`, `-07`, SwiftOne's `_-0400`, `-07:00`; not a latitude, which goes on with a point or a longitude. */
const SIGNED = /^(_?)([-+])(\d\d)(:?)(\d\d)?(?![\d+]|\.\d|[-+ ]+\d)/;
/** Whose recordings are named by a zone before the stamp. */
const ZONE_FIRST = /^(?:NOPP|NEFSC|SNMS)/;

/** Abbreviations that are of several places, or that RFC 5322 does not list. */
const OTHER_ZONE =
  /^(?:[CM][SD]T|[AN][SD]T|W?ES?T|CES?T|EES?T|BST|IST|MSK|JST|KST|SGT|HKT|A[CEW][SD]T|NZ[SD]T|BRT|CLS?T|SAST|[CEW]AT|LT|LST|LOCAL)$/;

const DAY = 86_400;
/** A recording that is cut into parts under one stamp is taken to last no longer, seconds. */
export const LONGEST_RECORDING = 31 * DAY;

/** Sample rates that names say without a unit, Hz; fewer digits count something as likely. */
const RATES = new Set(
  (
    "10000 11025 12000 16000 18900 19200 20000 22050 24000 32000 36000 37800 44100 48000 50000 64000 72000 " +
    "78125 80000 88200 96000 100000 125000 128000 144000 176400 192000 200000 250000 256000 288000 300000 312500 320000 " +
    "333333 375000 384000 400000 500000 512000 576000 768000"
  ).split(" "),
);

/** Latitude and longitude, as Frontier Labs, ISO 6709 and others write them. */
const LOCATION =
  /[_ ]\[?_?[-+]?\d{1,3}(?:\.\d+)?(?:[ _,]+[-+]?|[-+])\d{1,3}\.\d+(?:[-+]\d+(?:\.\d+)?)?(?:CRS\w+)?[_ ]?\]?(?=[_ .]|$)|_[-+]\d\d[-+]\d{3}(?=[_.]|$)/g;
/** Channels, written as two words. */
const CHANNELS = /(?<=^|[_ .-])ch(?:an(?:nel)?)?[-_ ]?\d{1,3}(?=[_ .-]|$)/gi;
/** Measures with a point, at which words are parted. */
const MEASURES = /(?<=^|[_ -])\d+\.\d+(?:v|k?hz|db)(?=[_ .-]|$)/gi;
/** Decimation, sample rate, bits, gain, volts. */
const HARMLESS = /^(?:d\d{1,3}|df\d{1,4}|\d+p?\d*k|\d+p?\d*(?:k?hz|bits?|bps|db|v))$/i;
/** Which piece of a longer recording it is. */
const PIECE = /(?<=^|[_ .-])(?:part|pt|seg(?:ment)?|chunk|clip|piece|split|slice|section)[-_ ]?(\d+)(?=[_ .-]|$)/gi;
/** From when on, or how long. */
const SPAN = /^(?:t|from|at|offset|start)?(\d+)(ms|s|secs?|m|mins?|h|hrs?)$/i;
const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, se: 1, m: 60, mi: 60, h: 3600, hr: 3600 };

/**
 * Reads what stands before and behind a stamp: the zone, and numbers that may shift the start.
 * @param iso  whether a T stands in the stamp: what follows with a sign is a zone then
 */
export function around(before: string, after: string, iso: boolean): Around {
  const zone = zoneBehind(after, iso) ?? zoneBefore(before);
  const rest = zone !== undefined && after.startsWith(zone.text) ? after.slice(zone.text.length) : after;
  const numbers = new Numbers();
  const pieces = (text: string) =>
    text.replace(PIECE, (piece, count: string) => {
      numbers.days(piece, Number(count));
      return "";
    });
  pieces(before);
  const words = pieces([LOCATION, CHANNELS, MEASURES].reduce((text, known) => text.replaceAll(known, ""), rest)).split(
    /[_ .,()[\]-]+/,
  );
  for (const word of words) numbers.word(word);
  const [first = ""] = words.filter((word) => word !== "");
  return { zone, later: numbers.later, unknown: numbers.unknown, otherZone: OTHER_ZONE.test(first) };
}

/** Numbers that are not understood, and how much later the recording may have begun by them. */
class Numbers {
  readonly unknown: string[] = [];
  #days = 0;
  #seconds = 0;

  word(word: string): void {
    const span = SPAN.exec(word);
    if (/^\d+$/.test(word)) {
      if (!RATES.has(word)) this.days(word, Number(word));
    } else if (span !== null && !HARMLESS.test(word)) {
      this.unknown.push(word);
      this.#seconds += Number(span[1]) * (UNITS[(span[2] ?? "").slice(0, 2).toLowerCase()] ?? 1);
    } else if (/^\d[\da-z]{0,4}$/i.test(word) && !HARMLESS.test(word)) {
      // Short ones like 000f count, in one base or the other; longer ones are somebody's identity.
      this.days(word, Number.parseInt(word, /^[\da-f]+$/i.test(word) ? 16 : 10));
    }
  }

  /** A part's number counts from 0 or 1; no part is taken to be longer than a day. */
  days(text: string, count: number): void {
    if (count === 0) return;
    this.unknown.push(text);
    this.#days += count;
  }

  get later(): number {
    return Math.min(this.#days * DAY + this.#seconds, LONGEST_RECORDING);
  }
}

function zoneBehind(after: string, iso: boolean): NameZone | undefined {
  const word = WORD_BEHIND.exec(after);
  if (word !== null) {
    // Australia's recorders say EST as well, and mean 15 hours earlier.
    const doubt = /^E[SD]T$/.test(word[1] ?? "") ? 0 : undefined;
    return { offset: wordOffset(word), doubt, text: word[0] };
  }
  const signed = SIGNED.exec(after);
  if (signed === null) return undefined;
  const [text, underscore, sign, hours, colon, minutes] = signed;
  const offset = (sign === "-" ? -1 : 1) * (60 * Number(hours) + Number(minutes ?? 0));
  if (!isUsedOffset(offset)) return undefined;
  // Nobody counts with a plus, nor with an underscore and a minus.
  const plain = iso || sign === "+" || (underscore === "_" && minutes !== undefined) || colon === ":";
  // Two digits may be a part's number; who counts to four begins at 0001, and comes to a zone late.
  const parts = minutes === undefined ? Number(hours) * DAY : 0;
  return { offset, doubt: plain ? undefined : parts, text };
}

function zoneBefore(before: string): NameZone | undefined {
  const word = WORD_BEFORE.exec(before);
  if (word === null) return undefined;
  const sure = word[2] !== undefined || ZONE_FIRST.test(before);
  return { offset: wordOffset(word), doubt: sure ? undefined : 0, text: word[0] };
}

function wordOffset([, name = "", utc, sign, hours, minutes]: RegExpExecArray): number {
  if (utc === undefined) return 60 * (NAMED_ZONES[name] ?? 0);
  const offset = 60 * Number(hours ?? 0) + Number(minutes ?? 0);
  return sign === "-" || sign === "m" ? -offset : offset;
}
