import type { SqlRow, SqlValue } from "../../collection/index.ts";
import type { MadeBy, Verdict, WatchEvent } from "../event.ts";

const number = (value: SqlValue | undefined) => (typeof value === "number" ? value : undefined);
const text = (value: SqlValue | undefined) => (typeof value === "string" ? value : undefined);

function verdictOf(row: SqlRow): Verdict | undefined {
  const { verdict } = row;
  if (verdict !== "confirmed" && verdict !== "rejected" && verdict !== "named") return undefined;
  return { verdict, label: text(row.label), by: String(row.verdict_by), at: Number(row.verdict_at) };
}

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
    verdict: verdictOf(row),
    suppressed: text(row.suppressed),
    created: Number(row.created),
    revision: Number(row.revision),
  };
}
