import type { Sql, SqlRow, SqlValue } from "../../collection/index.ts";

/**
 * What a message is of: an event, several together, that there were more than the limit, how a hydrophone does, or a test.
 * The last three say it in their text.
 */
export type MessageKind = "event" | "digest" | "limit" | "trouble" | "test";

/**
 * `due` is to be sent, at `next`; `held` waits to be told together with others; `together` was; `left` is not told by a rule;
 * `undelivered` was tried for as long as it is tried.
 */
export type MessageState = "due" | "held" | "together" | "left" | "delivered" | "undelivered";

export interface Message {
  /** The idempotency key: the same however often it is sent. */
  readonly key: string;
  readonly delivery: string;
  readonly kind: MessageKind;
  readonly hydrophone: string | undefined;
  /** Ids. */
  readonly events: readonly string[];
  readonly text: string | undefined;
  readonly trouble: TroubleSaid | undefined;
  readonly state: MessageState;
  /** Which rule left it out or holds it. */
  readonly reason: string | undefined;
  readonly attempts: number;
  /** ms since 1970. */
  readonly next: number | undefined;
  readonly created: number;
  readonly ended: number | undefined;
  /** What the last attempt came to. */
  readonly said: string | undefined;
}

/** A message waits for its next attempt no longer than this, ms. */
export const LONGEST_WAIT = 3_600_000;

/** Why a message waits that would be sent at another hour. */
export const QUIET = "quiet hours";

/** What is told of a hydrophone's trouble, beside the text. */
export interface TroubleSaid {
  readonly hydrophone: string;
  /** `gone`, `silent`, `stuck`, `clipped` or `offset`. */
  readonly kind: string;
  /** Heading: `Trouble at Orcasound Lab`. */
  readonly title: string;
  /** ISO 8601. */
  readonly since: string;
  readonly ended?: string;
}

/** A message that is new. */
export interface NewMessage {
  readonly key: string;
  readonly delivery: string;
  readonly kind: MessageKind;
  readonly hydrophone?: string;
  readonly class?: string;
  readonly event?: string;
  readonly eventStart?: number;
  /** Ids of several events, or a text, and the trouble that it is of. */
  readonly body?: { readonly events?: readonly string[]; readonly text?: string; readonly trouble?: TroubleSaid };
  readonly state: "due" | "held" | "left";
  readonly reason?: string;
  readonly next?: number;
}

/** Messages to deliveries: what is to be sent, and what became of it. On the disk, so that none is lost. */
export class MessageStore {
  readonly #sql: Sql;

  /** @param sql  with the tables of an EventStore */
  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** All that `work` writes, or, where it throws, nothing. */
  transaction<T>(work: () => T): T {
    return this.#sql.transaction(work);
  }

  has(key: string): boolean {
    return this.#sql.first("SELECT 1 AS known FROM watch_messages WHERE key = ?", key) !== undefined;
  }

