/** Names as recorders and people make them of a moment, each with the moment that is true. */

/** What a name is made of. */
export interface Moment {
  /** Milliseconds since 1970 of the first sample. */
  readonly utc: number;
  /** Minutes by which the recorder's clock is ahead of UTC. */
  readonly zone: number;
  /** A site, a serial number, a project. */
  readonly prefix: string;
  /** For what counts. */
  readonly count: number;
  /** Milliseconds, up to a day. */
  readonly length: number;
}

export interface Style {
  readonly whose: string;
  /** Which clock it shows: its recorder's own, that of UTC, or one whose zone it states. */
  readonly clock: "local" | "utc" | "stated";
  /** Seconds by which the name leaves the moment open, beside its zone. */
  readonly within: (moment: Moment) => number;
  readonly name: (moment: Moment) => string;
}

const DAY = 86_400;

const two = (value: number) => String(value).padStart(2, "0");
const blank = (value: number) => String(value).padStart(2, " ");

/** The fields of a clock that is `zone` minutes ahead of UTC; clocks cut. */
export function clock(utc: number, zone: number) {
  const date = new Date(utc + zone * 60_000);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const [hour, minute, second] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return {
    year,
    month,
    day,
    hour,
    minute,
    second,
    yy: two(year % 100),
    ordinal: String(1 + (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000).padStart(3, "0"),
    milliseconds: String(date.getUTCMilliseconds()).padStart(3, "0"),
    date: `${year}${two(month)}${two(day)}`,
    dashed: `${year}-${two(month)}-${two(day)}`,
    time: `${two(hour)}${two(minute)}${two(second)}`,
  };
}

/** `+1000`, or with a colon, or hours alone where they are whole. */
export function offset(zone: number, colon = ""): string {
  const size = Math.abs(zone);
  return `${zone < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`;
}

const ofLocal = ({ utc, zone }: Moment) => clock(utc, zone);
const ofUtc = ({ utc }: Moment) => clock(utc, 0);

const second = () => 1;
const minute = () => 60;
const millisecond = () => 0.001;

function style(
  whose: string,
  clockOf: Style["clock"],
  name: (fields: ReturnType<typeof clock>, moment: Moment) => string,
  within: Style["within"] = second,
): Style {
  return {
    whose,
    clock: clockOf,
    within,
    name: (moment) => name((clockOf === "utc" ? ofUtc : ofLocal)(moment), moment),
  };
}

/** The moment at which the whole recording began, of which this is part `count`. */
const ofPart = ({ utc, zone, count, length }: Moment) =>
  clock(utc - count * Math.min(length, (31 * DAY * 1000) / Math.max(1, count)), zone);

/** A part's number that is not the recorder's own zone as well. */
const ofTwoDigits = ({ zone, count }: Moment) => (-60 * (count % 100) === zone ? 99 : count % 100);

const sixty = (fields: ReturnType<typeof clock>) => `${two(fields.hour)}-${two(fields.minute)}-${two(fields.second)}`;

export const STYLES: readonly Style[] = [
  style("AudioMoth", "local", ({ date, time }) => `${date}_${time}.WAV`),
  style("AudioMoth, triggered", "local", ({ date, time }) => `${date}_${time}T.WAV`),
  style("AudioMoth with its number", "local", ({ date, time }) => `24F3190361CBDD9B_${date}_${time}.WAV`),
  style(
    "AudioMoth, early firmware",
    "utc",
    (_, { utc }) =>
      `${Math.floor(utc / 1000)
        .toString(16)
        .toUpperCase()}.WAV`,
  ),
  style("Song Meter", "local", ({ date, time }, { prefix }) => `${prefix}_${date}_${time}.wav`),
  style("Song Meter SM3", "local", ({ date, time }, { prefix }) => `${prefix}_0+1_${date}$${time}.wac`),
  style("Song Meter, the first part", "local", ({ date, time }, { prefix }) => `${prefix}_${date}_${time}_000.wav`),
  {
    whose: "Song Meter, parts",
    clock: "local",
    within: ({ count }) => 1 + Math.min(count, 31) * DAY,
    name: (moment) => {
      const { date, time } = ofPart(moment);
      return `${moment.prefix}_${date}_${time}_${String(moment.count).padStart(3, "0")}.wav`;
    },
  },
  {
    whose: "a part by its name",
    clock: "local",
    within: ({ count }) => 1 + Math.min(count, 31) * DAY,
    name: (moment) => {
      const { date, time } = ofPart(moment);
      return `${date}_${time}_part${moment.count}.flac`;
    },
  },
  {
    whose: "milliseconds behind an underscore",
    clock: "local",
    within: ({ utc }) => 1 + Math.min(Math.abs(utc % 1000), 31) * DAY,
    name: (moment) => {
      const { date, time, milliseconds } = ofLocal(moment);
      return `${moment.prefix}_${date}_${time}_${milliseconds}.wav`;
    },
  },
  style(
    "a counter",
    "local",
    ({ date, time }, { count }) => `${date}_${time}-${String(count).padStart(4, "0")}.wav`,
    ({ count }) => 1 + Math.min(count, 31) * DAY + 28 * 3600,
  ),
  style(
    "a counter of two digits",
    "local",
    ({ date, time }, { count }) => `${date}_${time}-${two(count % 100)}.wav`,
    ({ count }) => 1 + Math.min(count % 100, 31) * DAY + 28 * 3600,
  ),
  style(
    "a count of seconds behind the date",
    "stated",
    ({ date, time }, { utc }) => `${date}_${time}_${Math.floor(utc / 1000)}.wav`,
  ),
  {
    whose: "parts, counted in two digits behind a minus",
    clock: "local",
    within: (moment) => 1 + Math.min(ofTwoDigits(moment), 31) * DAY + 28 * 3600,
    name: (moment) => {
      const count = ofTwoDigits(moment);
      const { date, time } = ofPart({ ...moment, count });
      return `${date}_${time}-${two(count)}.wav`;
    },
  },
  style(
    "a zone of two digits behind an underscore",
    "stated",
    ({ date, time }, { zone }) => `${date}_${time}${offset(zone).slice(0, 3)}.wav`,
    () => 1 + 28 * 3600 + 31 * DAY,
  ),
  style("SoundTrap", "local", ({ yy, date, time }) => `5783.${yy}${date.slice(4)}${time}.wav`),
  style("SoundTrap, decimated", "local", ({ yy, date, time }) => `1677738025.${yy}${date.slice(4)}${time}.d24.d8.wav`),
  style(
    "SanctSound of a SoundTrap",
    "local",
    ({ yy, date, time }) => `SanctSound_SB01_01_1678032935_${yy}${date.slice(4)}${time}.wav`,
  ),
  style("SanctSound", "utc", ({ date, time }) => `SanctSound_CI01_01_671399971_${date}T${time}Z.flac`),
  style("NRS", "utc", ({ date, time }) => `NRS11_${date}_${time}.flac`),
  style("NRS, short", "utc", ({ yy, date, time }) => `NRS08-${yy}${date.slice(4)}-${time}.wav`),
  style("MBARI", "utc", ({ date, time }) => `MARS-${date}T${time}Z-16kHz.wav`),
  style("MBARI, short", "utc", ({ date, time }) => `MARS_${date}_${time}.wav`),
  style(
    "OOI",
    "utc",
    ({ dashed, time, milliseconds }) => `OO-HYEA2--YDH-${dashed}T${time}.${milliseconds}000.flac`,
    millisecond,
  ),
  style(
    "ONC",
    "utc",
    ({ date, time, milliseconds }) => `ICLISTENHF1251_${date}T${time}.${milliseconds}Z.wav`,
    millisecond,
  ),
  style("icListen", "utc", ({ date, time }) => `SBW1228_${date}_${time}.wav`),
  style("icListen, short", "utc", ({ yy, date, time }) => `SBW1391_${yy}${date.slice(4)}-${time}.wav`),
  style("orcanode archive", "utc", (fields) => `${fields.dashed}_${sixty(fields)}_rpi_orcasound_lab-48000-2.flac`),
  style("seconds since 1970", "utc", (_, { utc }) => `${Math.floor(utc / 1000)}.wav`),
  style("milliseconds since 1970", "utc", (_, { utc }) => `audio_${utc}.wav`, millisecond),
  style("PAMGuard", "utc", ({ date, time, milliseconds }) => `PAM_${date}_${time}_${milliseconds}.wav`, millisecond),
  style("HARP", "utc", ({ yy, date, time }) => `SOCAL_H_63_${yy}${date.slice(4)}_${time}.x.wav`),
  style("HARP, decimated", "utc", ({ yy, date, time }) => `CINMS_C_31_d02_${yy}${date.slice(4)}_${time}.df100.x.wav`),
  style("JASCO", "utc", ({ date, time }) => `AMAR668.9.${date}T${time}Z.wav`),
  style(
    "JASCO with seconds since 1970",
    "utc",
    (fields, { utc }) => `MMS-e1d282a3.Chan_1-24bps.${Math.floor(utc / 1000)}.${fields.dashed}-${sixty(fields)}.wav`,
  ),
  style(
    "seconds since 1970 beside a local time",
    "stated",
    ({ date, time }, { utc }) => `${Math.floor(utc / 1000)}_${date}_${time}.wav`,
  ),
  style("Frontier Labs", "stated", ({ date, time }, { zone }) => `${date}T${time}${offset(zone)}_REC.flac`),
  style(
    "Frontier Labs, blanks for zeros",
    "stated",
    ({ year, month, day, time }, { zone }) => `${year}${two(month)}${blank(day)}T${time}${offset(zone)}_REC.flac`,
  ),
  style(
    "Frontier Labs, start and end",
    "stated",
    ({ date, time, milliseconds }, { utc, zone, length }) => {
      const end = clock(utc + length, zone);
      return `S${date}T${time}.${milliseconds}000${offset(zone)}_E${end.date}T${end.time}.${end.milliseconds}000${offset(zone)}_-12.34567+78.98102.wav`;
    },
    millisecond,
  ),
  style(
    "milliseconds without a point",
    "stated",
    ({ date, time, milliseconds }, { zone }) => `S${date}T${time}${milliseconds}${offset(zone)}_x.flac`,
    millisecond,
  ),
  style("SwiftOne", "stated", ({ date, time }, { zone }) => `SwiftOne_${date}_${time}_${offset(zone)}.wav`),
  style(
    "ISO with a zone of two digits",
    "stated",
    ({ date, time }, { zone }) => `${date}T${time}${offset(zone).slice(0, 3)}.wav`,
  ),
  style(
    "ISO, extended",
    "stated",
    (fields, { zone }) => `rec_${fields.dashed}T${sixty(fields)}${offset(zone, ":")}.wav`,
  ),
  style(
    "PMAR",
    "local",
    ({ yy, date, time, milliseconds }) => `template_${yy}${date.slice(4)}-${time}.${milliseconds}.wav`,
    millisecond,
  ),
  style(
    "DSG",
    "local",
    (f) =>
      `DSG_RAWD_HMS_${blank(f.hour)}_${blank(f.minute)}_${blank(f.second)}__DMY_${blank(f.day)}_${blank(f.month)}_${f.yy}.wav`,
  ),
  style(
    "Orcasound's first sets",
    "local",
    (f) => `OS_${f.month}_${f.day}_${f.year}_${two(f.hour)}_${two(f.minute)}_${two(f.second)}_.wav`,
  ),
  style(
    "macOS, of half days",
    "local",
    ({ dashed, hour, minute: m, second: s }) =>
      `Audio ${dashed} at ${hour % 12 === 0 ? 12 : hour % 12}.${two(m)}.${two(s)} ${hour < 12 ? "AM" : "PM"}.m4a`,
  ),
  style(
    "half days, narrow blank",
    "local",
    ({ dashed, hour, minute: m, second: s }) =>
      `${dashed} ${two(hour % 12 === 0 ? 12 : hour % 12)}.${two(m)}.${two(s)}\u202f${hour < 12 ? "AM" : "PM"}.wav`,
  ),
  style("minutes", "local", ({ date, hour, minute: m }) => `${date}_${two(hour)}${two(m)}.wav`, minute),
  style("minutes, dashed", "local", ({ dashed, hour, minute: m }) => `${dashed}_${two(hour)}-${two(m)}.wav`, minute),
  style(
    "minutes, a year of two digits",
    "local",
    ({ yy, date, hour, minute: m }) => `${yy}${date.slice(4)}_${two(hour)}${two(m)}.mp3`,
    ({ utc, zone }) => (clock(utc, zone).hour === 0 ? DAY + 60 : 60),
  ),
  style("the day of the year", "local", ({ year, ordinal, time }) => `${year}${ordinal}_${time}.wav`),
  style("the day of the year, ISO", "utc", ({ year, ordinal, time }) => `${year}-${ordinal}T${time}Z.wav`),
  {
    whose: "a year and a number that is none of a day",
    clock: "local",
    within: () => 367 * DAY,
    name: (moment) => {
      const { year, time } = ofLocal(moment);
      return `${year}_${String(1 + (moment.count % 365)).padStart(3, "0")}_${time}.wav`;
    },
  },
  style(
    "like a colon",
    "stated",
    (fields, { zone }) => `${fields.dashed}T${sixty(fields).replaceAll("-", "\ua789")}${offset(zone, "\ua789")}.wav`,
  ),
  {
    whose: "Tascam: a day and a counter below 60",
    clock: "local",
    within: () => DAY + 60,
    name: (moment) => {
      const { yy, date } = ofLocal(moment);
      return `${yy}${date.slice(4)}_00${two(moment.count % 60)}.wav`;
    },
  },
  {
    whose: "day or month first",
    clock: "local",
    within: () => 366 * DAY,
    name: (moment) => {
      const f = ofLocal(moment);
      const [first, then] = moment.count % 2 === 0 ? [f.day, f.month] : [f.month, f.day];
      return `${two(first)}-${two(then)}-${f.year}_${sixty(f)}.wav`;
    },
  },
  {
    whose: "a second time before the start",
    clock: "local",
    within: ({ length }) => 1 + length / 1000 + 1,
    name: (moment) => {
      const deployed = clock(moment.utc - moment.length, moment.zone);
      const start = ofLocal(moment);
      return `site_${deployed.date}_${deployed.time}_${start.date}_${start.time}.wav`;
    },
  },
  style("start and end", "local", ({ date, time }, { utc, zone, length }) => {
    const end = clock(utc + length, zone);
    return `${date}T${time}_to_${end.date}T${end.time}.wav`;
  }),
  {
    whose: "seconds into a recording",
    clock: "local",
    within: ({ count }) => 2 + count,
    name: (moment) => {
      const { date, time } = clock(moment.utc - moment.count * 1000, moment.zone);
      return `${date}_${time}_${moment.count}s.wav`;
    },
  },
  style("BirdNET-Pi", "local", (f) => `${f.dashed}-birdnet-${two(f.hour)}:${two(f.minute)}:${two(f.second)}.wav`),
  style("BirdNET-Go", "utc", ({ date, time }) => `orcinus_orca_80p_${date}T${time}Z.wav`),
  style("fourteen digits", "local", ({ date, time }) => `site-7_${date}${time}.flac`),
];
