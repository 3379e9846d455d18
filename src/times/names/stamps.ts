import { type Civil, civilUtc } from "../civil.ts";

/** A date with a time of day, as it stands in a name. */
export interface NameStamp {
  /** Where it stands. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds since 1970, read as UTC; undefined where there is no such date or time. */
  readonly wall: number | undefined;
  /** Seconds that it leaves open. */
  readonly resolution: number;
  /** Whether a T stands between date and time: only ISO 8601 is written so, and what follows it is a zone. */
  readonly iso: boolean;
  /** Seconds by which the truth is farther away where the stamp means something else, and what, as a sentence. */
  readonly otherwise?: { readonly seconds: number; readonly what: string };
}

interface DateRead {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** What stands between its parts. */
  readonly between: string;
  /** Whether its year alone tells that it is a date, so that an impossible one is a mistake of the writer. */
  readonly plain: boolean;
  readonly swappable?: boolean;
  /** Where it is a year and a day of the year: that day, as it stands there. */
  readonly dayOfYear?: string;
}

interface DateFound extends DateRead {
  /** Where it stands. */
  readonly from: number;
  readonly to: number;
}

interface TimeFound {
  readonly hour: number;
  readonly minute: number;
  /** Undefined where it ends with the minute. */
  readonly second?: number;
  readonly fraction?: string;
  readonly length: number;
}

type DateStyle = readonly [pattern: RegExp, read: (parts: readonly string[]) => DateRead];

/** Years of two digits from this on are of the last century: no digital recorder is older. */
const LAST_CENTURY = 80;
const fullYear = (two: number) => (two < LAST_CENTURY ? 2000 : 1900) + two;

/** The ways to write a date, the more certain before the less. */
const DATES: readonly DateStyle[] = [
  // 20190508, 2019-05-08, 2019_05_08, 2019.05.08, and 201905 8 of a firmware that wrote blanks for zeros.
  [
    /(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d| \d)\2(\d\d| \d(?=T))/g,
    ([, year, between = "", month, day]) => ({
      year: Number(year),
      month: Number(month),
      day: Number(day),
      between,
      plain: true,
    }),
  ],
  // Orcasound's first sets: OS_9_27_2017.
  [
    /(?<=^OS_)(\d{1,2})(_)(\d{1,2})_(20\d\d)/g,
    ([, month, between = "", day, year]) => ({
      year: Number(year),
      month: Number(month),
      day: Number(day),
      between,
      plain: true,
    }),
  ],
  // 05-10-2023: which is the day only one above 12 tells.
  [
    /(?<!\d)(\d\d)([-_.])(\d\d)\2(20\d\d)(?!\d)/g,
    ([, first, between = "", second, year]) => {
      const [day, month] = Number(second) > 12 ? [Number(second), Number(first)] : [Number(first), Number(second)];
      return { year: Number(year), month, day, between, plain: false, swappable: day <= 12 };
    },
  ],
  // 190508, 19-05-08: told from other numbers by being a date in all its parts.
  [
    /(?<!\d)(\d\d)([-_.]?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])/g,
    ([, year, between = "", month, day]) => ({
      year: fullYear(Number(year)),
      month: Number(month),
      day: Number(day),
      between,
      plain: false,
    }),
  ],
  // 2023123, 2023-123, 2023.123: the day of the year (ISO 8601-1, 5.2.3, and seismologists').
  [
    /(?<!\d)((?:19|20)\d\d)([-_.]?)([0-3]\d\d)(?!\d)/g,
    ([, year, between = "", dayOfYear = ""]) => ({
      ...ofDayOfYear(Number(year), Number(dayOfYear)),
      between,
      plain: false,
      dayOfYear,
    }),
  ],
];

/** Month 0, which there is not, where the year has no such day. */
function ofDayOfYear(year: number, dayOfYear: number): { year: number; month: number; day: number } {
  const date = new Date(Date.UTC(year, 0, dayOfYear));
  const month = date.getUTCFullYear() === year ? date.getUTCMonth() + 1 : 0;
  return { year, month, day: date.getUTCDate() };
}

