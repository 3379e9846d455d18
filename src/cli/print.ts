/** Everything that the command line prints goes through here: a name or a text of a file never reaches a terminal raw. */
import { once } from "node:events";
import { OrcaError } from "../errors.ts";
import { fileTrouble } from "../file-errors.ts";

/**
 * What a terminal would act on or show otherwise than it is written: control characters (C0, DEL, C1), halves of surrogate
 * pairs, and what turns the direction of writing around.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu;
/** The same but for line feed. */
const UNSAFE_IN_LINES = new RegExp(`(?!\\n)(?:${UNSAFE.source})`, "gu");

const escaped = (character: string) => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** A text in one line, safe to print: `a\x1b[31m.wav`. */
export const printable = (text: string): string => text.replaceAll(UNSAFE, escaped);

/** A text of several lines, safe to print. */
export const printableLines = (text: string): string => text.replaceAll(UNSAFE_IN_LINES, escaped);

/** JSON, with what JSON itself leaves raw escaped as JSON allows: a reader finds the same text. */
const safeJson = (json: string): string =>
  json.replaceAll(
    UNSAFE_IN_LINES,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );

/** Lines of what was asked for, on standard output. */
export function printLine(...lines: readonly string[]): void {
  for (const line of lines) console.log(printable(line));
}

/** Lines that go beside it, on standard error. */
export function printNote(...lines: readonly string[]): void {
  for (const line of lines) console.error(printable(line));
}

/** Lines of a table, on standard output, with the tabs that part its fields. */
export function printTable(text: string): void {
  for (const line of text.split("\n").slice(0, -1)) console.log(line.split("\t").map(printable).join("\t"));
}

/** An error in one line, with what to do. @param about  what it is of; the message goes behind it */
export function printError({ message, hint }: OrcaError, about?: string): void {
  printNote(["orca-embed:", ...(about === undefined ? [] : [`${about}:`]), message, hint ?? ""].join(" ").trimEnd());
}

/** A text of several lines, on standard output. */
export function printLines(text: string): void {
  printLine(...text.split("\n"));
}

/** Records on standard output, no faster than they are taken. Throws `unwritable` where nobody takes them. @param json  lines of JSON */
export async function printJson(json: string): Promise<void> {
  if (process.stdout.errored !== null) {
    process.exitCode = 1;
    throw noOutput(process.stdout.errored);
  }
  if (!process.stdout.write(safeJson(json))) await once(process.stdout, "drain");
}

/** A line that is not taken, by a full disk or a reader that has gone, ends nothing but what only prints. */
export function outliveOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return;
    process.exitCode = 1;
    printError(noOutput(error));
  });
  process.stderr.on("error", () => undefined);
}

function noOutput(error: Error): OrcaError {
  const why = fileTrouble(error)?.sentence ?? "nobody reads it";
  return new OrcaError("unwritable", `Standard output cannot be written to: ${why}.`, { cause: error });
}
