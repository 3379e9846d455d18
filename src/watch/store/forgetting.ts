import type { Sql, SqlValue } from "../../collection/index.ts";

/** From when on things are kept. */
export interface Keeping {
  /** Events that end later, ms since 1970. */
  readonly events: number;
  /** Their sound, ms since 1970. */
  readonly clips: number;
  /** All sound and pictures together; the oldest go first. */
  readonly bytes: number;
}

/**
 * Events that are older than they are kept for are forgotten, and sound that is older, or more than is kept.
 * @returns files that are no longer anybody's
 */
export function forget(sql: Sql, keep: Keeping): string[] {
  const files: string[] = [];
  const take = (where: string, ...values: SqlValue[]) =>
    files.push(...takeSound(sql, "It was kept for as long as the watch keeps sound.", where, ...values));
  take("clip IS NOT NULL AND end < ?", Math.max(keep.clips, keep.events));
  const over = sql.first(
    `SELECT end FROM (SELECT end, sum(clip_bytes) OVER (ORDER BY end DESC, number DESC) AS total FROM watch_events
      WHERE clip IS NOT NULL) WHERE total > ? ORDER BY end DESC LIMIT 1`,
    keep.bytes,
  );
  if (over !== undefined) take("clip IS NOT NULL AND end <= ?", Number(over.end));
  sql.run("DELETE FROM watch_events WHERE end < ?", keep.events);
  sql.run("DELETE FROM watch_messages WHERE created < ? AND state NOT IN ('due', 'held')", keep.events);
  sql.run("DELETE FROM watch_gaps WHERE created < ?", keep.events);
  sql.run("DELETE FROM watch_troubles WHERE ended < ?", keep.events);
  return files;
}

const OLDEST = "number IN (SELECT number FROM watch_events WHERE clip IS NOT NULL ORDER BY end, number LIMIT ?)";

/** The oldest sound, a share of all: its files, and what gives it up. */
export function oldestSound(sql: Sql, share: number) {
  const kept = Number(sql.first("SELECT count(*) AS count FROM watch_events WHERE clip IS NOT NULL")?.count);
  const count = Math.ceil(share * kept);
  return {
    files: filesOf(sql, OLDEST, count),
    /** @param why  a sentence */
    giveUp: (why: string) => void takeSound(sql, why, OLDEST, count),
  };
}

function filesOf(sql: Sql, where: string, ...values: SqlValue[]): string[] {
  const rows = [...sql.rows(`SELECT clip, picture FROM watch_events WHERE ${where}`, ...values)];
  return rows.flatMap(({ clip, picture }) => [clip, picture]).filter((file) => typeof file === "string");
}

/** @returns the files of the events whose sound was taken */
function takeSound(sql: Sql, why: string, where: string, ...values: SqlValue[]): string[] {
  const files = filesOf(sql, where, ...values);
  sql.run(
    `UPDATE watch_events SET clip = NULL, picture = NULL, clip_bytes = NULL, clipless = ? WHERE ${where}`,
    why,
    ...values,
  );
  return files;
}
