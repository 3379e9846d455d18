import { claimed, NOTHING_SAID, together } from "./claims.ts";
import { inRange } from "./guano.ts";
import { isoTime } from "./iso-time.ts";
import { numberIn, recorderOf, utf8Text } from "./text.ts";
import type { Said } from "./types.ts";

/** Entries that are looked at; the format has some twenty. */
const MOST_ENTRIES = 100;

/** Numbers of entries: the maker's own list (METATAG_…), and riggsd/guano-py, bin/wamd2guano.py. */
const ENTRY = { model: 1, serial: 2, firmware: 3, timestamp: 5, position: 6, note: 10, temperature: 21 } as const;

/**
 * The wamd chunk of Wildlife Acoustics: entries of a number (16 bit), a length (32 bit) and text. Its time stamp is like
 * `2023-10-05 21:30:00-04:00`, or local without an offset.
 */
export function readWamd(bytes: Uint8Array): Said {
  const entries = entriesOf(bytes);
  const entry = (name: keyof typeof ENTRY) => entries.get(ENTRY[name]);
  const stamp = entry("timestamp") ?? "";
  // WGS84,nn.nnnnn,N,mmm.mmmmm,W[,alt]
  const position = /(-?\d+\.\d+)(?:,? ?([NS]))?, ?(-?\d+\.\d+)(?:,? ?([EW]))?/.exec(entry("position") ?? "");
  const signed = (number: string | undefined, side: string | undefined) => {
    const value = numberIn(number);
    return value === undefined || side === undefined
      ? value
      : Math.abs(value) * (side === "S" || side === "W" ? -1 : 1);
  };
  const [latitude, longitude] = [signed(position?.[1], position?.[2]), signed(position?.[3], position?.[4])];
  const temperature = /-?\d+(?:\.\d+)?/.exec(entry("temperature") ?? "")?.[0];
  const recorder = recorderOf({
    model: entry("model"),
    serial: entry("serial"),
    firmware: entry("firmware"),
    ...(inRange(latitude, 90) && inRange(longitude, 180) ? { latitude, longitude } : {}),
    temperature: numberIn(temperature),
    note: entry("note"),
  });
  const make =
    recorder.recorder === undefined ? {} : { recorder: { make: "Wildlife Acoustics", ...recorder.recorder } };
  const said = stamp === "" ? NOTHING_SAID : claimed("wamd", stamp, isoTime(stamp));
  return together(said, { claims: [], refused: [], ...make });
}

/** Text by the number of its entry; of two of one number the first. */
function entriesOf(bytes: Uint8Array): ReadonlyMap<number, string> {
  const entries = new Map<number, string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, count = 0; at + 6 <= bytes.length && count < MOST_ENTRIES; count++) {
    const [id, length] = [view.getUint16(at, true), view.getUint32(at + 2, true)];
    if (!entries.has(id)) entries.set(id, utf8Text(bytes.subarray(at + 6, at + 6 + length)).trim());
    at += 6 + length;
  }
  return entries;
}
