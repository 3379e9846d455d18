/** The names of recordings in docs/times.md, with what they say: the table is the data. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DOCS = fileURLToPath(new URL("../../../docs/times.md", import.meta.url));

export interface NameRow {
  readonly name: string;
  /** Milliseconds since 1970 and seconds; undefined where the name says nothing that is believed. */
  readonly start: { readonly utc: number; readonly within: number } | undefined;
  readonly whose: string;
  readonly from: string;
}

/** Seconds of each unit that the table uses. */
const UNITS: Readonly<Record<string, number>> = { µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400 };

/** Rows of the table whose first titles are `name` and `start`. */
export function nameTable(): NameRow[] {
  const lines = readFileSync(DOCS, "utf8").split("\n");
  const head = lines.findIndex((line) => /^\| name\s+\| start\s+\| within\s+\| whose\s+\| from\s+\|$/.test(line));
  if (head < 0) throw new Error(`${DOCS} has no table of names`);
  const rest = lines.slice(head + 2);
  return rest.slice(0, rest.indexOf("")).map((line) => {
    const [, cell = "", start = "", within = "", whose = "", from = ""] = line.split("|").map((text) => text.trim());
    const name = /^`(.*)`$/.exec(cell)?.[1];
    if (name === undefined) throw new Error(`no name in code marks: ${line}`);
    const row = { name, whose, from };
    return start === "–"
      ? { ...row, start: undefined }
      : { ...row, start: { utc: utcOf(start), within: secondsOf(within) } };
  });
}

/** To the microsecond. */
function utcOf(text: string): number {
  const [, seconds = "", fraction = "0"] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return Date.parse(`${seconds}Z`) + Number(`0.${fraction}`) * 1000;
}

/** `1 s + 14 h` */
function secondsOf(text: string): number {
  return text.split(" + ").reduce((sum, part) => {
    const [count = "", unit = ""] = part.split(" ");
    return sum + Number(count) * (UNITS[unit] ?? Number.NaN);
  }, 0);
}
