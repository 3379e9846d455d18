import type { Sql } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";

const VERSION = 1;

const TABLES = [
  "CREATE TABLE IF NOT EXISTS watch_facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
  `CREATE TABLE IF NOT EXISTS watch_hydrophones (
    name TEXT PRIMARY KEY, place TEXT, heard INTEGER, state TEXT, since INTEGER, message TEXT)`,
  `CREATE TABLE IF NOT EXISTS watch_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, hydrophone TEXT NOT NULL, head TEXT NOT NULL,
    class TEXT NOT NULL, phase TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, uncertainty REAL, source TEXT NOT NULL,
    peak REAL NOT NULL, peak_start INTEGER NOT NULL, mean REAL NOT NULL, windows INTEGER NOT NULL, made TEXT NOT NULL,
    clip TEXT, clip_start INTEGER, clip_seconds REAL, clip_bytes INTEGER, picture TEXT, clipless TEXT,
    verdict TEXT, label TEXT, verdict_by TEXT, verdict_at INTEGER, suppressed TEXT,
    created INTEGER NOT NULL, revision INTEGER NOT NULL)`,
  "CREATE INDEX IF NOT EXISTS watch_events_of ON watch_events (hydrophone, start)",
  "CREATE INDEX IF NOT EXISTS watch_events_revision ON watch_events (revision)",
  `CREATE TABLE IF NOT EXISTS watch_gaps (
    number INTEGER PRIMARY KEY AUTOINCREMENT, hydrophone TEXT NOT NULL, utc INTEGER, seconds REAL, reason TEXT NOT NULL,
    message TEXT NOT NULL, created INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS watch_messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, delivery TEXT NOT NULL, kind TEXT NOT NULL,
    hydrophone TEXT, class TEXT, event TEXT, event_start INTEGER, body TEXT, state TEXT NOT NULL, reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, next INTEGER, created INTEGER NOT NULL, ended INTEGER, said TEXT)`,
  "CREATE INDEX IF NOT EXISTS watch_messages_due ON watch_messages (delivery, state, next)",
  `CREATE TABLE IF NOT EXISTS watch_suppressions (
    name TEXT PRIMARY KEY, hydrophone TEXT NOT NULL, model TEXT NOT NULL, centre BLOB NOT NULL, nearest REAL NOT NULL,
    event TEXT NOT NULL, created INTEGER NOT NULL, undone INTEGER)`,
  `CREATE TABLE IF NOT EXISTS watch_examples (
    event TEXT PRIMARY KEY, hydrophone TEXT NOT NULL, model TEXT NOT NULL, vectors BLOB NOT NULL, created INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS watch_encounters (
    delivery TEXT NOT NULL, hydrophone TEXT NOT NULL, class TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (delivery, hydrophone, class))`,
  `CREATE TABLE IF NOT EXISTS watch_troubles (
    number INTEGER PRIMARY KEY AUTOINCREMENT, hydrophone TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
    since INTEGER NOT NULL, ended INTEGER)`,
  `CREATE TABLE IF NOT EXISTS watch_background (
    hydrophone TEXT NOT NULL, made TEXT NOT NULL, head TEXT NOT NULL, class TEXT NOT NULL, day INTEGER NOT NULL,
    counts BLOB NOT NULL, PRIMARY KEY (hydrophone, made, head, class, day))`,
  `CREATE TABLE IF NOT EXISTS watch_thresholds (
    number INTEGER PRIMARY KEY AUTOINCREMENT, hydrophone TEXT NOT NULL, head TEXT NOT NULL, class TEXT NOT NULL,
    threshold REAL NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL, undone INTEGER)`,
] as const;

/** Makes the tables where they are not there. Throws `collection_invalid` for those of a newer version. */
export function prepareTables(sql: Sql): void {
  sql.transaction(() => {
    for (const statement of TABLES) sql.run(statement);
    const known = sql.first("SELECT value FROM watch_facts WHERE name = 'version'")?.value;
    if (known === undefined) sql.run("INSERT INTO watch_facts (name, value) VALUES ('version', ?)", VERSION);
    else if (known !== VERSION) {
      throw new OrcaError(
        "collection_invalid",
        `What the watch keeps has version ${known}, and this knows ${VERSION}.`,
        {
          hint: "Use the version of orca-embed that wrote it, or another folder for state.",
        },
      );
    }
  });
}
