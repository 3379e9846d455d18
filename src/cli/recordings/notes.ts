/** What is to be known of a search, in sentences. */
import type { Found, LeftOut, Nearly } from "./found.ts";

/** What was left out, and what nearly fitted. */
export function foundNotes({ leftOut, nearly }: Found): string[] {
  return [...leftOutNotes(leftOut), ...nearly.map(nearlyNote)];
}

/** Each kind of file that was left out, how many there are, and what can be done. */
export function leftOutNotes(leftOut: ReadonlyMap<string, LeftOut>): string[] {
  return [...leftOut].map(([what, { count, path, hint = "" }]) =>
    `Left out: ${count} x ${what} (${path}${count > 1 ? ", …" : ""}). ${hint}`.trimEnd(),
  );
}

/** Files that a pattern passes by because of capitals. */
export function nearlyNote({ pattern, count, path }: Nearly): string {
  const differ = count === 1 ? "1 more file differs" : `${count} more files differ`;
  return `${pattern}: ${differ} only in case (${path}${count > 1 ? ", …" : ""}).`;
}
