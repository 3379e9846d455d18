import { readAudioMoth } from "./audiomoth.ts";
import { claimed, NOTHING_SAID, together } from "./claims.ts";
import { isoTime } from "./iso-time.ts";
import { latinText, recorderOf } from "./text.ts";
import type { Said } from "./types.ts";

/** Entries that are looked at. */
const MOST_ENTRIES = 64;

/**
 * A LIST chunk of type INFO: AudioMoth's comment, and a creation date with a time of day, as icListen writes it
 * (`2021-02-07T14:32:19-08`). A date alone says nothing of when the first sample was taken.
 */
export function readInfo(bytes: Uint8Array): Said {
  const entries = infoEntries(bytes);
  const [created = "", artist = "", comment = ""] = ["ICRD", "IART", "ICMT"].map((id) => entries.get(id));
  const hasTime = /\d[T _]\d\d:?\d\d/.test(created);
  return together(
    readAudioMoth(comment),
    hasTime ? claimed("LIST INFO date", created, isoTime(created)) : NOTHING_SAID,
    { claims: [], refused: [], ...artistSaid(artist) },
  );
}

/** `AudioMoth 0FE081F80FE081F0`, `icListen HF #1228`: recorders write themselves where a song has its artist. */
function artistSaid(artist: string) {
  const moth = /^AudioMoth ([0-9A-F]{16})$/.exec(artist);
  if (moth !== null) return recorderOf({ serial: moth[1] });
  const listen = /^(icListen [A-Z]{2,4}) #(\d{1,6})$/.exec(artist);
  return listen === null ? {} : recorderOf({ make: "Ocean Sonics", model: listen[1], serial: listen[2] });
}

function infoEntries(bytes: Uint8Array): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  if (latinText(bytes.subarray(0, 4)) !== "INFO") return entries;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 4, count = 0; at + 8 <= bytes.length && count < MOST_ENTRIES; count++) {
    const size = view.getUint32(at + 4, true);
    const id = latinText(bytes.subarray(at, at + 4));
    if (!entries.has(id)) entries.set(id, latinText(bytes.subarray(at + 8, at + 8 + Math.min(size, 4096))).trim());
    at += 8 + size + (size % 2);
  }
  return entries;
}
