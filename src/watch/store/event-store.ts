import type { Sql, SqlValue } from "../../collection/index.ts";
import type { Place } from "../../live/index.ts";
import type { FoundEvent, Verdict, WatchEvent, WatchGap } from "../event.ts";
import { eventOf } from "./event-rows.ts";
import { forget, type Keeping, oldestSound } from "./forgetting.ts";
import { prepareTables } from "./schema.ts";

/** How a hydrophone does. */
export interface HydrophoneState {
  readonly name: string;
  /** Where it is to be gone on from. */
  readonly place: Place | undefined;
  /** End of the last window, ms since 1970. */
  readonly heard: number | undefined;
  readonly state: string | undefined;
  /** ms since 1970. */
  readonly since: number | undefined;
  readonly message: string | undefined;
}

/** Which events. */
export interface EventFilter {
  readonly hydrophone?: string | undefined;
  readonly class?: string | undefined;
  /** ms since 1970: those that end behind it, and begin before it. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Those that were changed since. */
  readonly revision?: number | undefined;
}

/** Sound that was kept of an event. */
export interface KeptClip {
  readonly clip: string;
  readonly clipStart: number | undefined;
  readonly clipSeconds: number;
  readonly picture: string | undefined;
  /** Of both. */
  readonly bytes: number;
}

/** One gap's beginnings by two runs lie no further apart, ms. */
const SAME_GAP = 2000;

/** What a watch remembers: events, gaps, where each hydrophone is gone on from. In SQLite, wherever that lies. */
export class EventStore {
  readonly sql: Sql;

  /** Throws `collection_invalid` for tables of a newer version, and what SQLite says. */
  constructor(sql: Sql) {
    this.sql = sql;
    prepareTables(sql);
  }

  /** All that `work` writes, or, where it throws, nothing. */
  transaction<T>(work: () => T): T {
    return this.sql.transaction(work);
  }

