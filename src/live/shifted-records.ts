import type { HeaderRecord, LiveRecord, StartRecord } from "../records/index.ts";
import { utcText } from "../times/index.ts";
import { DRIFT } from "./segment-starts.ts";

/** How much of a stretch lies before what a listener hears of it. */
export interface Shift {
  readonly windows: number;
  readonly seconds: number;
}

/** A record of a stretch as one that began so much later has it. */
export function shiftedRecord<T extends LiveRecord>(record: T, shift: Shift): T;
export function shiftedRecord(record: LiveRecord, shift: Shift): LiveRecord {
  if (shift.seconds === 0) return record;
  const later = (seconds: number) => exact(seconds - shift.seconds);
  switch (record.type) {
    case "header":
      return shiftedHeader(record, shift.seconds);
    case "window":
      return { ...record, index: record.index - shift.windows, start: later(record.start), end: later(record.end) };
    case "summary": {
      const start = record.start === undefined ? {} : { start: startAfter(record.start, shift.seconds) };
      return { ...record, ...start, windows: record.windows - shift.windows, seconds: later(record.seconds) };
    }
    default:
      return record;
  }
}

function shiftedHeader(header: HeaderRecord, seconds: number): HeaderRecord {
  const { start, source } = header;
  // What was announced or cut off was so of the whole stretch.
  const { seconds: _, priming: __, ...rest } = source;
  return { ...header, source: rest, ...(start === undefined ? {} : { start: startAfter(start, seconds) }) };
}

function startAfter(start: StartRecord, seconds: number): StartRecord {
  const uncertainty = Math.round(1000 * (start.uncertainty + DRIFT * seconds)) / 1000;
  return { ...start, utc: utcText(Date.parse(start.utc) + 1000 * seconds), uncertainty };
}

/** Without what subtraction leaves behind: to the nanosecond. */
const exact = (seconds: number) => Math.round(1e9 * seconds) / 1e9;
