import type { Recorder } from "./types.ts";

/** Characters of a field that are passed on. */
const LONGEST = 200;

const utf8 = new TextDecoder("utf-8");

/** UTF-8 up to the first zero byte after `from`; what is no UTF-8 becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Bytes as Latin-1, up to the first zero byte. */
export function latinText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** A recorder's fields without the empty ones, none of them longer than a reader wants. */
export function recorderOf(fields: Readonly<Record<string, string | number | undefined>>): { recorder?: Recorder } {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    const short = typeof value === "string" ? value.trim().slice(0, LONGEST) : value;
    if (short !== undefined && short !== "" && !Number.isNaN(short)) kept[name] = short;
  }
  return Object.keys(kept).length === 0 ? {} : { recorder: kept };
}

/** A number as it is written, or undefined. */
export function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