  /** An event that begins. */
  begin(found: FoundEvent, now: number): WatchEvent {
    const id = crypto.randomUUID();
    const { hydrophone, head, start, end, uncertainty, source, peak, peakStart, mean, windows, made } = found;
    this.sql.run(
      `INSERT INTO watch_events (id, hydrophone, head, class, phase, start, end, uncertainty, source, peak, peak_start, mean,
        windows, made, created, revision) VALUES (?, ?, ?, ?, 'begin', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      hydrophone,
      head,
      found.class,
      start,
      end,
      uncertainty ?? null,
      source,
      peak,
      peakStart,
      mean,
      windows,
      JSON.stringify(made),
      now,
      this.#nextRevision(),
    );
    return this.event(id) as WatchEvent;
  }

  /** How far events that go on were heard: what a run that is killed leaves behind. */
  goOn(ids: readonly string[], end: number): void {
    for (const id of ids) this.sql.run("UPDATE watch_events SET end = max(end, ?) WHERE id = ?", Math.round(end), id);
  }

  /** What more is known of an event: it may have been found before, and then keeps the most that was found. */
  extend(id: string, found: FoundEvent, phase: WatchEvent["phase"]): WatchEvent {
    const { start, end, peak, peakStart, mean, windows } = found;
    const before = this.event(id) as WatchEvent;
    const louder = peak > before.peak;
    this.sql.run(
      `UPDATE watch_events SET phase = ?, start = ?, end = ?, peak = ?, peak_start = ?, mean = ?, windows = ?, revision = ?
        WHERE id = ?`,
      phase,
      Math.min(start, before.start),
      phase === "end" && before.phase === "begin" ? end : Math.max(end, before.end),
      Math.max(peak, before.peak),
      louder ? peakStart : before.peakStart,
      windows >= before.windows ? mean : before.mean,
      Math.max(windows, before.windows),
      this.#nextRevision(),
      id,
    );
    return this.event(id) as WatchEvent;
  }

  /** It is over, as far as was found out. */
  close(id: string, clipless: string): void {
    this.sql.run(
      "UPDATE watch_events SET phase = 'end', clipless = coalesce(clipless, ?), revision = ? WHERE id = ?",
      clipless,
      this.#nextRevision(),
      id,
    );
  }

  keepClip(id: string, { clip, clipStart, clipSeconds, picture, bytes }: KeptClip): WatchEvent {
    this.sql.run(
      `UPDATE watch_events SET clip = ?, clip_start = ?, clip_seconds = ?, clip_bytes = ?, picture = ?, clipless = NULL, revision = ?
        WHERE id = ?`,
      clip,
      clipStart ?? null,
      clipSeconds,
      bytes,
      picture ?? null,
      this.#nextRevision(),
      id,
    );
    return this.event(id) as WatchEvent;
  }

  keepVerdict(id: string, { verdict, label, by, at }: Verdict): WatchEvent {
    this.sql.run(
      "UPDATE watch_events SET verdict = ?, label = ?, verdict_by = ?, verdict_at = ?, revision = ? WHERE id = ?",
      verdict,
      label ?? null,
      by,
      at,
      this.#nextRevision(),
      id,
    );
    return this.event(id) as WatchEvent;
  }

  /** @param rule  by which it is not told; undefined where it is after all */
  suppress(id: string, rule: string | undefined): WatchEvent {
    this.sql.run(
      "UPDATE watch_events SET suppressed = ?, revision = ? WHERE id = ?",
      rule ?? null,
      this.#nextRevision(),
      id,
    );
    return this.event(id) as WatchEvent;
  }

  /** @param why  a sentence */
  clipless(id: string, why: string): WatchEvent {
    this.sql.run("UPDATE watch_events SET clipless = ?, revision = ? WHERE id = ?", why, this.#nextRevision(), id);
    return this.event(id) as WatchEvent;
  }

  event(id: string): WatchEvent | undefined {
    const row = this.sql.first("SELECT * FROM watch_events WHERE id = ?", id);
    return row === undefined ? undefined : eventOf(row);
  }

  /** An event of an earlier run that this is one of: of the same class, and no further away than `apart` ms. */
  foundBefore({ hydrophone, head, class: name, start, end }: FoundEvent, apart: number, numberedTo: number) {
    const row = this.sql.first(
      `SELECT * FROM watch_events WHERE hydrophone = ? AND head = ? AND class = ? AND number <= ? AND start <= ? AND end >= ?
        ORDER BY abs(start - ?) LIMIT 1`,
      hydrophone,
      head,
      name,
      numberedTo,
      end + apart,
      start - apart,
      start,
    );
    return row === undefined ? undefined : eventOf(row);
  }

  /** Events that an earlier run did not see to their end, of one hydrophone. */
  *unfinished(hydrophone: string, numberedTo: number): Generator<WatchEvent> {
    const rows = this.sql.rows(
      `SELECT * FROM watch_events WHERE hydrophone = ? AND number <= ? AND (phase = 'begin' OR (clip IS NULL AND clipless IS NULL))`,
      hydrophone,
      numberedTo,
    );
    for (const row of rows) yield eventOf(row);
  }

  /** The number of the last event so far. */
  lastNumber(): number {
    return Number(this.sql.first("SELECT max(number) AS last FROM watch_events")?.last ?? 0);
  }

  /** The number of the last change. */
  get revision(): number {
    return Number(this.sql.first("SELECT value FROM watch_facts WHERE name = 'revision'")?.value ?? 0);
  }

  /** Events, the newest first; by revision, the oldest change first. @param before  only those that come behind this one */
  *events(filter: EventFilter, most: number, before?: WatchEvent): Generator<WatchEvent> {
    const tests: string[] = [];
    const values: SqlValue[] = [];
    const test = (text: string, value: SqlValue | undefined) => {
      if (value === undefined) return;
      tests.push(text);
      values.push(value);
    };
    test("hydrophone = ?", filter.hydrophone);
    test("class = ?", filter.class);
    test("end >= ?", filter.from);
    test("start < ?", filter.to);
    test("revision > ?", filter.revision);
    if (before !== undefined) {
      tests.push("(start, number) < (?, (SELECT number FROM watch_events WHERE id = ?))");
      values.push(before.start, before.id);
    }
    const where = tests.length === 0 ? "" : `WHERE ${tests.join(" AND ")}`;
    const order = filter.revision === undefined ? "start DESC, number DESC" : "revision";
    for (const row of this.sql.rows(`SELECT * FROM watch_events ${where} ORDER BY ${order} LIMIT ?`, ...values, most))
      yield eventOf(row);
  }

  /** A gap, once: what an earlier run had read is read again by the next. */
  gap({ hydrophone, utc, seconds, reason, message }: WatchGap, now: number): void {
    const known = this.sql.first(
      "SELECT 1 AS known FROM watch_gaps WHERE hydrophone = ? AND reason = ? AND message = ? AND abs(utc - ?) < ?",
      hydrophone,
      reason,
      message,
      utc ?? null,
      SAME_GAP,
    );
    if (known !== undefined) return;
    this.sql.run(
      "INSERT INTO watch_gaps (hydrophone, utc, seconds, reason, message, created) VALUES (?, ?, ?, ?, ?, ?)",
      hydrophone,
      utc === undefined ? null : Math.round(utc),
      seconds ?? null,
      reason,
      message,
      now,
    );
  }

  /** In the order in which they were found. @param most  of them, the last ones */
  *gaps(hydrophone: string, most = 1_000_000): Generator<WatchGap> {
    for (const row of this.sql.rows(
      `SELECT * FROM (SELECT * FROM watch_gaps WHERE hydrophone = ? ORDER BY number DESC LIMIT ?) ORDER BY number`,
      hydrophone,
      most,
    ))
      yield {
        hydrophone,
        utc: row.utc === null ? undefined : Number(row.utc),
        seconds: row.seconds === null ? undefined : Number(row.seconds),
        reason: String(row.reason),
        message: String(row.message),
      };
  }

  /** How many events of a hydrophone began since, by class. @param since  ms since 1970 */
  countsSince(hydrophone: string, since: number): { readonly class: string; readonly count: number }[] {
    const rows = this.sql.rows(
      "SELECT class, count(*) AS count FROM watch_events WHERE hydrophone = ? AND start >= ? GROUP BY class ORDER BY count DESC",
      hydrophone,
      since,
    );
    return Array.from(rows, (row) => ({ class: String(row.class), count: Number(row.count) }));
  }

  /** How many events and gaps are kept, by hydrophone. */
  counts(): { readonly events: ReadonlyMap<string, number>; readonly gaps: ReadonlyMap<string, number> } {
    const of = (table: "watch_events" | "watch_gaps") =>
      new Map(
        Array.from(this.sql.rows(`SELECT hydrophone, count(*) AS count FROM ${table} GROUP BY hydrophone`), (row) => [
          String(row.hydrophone),
          Number(row.count),
        ]),
      );
    return { events: of("watch_events"), gaps: of("watch_gaps") };
  }

  hydrophone(name: string): HydrophoneState {
    const row = this.sql.first("SELECT * FROM watch_hydrophones WHERE name = ?", name);
    const text = (value: SqlValue | undefined) => (typeof value === "string" ? value : undefined);
    const number = (value: SqlValue | undefined) => (typeof value === "number" ? value : undefined);
    const place = text(row?.place);
    return {
      name,
      place: place === undefined ? undefined : (JSON.parse(place) as Place),
      heard: number(row?.heard),
      state: text(row?.state),
      since: number(row?.since),
      message: text(row?.message),
    };
  }

  /** How far it was heard, and where it is to be gone on from. */
  keepPlace(name: string, place: Place | undefined, heard: number | undefined): void {
    this.sql.run(
      `INSERT INTO watch_hydrophones (name, place, heard) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET place = excluded.place, heard = coalesce(excluded.heard, heard)`,
      name,
      place === undefined ? null : JSON.stringify(place),
      heard === undefined ? null : Math.round(heard),
    );
  }

  keepState(name: string, state: string, message: string | undefined, now: number): void {
    this.sql.run(
      `INSERT INTO watch_hydrophones (name, state, since, message) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
        since = CASE WHEN state IS excluded.state THEN since ELSE excluded.since END, state = excluded.state, message = excluded.message`,
      name,
      state,
      now,
      message ?? null,
    );
  }

  /** The oldest sound, a share of all: its files, and what gives it up. */
  oldestSound(share: number) {
    return oldestSound(this.sql, share);
  }

  /** Forgets what is no longer kept. @returns files that are no longer anybody's */
  forget(keep: Keeping): string[] {
    return forget(this.sql, keep);
  }

  #nextRevision(): number {
    this.sql.run(
      "INSERT INTO watch_facts (name, value) VALUES ('revision', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
    );
    return Number(this.sql.first("SELECT value FROM watch_facts WHERE name = 'revision'")?.value);
  }
}
