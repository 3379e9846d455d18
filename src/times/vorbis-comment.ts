import { readAudioMoth } from "./audiomoth.ts";
import { claimed, NOTHING_SAID, together } from "./claims.ts";
import { readGuano } from "./guano.ts";
import { isoTime } from "./iso-time.ts";
import { recorderOf, utf8Text } from "./text.ts";
import type { Said } from "./types.ts";

/** Comments that are looked at. */
const MOST_COMMENTS = 256;
const LONGEST_COMMENT = 1 << 16;

/** Names under which a date and a time of day stand; a date alone (`DATE=2021`) says nothing of the first sample. */
const DATED = [
  // Frontier Labs' BAR-LT: 2019-05-08 02:00:00+1000.
  "RECORDINGSTART",
  "TIMESTAMP",
  "CREATION_TIME",
  "DATE_RECORDED",
  "RECORDING_DATE",
  "ORIGINATION_DATE",
  "DATE",
] as const;

/** How a tag is called that its maker does not write in capitals. */
const TITLES: Readonly<Record<string, string>> = { RECORDINGSTART: "RecordingStart" };

/**
 * Vorbis comments (https://xiph.org/vorbis/doc/v-comment.html) of FLAC, Vorbis and Opus: GUANO whole under `GUANO`,
 * AudioMoth's sentence, which converters carry over from ICMT, and true time stamps.
 */
export function readVorbisComment(bytes: Uint8Array): Said {
  const comments = commentsOf(bytes);
  const guano = comments.get("GUANO");
  const dates = DATED.flatMap((name) => {
    const text = comments.get(name);
    if (text === undefined || !/\d[T _]\d\d:?\d\d/.test(text)) return [];
    return [claimed(`${TITLES[name] ?? name} tag`, text, isoTime(text))];
  });
  const moth = ["COMMENT", "DESCRIPTION", "ICMT"].map((name) => readAudioMoth(comments.get(name) ?? ""));
  return together(
    guano === undefined ? NOTHING_SAID : readGuano(new TextEncoder().encode(guano)),
    ...moth.filter(({ claims, refused }) => claims.length + refused.length > 0).slice(0, 1),
    ...dates.slice(0, 1),
    {
      claims: [],
      refused: [],
      ...recorderOf({
        serial: /^AudioMoth ([0-9A-F]{16})$/.exec(comments.get("ARTIST") ?? "")?.[1] ?? comments.get("SENSORUID"),
        firmware: comments.get("SENSORFIRMWAREVERSION"),
        battery: comments.get("BATTERYLEVEL"),
      }),
    },
  );
}

/** Comments by name in capitals; of several of one name the first. */
function commentsOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return comments;
  let at = 4 + view.getUint32(0, true);
  if (at + 4 > bytes.length) return comments;
  const count = Math.min(view.getUint32(at, true), MOST_COMMENTS);
  at += 4;
  for (let index = 0; index < count && at + 4 <= bytes.length; index++) {
    const length = view.getUint32(at, true);
    const text = utf8Text(bytes.subarray(at + 4, at + 4 + Math.min(length, LONGEST_COMMENT)));
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(0, equals)).toUpperCase();
    if (equals > 0 && !comments.has(name)) comments.set(name, text.slice(equals + 1));
    at += 4 + length;
  }
  return comments;
}
