import type { SqlRow, SqlValue } from "../../collection/index.ts";
import type { MadeBy, WatchEvent } from "../event.ts";

const number = (value: SqlValue | undefined) => (typeof value === "number" ? value : undefined);
const text = (value: SqlValue | undefined) => (typeof value === "string" ? value : undefined);

/** An event of its row. */
export function eventOf(row: SqlRow): WatchEvent {
  return {
    id: String(row.id),
    hydrophone: String(row.hydrophone),
    head: String(row.head),
    class: String(row.class),
    phase: row.phase === "begin" ? "begin" : "end",
    start: Number(row.start),
    end: Number(row.end),
    uncertainty: number(row.uncertainty),
    source: String(row.source),
    peak: Number(row.peak),
    peakStart: Number(row.peak_start),
    mean: Number(row.mean),
    windows: Number(row.windows),
    made: JSON.parse(String(row.made)) as MadeBy,
    clip: text(row.clip),
    clipStart: number(row.clip_start),
    clipSeconds: number(row.clip_seconds),
    picture: text(row.picture),
    clipless: text(row.clipless),
    created: Number(row.created),
    revision: Number(row.revision),
  };
}
