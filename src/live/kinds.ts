import { SNIFFED_BYTES, sniff } from "../audio/index.ts";

/** Whether an answer says of itself that it is sound, and no list of it: Icecast's headers, or a media type of audio. */
export function isSound(headers: Headers): boolean {
  const type = headers.get("content-type")?.toLowerCase() ?? "";
  if (/mpegurl|scpls/.test(type)) return false;
  return headers.has("icy-metaint") || headers.has("icy-br") || /^(audio\/|application\/ogg)/.test(type);
}

/** What the first bytes of a body are: of sound, of something else, or too few to tell. */
export function begins(bytes: Uint8Array): "sound" | "other" | "more" {
  // Text, as a playlist is: a byte order mark may stand before it.
  if (bytes[0] === 0x23 || bytes[0] === 0xef) return "other";
  try {
    const { kind } = sniff(bytes, false);
    return kind === "more" && bytes.length < SNIFFED_BYTES ? "more" : kind === "more" ? "other" : "sound";
  } catch {
    return "other";
  }
}
