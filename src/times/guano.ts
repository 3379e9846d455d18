import { claimed, NOTHING_SAID, together } from "./claims.ts";
import { isoTime } from "./iso-time.ts";
import { numberIn, recorderOf, utf8Text } from "./text.ts";
import type { Said } from "./types.ts";

/** Lines that are looked at: the format has some forty fields. */
const MOST_LINES = 1000;

/**
 * GUANO, version 1: `Key: Value` lines in UTF-8 (https://github.com/riggsd/guano-spec, guano_specification.md). Its
 * Timestamp is local where it has neither Z nor an offset.
 */
export function readGuano(bytes: Uint8Array): Said {
  const fields = new Map<string, string>();
  for (const line of utf8Text(bytes).split("\n", MOST_LINES)) {
    const colon = line.indexOf(":");
    // "Keys may not be duplicated": of two the first counts.
    const key = line.slice(0, colon).trim();
    if (colon > 0 && !fields.has(key)) fields.set(key, line.slice(colon + 1).trim());
  }
  if (!fields.has("GUANO|Version")) return NOTHING_SAID;
  const field = (key: string) => fields.get(key);
  const [latitude, longitude] = (field("Loc Position") ?? "").split(/[\s,]+/).map(numberIn);
  const filters = [
    ["high-pass", field("Filter HP")],
    ["low-pass", field("Filter LP")],
  ].flatMap(([kind, value]) => (value === undefined || value === "" ? [] : [`${kind} ${value} kHz`]));
  const stamp = field("Timestamp") ?? "";
  return together(stamp === "" ? NOTHING_SAID : claimed("GUANO", stamp, isoTime(stamp)), {
    claims: [],
    refused: [],
    ...recorderOf({
      make: field("Make"),
      model: field("Model"),
      serial: field("Serial"),
      firmware: field("Firmware Version"),
      ...(inRange(latitude, 90) && inRange(longitude, 180) ? { latitude, longitude } : {}),
      elevation: numberIn(field("Loc Elevation")),
      temperature: numberIn(field("Temperature Ext") ?? field("Temperature Int")),
      battery: field("OAD|Battery Voltage"),
      filter: filters.join(", "),
      note: field("Note")?.replaceAll("\\n", "\n"),
    }),
  });
}

export function inRange(degrees: number | undefined, most: number): boolean {
  return degrees !== undefined && Math.abs(degrees) <= most;
}