  add(message: NewMessage, now: number): void {
    const { key, delivery, kind, hydrophone, event, eventStart, body, state, reason, next } = message;
    this.#sql.run(
      `INSERT OR IGNORE INTO watch_messages (key, delivery, kind, hydrophone, class, event, event_start, body, state, reason, next,
        created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      key,
      delivery,
      kind,
      hydrophone ?? null,
      message.class ?? null,
      event ?? null,
      eventStart ?? null,
      body === undefined ? null : JSON.stringify(body),
      state,
      reason ?? null,
      next ?? (state === "due" ? now : null),
      now,
    );
  }

  /** What is to be sent next, if its time has come. @param besides  keys of what is being sent */
  due(delivery: string, now: number, besides: readonly string[] = []): Message | undefined {
    const row = this.#sql.first(
      `SELECT * FROM watch_messages WHERE delivery = ? AND state = 'due' AND (next <= ? OR next > ?)
        AND key NOT IN (${besides.map(() => "?").join(", ")}) ORDER BY next, number LIMIT 1`,
      delivery,
      now,
      // Nothing waits so long: the clock was set back.
      now + LONGEST_WAIT,
      ...besides,
    );
    return row === undefined ? undefined : messageOf(row);
  }

  /** When something is to be sent, or told together, ms since 1970. @param besides  keys of what is being sent */
  nextTime(delivery: string, besides: readonly string[] = []): number | undefined {
    const row = this.#sql.first(
      `SELECT min(next) AS next FROM watch_messages WHERE delivery = ? AND state IN ('due', 'held')
        AND key NOT IN (${besides.map(() => "?").join(", ")})`,
      delivery,
      ...besides,
    );
    return typeof row?.next === "number" ? row.next : undefined;
  }

  /** What waits to be told together, and whose time has come. */
  held(delivery: string, now: number): Message[] {
    const rows = this.#sql.rows(
      "SELECT * FROM watch_messages WHERE delivery = ? AND state = 'held' AND next <= ? ORDER BY event_start, number",
      delivery,
      now,
    );
    return Array.from(rows, messageOf);
  }

  /** What has waited is to be sent now. */
  release(key: string, now: number): void {
    this.#sql.run("UPDATE watch_messages SET state = 'due', next = ? WHERE key = ?", now, key);
  }

  end(key: string, state: "delivered" | "undelivered" | "together", said: string | undefined, now: number): void {
    this.#sql.run(
      "UPDATE watch_messages SET state = ?, attempts = attempts + ?, next = NULL, ended = ?, said = ? WHERE key = ?",
      state,
      state === "together" ? 0 : 1,
      now,
      said ?? null,
      key,
    );
  }

  /** What is still to be sent is tried now, however long it was to wait: whoever starts anew may have changed something. */
  tryNow(now: number): void {
    this.#sql.run("UPDATE watch_messages SET next = ? WHERE state = 'due' AND next > ?", now, now);
  }

  /** It could not be sent, and is tried again at `next`. */
  again(key: string, said: string, next: number): void {
    this.#sql.run(
      "UPDATE watch_messages SET attempts = attempts + 1, said = ?, next = ? WHERE key = ?",
      said,
      next,
      key,
    );
  }

  /** Starts of events that were told, of a class of a hydrophone, between two times (ms since 1970). */
  told(delivery: string, hydrophone: string, name: string, from: number, to: number): number[] {
    const rows = this.#sql.rows(
      `SELECT event_start FROM watch_messages WHERE delivery = ? AND hydrophone = ? AND class = ? AND kind = 'event'
        AND state <> 'left' AND coalesce(reason, ?) = ? AND event_start > ? AND event_start < ?`,
      delivery,
      hydrophone,
      name,
      QUIET,
      QUIET,
      from,
      to,
    );
    return Array.from(rows, (row) => Number(row.event_start));
  }

  /** Messages that were to be sent since, ms since 1970: when each was made, the oldest first. */
  sentSince(delivery: string, since: number): number[] {
    const rows = this.#sql.rows(
      `SELECT created FROM watch_messages WHERE delivery = ? AND kind IN ('event', 'digest') AND created > ?
        AND state IN ('due', 'delivered', 'undelivered') ORDER BY created`,
      delivery,
      since,
    );
    return Array.from(rows, (row) => Number(row.created));
  }

  /** Until when an encounter goes on, ms since 1970. */
  encounterUntil(delivery: string, hydrophone: string, name: string): number | undefined {
    const row = this.#sql.first(
      "SELECT until FROM watch_encounters WHERE delivery = ? AND hydrophone = ? AND class = ?",
      delivery,
      hydrophone,
      name,
    );
    return typeof row?.until === "number" ? row.until : undefined;
  }

  goOnEncounter(delivery: string, hydrophone: string, name: string, until: number): void {
    this.#sql.run(
      `INSERT INTO watch_encounters (delivery, hydrophone, class, until) VALUES (?, ?, ?, ?)
        ON CONFLICT (delivery, hydrophone, class) DO UPDATE SET until = max(until, excluded.until)`,
      delivery,
      hydrophone,
      name,
      Math.round(until),
    );
  }

  /** How many there are, by delivery and state. */
  counts(): { readonly delivery: string; readonly state: string; readonly count: number }[] {
    const rows = this.#sql.rows(
      "SELECT delivery, state, count(*) AS count FROM watch_messages GROUP BY delivery, state ORDER BY delivery, state",
    );
    return Array.from(rows, ({ delivery, state, count }) => ({
      delivery: String(delivery),
      state: String(state),
      count: Number(count),
    }));
  }

  /** When the last message of a delivery arrived, ms since 1970. */
  lastDelivered(delivery: string): number | undefined {
    const row = this.#sql.first(
      "SELECT max(ended) AS last FROM watch_messages WHERE delivery = ? AND state = 'delivered'",
      delivery,
    );
    return typeof row?.last === "number" ? row.last : undefined;
  }

  /** What could not be delivered yet, or at all: the newest first. */
  *troubled(delivery: string, most: number): Generator<Message> {
    for (const row of this.#sql.rows(
      `SELECT * FROM watch_messages WHERE delivery = ? AND (state = 'undelivered' OR (state = 'due' AND attempts > 0))
        ORDER BY number DESC LIMIT ?`,
      delivery,
      most,
    ))
      yield messageOf(row);
  }

  /** The newest first. @param state  all where it is left out */
  *list(state: MessageState | undefined, most: number): Generator<Message> {
    const [where, values]: [string, SqlValue[]] = state === undefined ? ["", []] : ["WHERE state = ?", [state]];
    for (const row of this.#sql.rows(
      `SELECT * FROM watch_messages ${where} ORDER BY number DESC LIMIT ?`,
      ...values,
      most,
    ))
      yield messageOf(row);
  }
}

function messageOf(row: SqlRow): Message {
  const text = (value: SqlValue | undefined) => (typeof value === "string" ? value : undefined);
  const number = (value: SqlValue | undefined) => (typeof value === "number" ? value : undefined);
  const body = JSON.parse(text(row.body) ?? "{}") as NonNullable<NewMessage["body"]>;
  const event = text(row.event);
  return {
    key: String(row.key),
    delivery: String(row.delivery),
    kind: row.kind as MessageKind,
    hydrophone: text(row.hydrophone),
    events: body.events ?? (event === undefined ? [] : [event]),
    text: body.text,
    trouble: body.trouble,
    state: row.state as MessageState,
    reason: text(row.reason),
    attempts: Number(row.attempts),
    next: number(row.next),
    created: Number(row.created),
    ended: number(row.ended),
    said: text(row.said),
  };
}
