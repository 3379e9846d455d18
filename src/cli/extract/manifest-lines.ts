import * as z from "zod";
import { OrcaError } from "../../errors.ts";
import { Entries, Entry } from "../../jobs/index.ts";
import { VERSION } from "../../version.ts";

/** What a manifest begins with. */
export const FIRST_LINE = { manifest: "orca-embed extract", format: 1 };

const FirstLine = z.object({ manifest: z.string(), format: z.number() });

/** What stands in a manifest. */
export interface ReadLines {
  readonly entries: Entries;
  /** Lines that could not be read, counted from 1. */
  readonly damaged: readonly number[];
  /** Bytes up to the last line that is whole. */
  readonly whole: number;
}

/**
 * The lines of a manifest: the last of a recording and model counts, and a line that cannot be read is as if it were not
 * there. Throws `bad_option` where a newer version wrote it. @param path  where it lies, for messages
 */
export function readLines(bytes: Uint8Array, path: string): ReadLines {
  // Lines are cut at bytes: half a character at a torn end does not reach the lines before it.
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, whole)).split("\n").slice(0, -1);
  const entries = new Entries();
  const damaged: number[] = [];
  for (const [at, line] of lines.entries()) {
    const value = parsed(line);
    const entry = Entry.safeParse(value);
    const first = at === 0 ? FirstLine.safeParse(value) : undefined;
    if (entry.success) entries.set(entry.data);
    else if (first?.success === true) checkFormat(first.data, path);
    else damaged.push(at + 1);
  }
  return { entries, damaged, whole };
}

export const lineOf = (value: object): string => `${JSON.stringify(value)}\n`;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function checkFormat({ format }: z.infer<typeof FirstLine>, path: string): void {
  if (format === FIRST_LINE.format) return;
  throw new OrcaError(
    "bad_option",
    `${path} has the format ${format}; version ${VERSION} knows ${FIRST_LINE.format}.`,
    {
      hint: "A newer version wrote it: use that one, or give another --out.",
    },
  );
}
