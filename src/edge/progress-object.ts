import type { PieceWindows } from "../embed/index.ts";
import type { ListedObject } from "./bindings.ts";
import { type Failure, type JobReport, JobRequest, type JobState, RecordingOutcome } from "./job.ts";
import { answered, type ObjectState } from "./object-door.ts";
import { PieceTable } from "./piece-table.ts";
import type { Divided, Listed, RecordingSettings } from "./progress.ts";

/** Failures that a report shows, and waiting recordings that are sent again at once. */
const [SHOWN, PAGE] = [20, 500];

/**
 * The progress of one job. It is told everything at least once, and counts each recording once: by its key. It holds no
 * results and no sound.
 */
export class JobProgress {
  readonly #sql: ObjectState["storage"]["sql"];
  readonly #storage: ObjectState["storage"];
  readonly #pieces: PieceTable;

  constructor(state: ObjectState) {
    this.#storage = state.storage;
    this.#sql = state.storage.sql;
    this.#sql.exec("create table if not exists about (name text primary key, value text not null)");
    this.#sql.exec(
      "create table if not exists recordings (key text primary key, etag text not null, size integer not null, " +
        "state text not null default 'waiting', windows integer not null default 0, seconds real not null default 0, " +
        "code text not null default '', message text not null default '') without rowid",
    );
    this.#sql.exec("create index if not exists by_state on recordings (state)");
    this.#pieces = new PieceTable(this.#sql);
  }

  fetch(request: Request): Promise<Response> {
    const of = <T>(answer: () => T) => (this.#about("request") === undefined ? null : answer());
    return answered(request, {
      begin: (wanted: { id: string; request: JobRequest }) => this.#begin(wanted),
      settings: ({ key }: { key: string }) => of(() => this.#settings(key)),
      listed: (page: Listed) => this.#listed(page),
      divided: (divided: Divided) => this.#divided(divided),
      piece: (piece: Parameters<PieceTable["done"]>[0]) => this.#storage.transactionSync(() => this.#pieceDone(piece)),
      pieces: ({ key, etag }: { key: string; etag: string }) => this.#pieces.all(key, etag),
      outcome: (outcome: unknown) => this.#outcome(RecordingOutcome.parse(outcome)),
      state: ({ state, message }: { state: JobState; message?: string }) => this.#setState(state, message),
      waiting: ({ after }: { after: string }) => this.#waiting(after),
      report: () =>
        of(() => {
          const { settled: _, ...report } = this.#report();
          return report;
        }),
      failures: ({ after, dead }: { after: string; dead: boolean }) => this.#failures(after, dead),
    });
  }

  /** Whether it was begun now. */
  #begin({ id, request }: { id: string; request: JobRequest }): { begun: boolean } {
    if (this.#about("request") !== undefined) return { begun: false };
    this.#storage.transactionSync(() => {
      this.#set("id", id);
      this.#set("request", JSON.stringify(request));
      this.#set("state", "listing");
      this.#set("began", String(Date.now()));
    });
    return { begun: true };
  }

  #settings(key: string): RecordingSettings {
    const [known] = this.#sql.exec("select etag, state from recordings where key = ?", key).toArray();
    const ended = known !== undefined && (known.state === "done" || known.state === "failed");
    return {
      request: this.#request(),
      state: this.#state(),
      ...(ended ? { [String(known.state)]: String(known.etag) } : {}),
    };
  }

  /** Recordings that are new, or not as they were: those are to be sent. */
  #listed({ objects, last }: Listed): { send: ListedObject[] } {
    return this.#storage.transactionSync(() => {
      const send: ListedObject[] = [];
      for (const object of objects) {
        const [known] = this.#sql.exec("select etag, state from recordings where key = ?", object.key).toArray();
        if (known?.etag === object.etag && known.state === "done") continue;
        this.#sql.exec(
          "insert into recordings (key, etag, size) values (?, ?, ?) on conflict (key) do update set " +
            "etag = excluded.etag, size = excluded.size, state = 'waiting', code = '', message = ''",
          object.key,
          object.etag,
          object.size,
        );
        send.push(object);
      }
      if (last && this.#state() === "listing") this.#set("state", "running");
      return { send };
    });
  }

  /** A recording is done in pieces from now on; one that failed waits again. */
  #divided({ key, etag, pieces }: Divided): { waiting: PieceWindows[] } {
    return this.#storage.transactionSync(() => {
      this.#sql.exec(
        "update recordings set state = 'waiting', code = '', message = '' where key = ? and etag = ? and state = 'failed'",
        key,
        etag,
      );
      return { waiting: this.#pieces.divide(key, etag, pieces) };
    });
  }

  #pieceDone(piece: Parameters<PieceTable["done"]>[0]): ReturnType<PieceTable["done"]> {
    this.#set("latest", String(Date.now()));
    return this.#pieces.done(piece);
  }

  #outcome({ key, etag, result, windows, seconds, code, message }: RecordingOutcome): { counted: boolean } {
    return this.#storage.transactionSync(() => {
      const [known] = this.#sql.exec("select etag, state from recordings where key = ?", key).toArray();
      // What is done stays done, and what became of an older object is no news: messages come late, and twice.
      if (known?.etag !== etag || known.state === "done") return { counted: false };
      this.#sql.exec(
        "update recordings set state = ?, windows = ?, seconds = ?, code = ?, message = ? where key = ?",
        result,
        windows,
        seconds,
        code,
        message,
        key,
      );
      this.#pieces.forget(key);
      this.#set("latest", String(Date.now()));
      return { counted: true };
    });
  }

  /** A job that goes on is timed anew: how long it stood still says nothing of its speed. */
  #setState(state: JobState, message = ""): { state: JobState } {
    if (state === "listing") {
      const { seconds, settled } = this.#report();
      this.#set("since", JSON.stringify({ at: Date.now(), seconds, settled }));
    }
    this.#set("state", state);
    this.#set("message", message);
    return { state };
  }

  /** Recordings that have no result, behind a key: for a job that goes on. */
  #waiting(after: string): { send: ListedObject[]; last: boolean } {
    const rows = this.#sql
      .exec(
        "select key, etag, size from recordings where state <> 'done' and key > ? order by key limit ?",
        after,
        PAGE,
      )
      .toArray();
    const send = rows.map(({ key, etag, size }) => ({ key: String(key), etag: String(etag), size: Number(size) }));
    return { send, last: send.length < PAGE };
  }

  #failures(after: string, dead: boolean): { failures: Failure[]; last: boolean } {
    const which = dead ? "code = 'given_up'" : "state = 'failed'";
    const failures = this.#failed(`${which} and key > ? order by key limit ?`, after, PAGE);
    return { failures, last: failures.length < PAGE };
  }

  #failed(where: string, ...values: readonly (string | number)[]): Failure[] {
    const rows = this.#sql.exec(`select key, code, message from recordings where ${where}`, ...values).toArray();
    return rows.map(({ key, code, message }) => ({ key: String(key), code: String(code), message: String(message) }));
  }

  #report(): JobReport & { readonly settled: number } {
    const rows = this.#sql
      .exec(
        "select state, count(*) as n, sum(size) as bytes, sum(windows) as windows, sum(seconds) as seconds from recordings group by state",
      )
      .toArray();
    const of = (state: string, field: string) => Number(rows.find((row) => row.state === state)?.[field] ?? 0);
    const all = (field: string) => rows.reduce((sum, row) => sum + Number(row[field] ?? 0), 0);
    const [done, failed, waiting] = [of("done", "n"), of("failed", "n"), of("waiting", "n")];
    const [given] = this.#sql.exec("select count(*) as n from recordings where code = 'given_up'").toArray();
    const state = this.#state();
    const pieces = this.#pieces.counts();
    const began = Number(this.#about("began") ?? 0);
    const ended = state === "running" && waiting === 0;
    const request = this.#request();
    const { at, ...before } = JSON.parse(this.#about("since") ?? `{"at":${began},"seconds":0,"settled":0}`) as {
      at: number;
      seconds: number;
      settled: number;
    };
    const until =
      ended || state === "cancelled" || state === "failed" ? Number(this.#about("latest") ?? at) : Date.now();
    const took = Math.max(1e-3, (until - at) / 1000);
    const bytes = all("bytes");
    const settled = of("done", "bytes") + of("failed", "bytes") + pieces.bytes;
    const seconds = of("done", "seconds") + pieces.seconds;
    const rate = (settled - before.settled) / took;
    const nothing = ended && done + failed === 0 ? `No recording lies below ${JSON.stringify(request.prefix)}.` : "";
    const message = this.#about("message") || nothing;
    return {
      id: this.#about("id") ?? "",
      state: ended ? "done" : state,
      request,
      ...(message === "" ? {} : { message }),
      recordings: done + failed + waiting,
      done,
      failed,
      waiting,
      bytes,
      bytesDone: of("done", "bytes") + pieces.bytes,
      windows: of("done", "windows"),
      seconds: of("done", "seconds"),
      givenUp: Number(given?.n ?? 0),
      ...(pieces.all === 0 ? {} : { pieces: { done: pieces.done, all: pieces.all } }),
      speed: Math.max(0, seconds - before.seconds) / took,
      ...(rate > 0 && waiting > 0 ? { left: (bytes - settled) / rate } : {}),
      began: new Date(began).toISOString(),
      failures: this.#failed("state = 'failed' order by key limit ?", SHOWN),
      settled,
    };
  }

  #request(): JobRequest {
    return JobRequest.parse(JSON.parse(this.#about("request") ?? "null"));
  }

  #state(): JobState {
    return (this.#about("state") ?? "listing") as JobState;
  }

  #about(name: string): string | undefined {
    const [row] = this.#sql.exec("select value from about where name = ?", name).toArray();
    return row === undefined ? undefined : String(row.value);
  }

  #set(name: string, value: string): void {
    this.#sql.exec("insert or replace into about (name, value) values (?, ?)", name, value);
  }
}
