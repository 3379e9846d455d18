import type { JobReport, JobRequest, JobState } from "./job.ts";
import { RecordingOutcome } from "./job.ts";

/** The part of a Durable Object's storage that is used: developers.cloudflare.com/durable-objects/api/sqlite-storage-api. */
interface State {
  readonly storage: {
    readonly sql: { exec(query: string, ...values: readonly (string | number | null)[]): { toArray(): Row[] } };
    transactionSync<T>(work: () => T): T;
  };
}
type Row = Readonly<Record<string, string | number | null>>;

/** Failures that a report shows, and waiting recordings that are sent again at once. */
const [SHOWN, PAGE] = [20, 500];

/**
 * The progress of one job. It is told everything at least once, and counts each recording once: by its key. It holds no
 * results and no sound.
 */
export class JobProgress {
  readonly #sql: State["storage"]["sql"];
  readonly #storage: State["storage"];

  constructor(state: State) {
    this.#storage = state.storage;
    this.#sql = state.storage.sql;
    this.#sql.exec("create table if not exists about (name text primary key, value text not null)");
    this.#sql.exec(
      "create table if not exists recordings (key text primary key, etag text not null, size integer not null, " +
        "state text not null default 'waiting', windows integer not null default 0, seconds real not null default 0, " +
        "code text not null default '', message text not null default '') without rowid",
    );
    this.#sql.exec("create index if not exists by_state on recordings (state)");
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body: unknown = request.method === "POST" ? await request.json() : undefined;
    switch (pathname) {
      case "/begin":
        return Response.json(this.#begin(body as { id: string; request: JobRequest }));
      case "/settings":
        return this.#about("request") === undefined
          ? Response.json(null)
          : Response.json(this.#settings((body as { key?: string }).key ?? ""));
      case "/listed":
        return Response.json(this.#listed(body as Listed));
      case "/outcome":
        return Response.json(this.#outcome(RecordingOutcome.parse(body)));
      case "/state":
        return Response.json(
          this.#setState((body as { state: JobState; message?: string }).state, (body as { message?: string }).message),
        );
      case "/waiting":
        return Response.json(this.#waiting((body as { after: string }).after));
      case "/report":
        return this.#about("request") === undefined ? Response.json(null) : Response.json(this.#report());
      default:
        return new Response(null, { status: 404 });
    }
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

  #settings(key: string) {
    const [done] = this.#sql.exec("select etag from recordings where key = ? and state = 'done'", key).toArray();
    const request: unknown = JSON.parse(this.#about("request") ?? "null");
    return { request, state: this.#state(), ...(done === undefined ? {} : { done: done.etag }) };
  }

  /** Recordings that are new, or not as they were: those are to be sent. */
  #listed({ objects, refused, last }: Listed): { send: ListedObject[] } {
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
      for (const { key, etag, size, message } of refused) {
        this.#sql.exec(
          "insert or replace into recordings (key, etag, size, state, code, message) values (?, ?, ?, 'failed', 'too_large', ?)",
          key,
          etag,
          size,
          message,
        );
      }
      if (last && this.#state() === "listing") this.#set("state", "running");
      return { send };
    });
  }

  #outcome({ key, result, windows, seconds, code, message }: RecordingOutcome): { counted: boolean } {
    return this.#storage.transactionSync(() => {
      const [known] = this.#sql.exec("select state from recordings where key = ?", key).toArray();
      // What is done stays done: a message that comes late or twice takes nothing back.
      if (known === undefined || known.state === "done") return { counted: false };
      this.#sql.exec(
        "update recordings set state = ?, windows = ?, seconds = ?, code = ?, message = ? where key = ?",
        result,
        windows,
        seconds,
        code,
        message,
        key,
      );
      if (this.#about("first") === undefined) this.#set("first", String(Date.now()));
      this.#set("latest", String(Date.now()));
      return { counted: true };
    });
  }

  #setState(state: JobState, message = ""): { state: JobState } {
    this.#set("state", state);
    this.#set("message", message);
    return { state };
  }

  /** Recordings that have no result, behind a key: for a job that goes on. */
  #waiting(after: string): { send: ListedObject[]; last: boolean } {
    const rows = this.#sql
      .exec(
        "select key, etag, size from recordings where state <> 'done' and code <> 'too_large' and key > ? order by key limit ?",
        after,
        PAGE,
      )
      .toArray();
    const send = rows.map(({ key, etag, size }) => ({ key: String(key), etag: String(etag), size: Number(size) }));
    return { send, last: send.length < PAGE };
  }

  #report(): JobReport {
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
    const began = Number(this.#about("began") ?? 0);
    const ended = state === "running" && waiting === 0;
    const until = ended ? Number(this.#about("latest") ?? began) : Date.now();
    const took = Math.max(1e-3, (until - began) / 1000);
    const bytes = all("bytes");
    const settled = of("done", "bytes") + of("failed", "bytes");
    const message = this.#about("message") ?? "";
    return {
      id: this.#about("id") ?? "",
      state: ended ? "done" : state,
      request: JSON.parse(this.#about("request") ?? "null") as JobRequest,
      ...(message === "" ? {} : { message }),
      recordings: done + failed + waiting,
      done,
      failed,
      waiting,
      bytes,
      bytesDone: of("done", "bytes"),
      windows: of("done", "windows"),
      seconds: of("done", "seconds"),
      givenUp: Number(given?.n ?? 0),
      speed: of("done", "seconds") / took,
      ...(settled > 0 && waiting > 0 ? { left: (took * (bytes - settled)) / settled } : {}),
      began: new Date(began).toISOString(),
      failures: this.#sql
        .exec("select key, code, message from recordings where state = 'failed' order by key limit ?", SHOWN)
        .toArray()
        .map(({ key, code, message: why }) => ({ key: String(key), code: String(code), message: String(why) })),
    };
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

/** A recording as it was listed. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/** A page of a listing. */
export interface Listed {
  readonly objects: readonly ListedObject[];
  /** Recordings that no message can do, with why. */
  readonly refused: readonly (ListedObject & { readonly message: string })[];
  readonly last: boolean;
}
