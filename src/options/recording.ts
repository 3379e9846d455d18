import type { RawFormat } from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import { MAX_CHANNELS, MAX_RATE, MIN_RATE, type PcmEncoding } from "../kernels/index.ts";
import { givenStart, type Zone, zoneOf } from "../times/index.ts";
import type { Made } from "./made.ts";
import { choice, option, present, text, whole } from "./option.ts";

const PCM_LAYOUTS = [
  "u8",
  "s16le",
  "s16be",
  "s24le",
  "s24be",
  "s32le",
  "s32be",
  "s64le",
  "s64be",
  "f32le",
  "f32be",
  "f64le",
  "f64be",
] as const;

/** The layout is one setting, whose three parts are given one by one. */
const layout = {
  numbers: "source",
  as: "pcm",
  text: ({ options: { raw } }: Made) =>
    raw === undefined ? undefined : `${raw.encoding}${raw.bigEndian ? "be" : "le"} ${raw.rate} Hz ${raw.channels}`,
} as const;

/** What samples without a header are. */
export const RAW = {
  pcm: option({
    name: "pcm",
    ...choice(PCM_LAYOUTS),
    help: "The recording is raw interleaved PCM of this layout.",
    argument: "<layout>",
    decides: layout,
  }),
  rate: option({
    name: "rate",
    ...whole(MIN_RATE, MAX_RATE),
    help: "Sample rate of raw PCM, Hz.",
    argument: "<hertz>",
    decides: layout,
  }),
  channels: option({
    name: "channels",
    ...whole(1, MAX_CHANNELS),
    otherwise: "1",
    help: "Channels of raw PCM.",
    argument: "<count>",
    decides: layout,
  }),
};

/** A zone, and whether it overrules, are one setting. */
const zoneSetting = {
  numbers: "start",
  as: "zone",
  text: ({ options: { zone, zoneOverrules } }: Made) => {
    if (zone === undefined) return undefined;
    return `${typeof zone === "number" ? `${zone} min` : zone}${zoneOverrules === true ? ", overruling" : ""}`;
  },
} as const;

/** When a recording was made. */
export const TIMES = {
  start: option({
    name: "start",
    ...text("ISO 8601 with Z or an offset, or seconds since 1970"),
    help: "When the first sample of the one recording was taken.",
    example: "2024-05-01T12:00:00Z",
    argument: "<time>",
    read: (given) => givenStart(given),
    embed: (start) => ({ start }),
    decides: {
      numbers: "start",
      text: ({ options: { start } }) => (start === undefined ? undefined : new Date(start.utc).toISOString()),
    },
  }),
  zone: option({
    name: "zone",
    ...text("`Z`, `-07:00`, `+05:30`, `America/Vancouver`"),
    otherwise: "UTC",
    help: "Zone of times in the recording or its name that state none.",
    example: "America/Vancouver",
    argument: "<zone>",
    read: givenZone,
    embed: (zone) => ({ zone }),
    decides: zoneSetting,
  }),
  zoneOverrules: option({
    name: "zone-overrules",
    ...choice(["0", "1"]),
    default: "0",
    help: "1: zone goes before what the recording states of its own, because that is known to be wrong.",
    argument: "<0|1>",
    read: (given) => given === "1",
    embed: (overrules) => (overrules ? { zoneOverrules: true } : {}),
    decides: zoneSetting,
  }),
};

/** The same on the command line. */
export const FILE_TIMES = {
  ...TIMES,
  zoneOverrules: option({
    ...TIMES.zoneOverrules,
    ...present,
    help: "What --zone says goes before what recordings state of their own, because that is known to be wrong.",
    read: (given) => given === "true",
  }),
};

/** A recording's name, for those who send it without one. */
/** Where windows are kept beside being answered. */
export const collection = option({
  name: "collection",
  takes: {
    kind: "text",
    words: "a name",
    pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    asks: "use letters, digits, points, hyphens and underscores, 64 at most",
  },
  help: "Keep the windows in this collection, under the recording's name, before they are answered.",
  argument: "<name>",
  read: (given) => given,
});

export const file = option({
  name: "file",
  takes: { kind: "text", words: "the recording's name", longest: 1000 },
  help: "The recording's name, which may say when it began; a name in Content-Disposition does too.",
  example: "5783.210101120000.wav",
  read: (given) => given,
  embed: (name) => ({ file: name }),
});

function givenZone(given: string, said: string): Zone {
  const zone = zoneOf(given);
  if (zone !== undefined) return zone;
  throw new OrcaError("bad_option", `${said} is no zone.`, {
    field: "zone",
    hint: "Use Z, hours and minutes east of UTC like -07:00 or +05:30, or a name like America/Vancouver.",
  });
}

/** What a sender says of raw PCM beside the options. */
export interface Declared {
  readonly layout?: Pick<RawFormat, "encoding" | "bigEndian"> | undefined;
  readonly rate?: number | undefined;
  readonly channels?: number | undefined;
}

interface Given {
  readonly pcm: (typeof PCM_LAYOUTS)[number] | undefined;
  readonly rate: number | undefined;
  readonly channels: number | undefined;
}

/**
 * Raw PCM's format, or undefined where the recording's own header tells. Throws `bad_option` for half of one.
 * @param declared  what holds where an option was left out
 * @param bare  an option without a value, as it is given: `pcm=`, `--pcm`
 */
export function rawFormat(
  given: Given,
  bare: (name: string) => string,
  declared: Declared = {},
): RawFormat | undefined {
  if (given.pcm === undefined && declared.layout === undefined) {
    const stray = given.rate !== undefined ? "rate" : given.channels !== undefined ? "channels" : undefined;
    if (stray === undefined) return undefined;
    throw new OrcaError("bad_option", `${bare(stray)} is for raw PCM, and no ${bare("pcm")} was given.`, {
      field: stray,
      hint: `Add ${bare("pcm")} (${PCM_LAYOUTS.join(", ")}), or leave ${bare(stray)} away for a file with a header.`,
    });
  }
  const layout = given.pcm === undefined ? declared.layout : layoutOf(given.pcm);
  const rate = given.rate ?? declared.rate;
  if (rate === undefined || layout === undefined) {
    throw new OrcaError("bad_option", "Raw PCM needs its sample rate.", {
      field: "rate",
      hint:
        bare("rate") === "rate="
          ? "Give rate= in the query, or Content-Type: audio/L16;rate=48000;channels=1"
          : `Give ${bare("rate")}, in hertz.`,
    });
  }
  return { ...layout, rate, channels: given.channels ?? declared.channels ?? 1 };
}

function layoutOf(name: string): { encoding: PcmEncoding; bigEndian: boolean } {
  return { encoding: name.slice(0, name === "u8" ? 2 : 3) as PcmEncoding, bigEndian: name.endsWith("be") };
}