/** What may stand between date and time: also OwlSense's _T, macOS's at, BirdNET-Pi's name. */
const JOINER = /_?T|[ _]at[ _]|-birdnet-(?:RTSP_\d+-)?|__?|--?|\$|\.| /y;

/** Narrow and wide blanks that do not break stand before AM and PM on newer macOS. */
const HALF_DAY = /(\d{1,2})([.:_-]?)(\d\d)(?:\2(\d\d))?[ _\u00a0\u202f]?([AaPp])\.?[Mm](?![A-Za-z])/y;
const LETTERED = /(\d{1,2})h(\d\d)m(\d\d)s?(?!\d)/y;
const SECONDS = /(\d\d| \d)([-_:.]?)(\d\d| \d)\2(\d\d| \d)(\d{3}|\d{6})?(?!\d)/y;
const MINUTES = /(\d\d)([-:.h]?)(\d\d)(?!\d)/y;
/** Three, six or nine digits behind a point are parts of a second; one or two may count something. */
const FRACTION = /[.,](\d{3}|\d{6}|\d{9})(?![0-9A-Ya-z])/y;

/** Stamps in a name, in the order in which they stand. @param stem  the name without folders and ending */
export function stampsIn(stem: string): NameStamp[] {
  const found: NameStamp[] = [];
  for (const [pattern, read] of DATES) {
    for (const parts of stem.matchAll(pattern)) {
      const date = { ...read(parts), from: parts.index, to: parts.index + parts[0].length };
      const stamp = found.some(({ from, to }) => date.from < to && from < date.to) ? undefined : stampAt(stem, date);
      if (stamp !== undefined) found.push(stamp);
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

/** Dates with the time of day before them: CRSS, `01h27m00s09May2010`, and DSG-Ocean, `HMS_ 1_27_ 0__DMY_ 9_ 5_10`. */
export function timeFirst(stem: string): NameStamp | undefined {
  const dsg = /HMS_ ?(\d{1,2})_ ?(\d{1,2})_ ?(\d{1,2})__DMY_ ?(\d{1,2})_ ?(\d{1,2})_ ?(\d{4}|\d\d)(?!\d)/.exec(stem);
  const crss = /(?<!\d)(\d\d)h(\d\d)m(\d\d)s(\d\d)([A-Z][a-z]{2})(\d{4})(?!\d)/.exec(stem);
  const parts = dsg ?? crss;
  if (parts === null) return undefined;
  const [hour, minute, second, day] = parts.slice(1, 5).map(Number) as [number, number, number, number];
  const month = dsg === null ? MONTHS.indexOf(parts[5] ?? "") + 1 : Number(parts[5]);
  const year = Number(parts[6]) < 100 ? fullYear(Number(parts[6])) : Number(parts[6]);
  const wall = civilUtc({ year, month, day, hour, minute, second });
  return { from: parts.index, to: parts.index + parts[0].length, wall, resolution: 1, iso: false };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function stampAt(stem: string, date: DateFound): NameStamp | undefined {
  const joiner = at(JOINER, stem, date.to)?.[0] ?? "";
  const from = date.to + joiner.length;
  const time = timeAt(stem, from, joiner);
  if (time === undefined) return undefined;
  const { year, month, day } = date;
  const { hour, minute, second, fraction = "" } = time;
  const civil: Civil = { year, month, day, hour, minute, second: Number(`${second ?? 0}.${fraction}`) };
  const wall = civilUtc(civil);
  // Twelve digits within a longer word are a number.
  if (joiner === "" && !date.plain && !/(?:^|[._-])$/.test(stem.slice(0, date.from))) return undefined;
  // A number of seven digits is a date only with a whole time of day behind it.
  if (date.dayOfYear !== undefined && (joiner === "" || second === undefined)) return undefined;
  // Numbers that are no date are no date; of a year, month and day that stand there as such it is said.
  if (wall === undefined && !(date.plain && second !== undefined)) return undefined;
  return {
    from: date.from,
    to: from + time.length,
    wall,
    resolution: second === undefined ? 60 : 10 ** -fraction.length,
    iso: joiner.endsWith("T"),
    ...otherwise(date, civil, wall, stem.slice(from, from + time.length), joiner),
  };
}

const DAY = 86_400;

/** What else a stamp may mean. */
function otherwise(
  date: DateFound,
  civil: Civil,
  wall: number | undefined,
  time: string,
  joiner: string,
): Pick<NameStamp, "otherwise"> {
  const { dayOfYear } = date;
  if (dayOfYear !== undefined && wall !== undefined && date.between !== "" && !joiner.endsWith("T")) {
    const ends = [Date.UTC(date.year, 0, 1), Date.UTC(date.year + 1, 0, 1)];
    const seconds = Math.max(...ends.map((end) => Math.abs(wall - end))) / 1000;
    return { otherwise: { seconds, what: `${dayOfYear} was taken for the day of the year, and may count.` } };
  }
  if (date.swappable === true && wall !== undefined) {
    const other = civilUtc({ ...civil, month: date.day, day: date.month }) ?? wall;
    const what = "Its first number was taken for the day, and may be the month.";
    return other === wall ? {} : { otherwise: { seconds: Math.abs(other - wall) / 1000, what } };
  }
  // Tascam's recorders count from 0000 behind the day, others write the minute.
  if (!/^00\d\d$/.test(time) || date.plain) return {};
  return { otherwise: { seconds: DAY, what: `${JSON.stringify(time)} was taken for a time of day, and may count.` } };
}

function timeAt(stem: string, from: number, joiner: string): TimeFound | undefined {
  const half = at(HALF_DAY, stem, from);
  if (half !== undefined && joiner !== "") return halfDay(half);
  const lettered = at(LETTERED, stem, from);
  const seconds = lettered ?? at(SECONDS, stem, from);
  if (seconds !== undefined) {
    const [hour, minute, second] = (
      lettered === undefined ? [seconds[1], seconds[3], seconds[4]] : [seconds[1], seconds[2], seconds[3]]
    ).map(Number) as [number, number, number];
    // Without anything between, all twelve or fourteen digits are one stamp, and no more of them.
    if (joiner === "" && (seconds[2] !== "" || seconds[5] !== undefined)) return undefined;
    // Digits that go on behind the seconds are parts of one where a T says that this is ISO 8601.
    const parts = lettered === undefined ? seconds[5] : undefined;
    if (parts !== undefined && !(joiner.endsWith("T") && seconds[2] === "")) return undefined;
    const point = at(FRACTION, stem, from + seconds[0].length);
    const fraction = parts ?? point?.[1];
    return {
      hour,
      minute,
      second,
      length: seconds[0].length + (parts === undefined ? (point?.[0].length ?? 0) : 0),
      ...(fraction === undefined ? {} : { fraction }),
    };
  }
  const minutes = joiner === "" ? undefined : at(MINUTES, stem, from);
  return minutes && { hour: Number(minutes[1]), minute: Number(minutes[3]), length: minutes[0].length };
}

/** 12:15:30 AM is a quarter past midnight; 13:15 PM, which some write, is what it says. */
function halfDay(parts: RegExpExecArray): TimeFound {
  const [stated, after] = [Number(parts[1]), /p/i.test(parts[5] ?? "")];
  const hour = stated > 12 ? stated : (stated % 12) + (after ? 12 : 0);
  const second = parts[4] === undefined ? {} : { second: Number(parts[4]) };
  return { hour, minute: Number(parts[3]), ...second, length: parts[0].length };
}

function at(pattern: RegExp, text: string, from: number): RegExpExecArray | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text) ?? undefined;
}
