import { counted } from "../../counted.ts";
import type { Plan } from "../../jobs/index.ts";
import { VERSION } from "../../version.ts";
import { printError, printLine, printNote } from "../print.ts";
import { type Found, foundNotes } from "../recordings/index.ts";
import type { Outcome } from "./extract-one.ts";
import { duration, type Report } from "./report.ts";
import type { Tally } from "./tally.ts";

/** Names that are said of many. */
const NAMED = 3;

/** What is to be known before the work. */
export function sayBefore({ changed, older }: Plan, found: Found, damaged: readonly number[]): void {
  printNote(...foundNotes(found));
  if (changed.length > 0) {
    const names = `${changed.slice(0, NAMED).join(", ")}${changed.length > NAMED ? ", …" : ""}`;
    printNote(`Changed since they were read, and read again: ${changed.length} (${names}).`);
  }
  for (const [version, count] of older) {
    printNote(
      `${count} results were made by version ${version}, and stay; this is ${VERSION}. --redo makes them again.`,
    );
  }
  if (damaged.length > 0) {
    const lines = damaged.slice(0, NAMED).join(", ");
    printNote(`The manifest cannot be read in ${damaged.length} lines (${lines}): what they told of is made again.`);
  }
}

/** @param place  where the result is */
export function resultLine(place: string, { windows, seconds, took, events }: Outcome): string {
  const speed = (seconds / Math.max(1e-3, took)).toFixed(1);
  const found = events === undefined ? "" : `${counted(events, "event")} in `;
  return `${place}: ${found}${counted(windows, "window")} of ${seconds.toFixed(1)} s, ${speed} x real time`;
}

/** What it came to; one result has said it itself. Returns how many failed. */
export function sayAfter({ tasks, done }: Plan, { missing }: Found, tally: Tally, report: Report): number {
  for (const { path, error } of missing) {
    printError(error, path);
    tally.fail(error.code);
  }
  const total = tasks.length + done + missing.length;
  if (total > 1 || done > 0) {
    const audio =
      report.seconds > 0 ? `; ${duration(report.seconds)} of audio, ${report.speed.toFixed(1)} x real time` : "";
    printLine(`${total} ${total === 1 ? "result" : "results"}: ${tally.sentence(done)}${audio}.`);
  }
  return tally.failures;
}
