import type { PieceWindows } from "../embed/index.ts";
import type { JobsEnv, ListedObject } from "./bindings.ts";
import type { Failure, JobReport, JobRequest, JobState, RecordingOutcome } from "./job.ts";
import { asked } from "./object-door.ts";

/** A job as one of its recordings is done. */
export interface RecordingSettings {
  readonly request: JobRequest;
  readonly state: JobState;
  /** The tag of the recording whose result is there, or that failed. */
  readonly done?: string;
  readonly failed?: string;
}

/** A page of a listing. */
export interface Listed {
  readonly objects: readonly ListedObject[];
  readonly last: boolean;
}

/** A recording that is done in pieces. */
export interface Divided {
  readonly key: string;
  readonly etag: string;
  readonly pieces: readonly PieceWindows[];
}

/** One job's Durable Object, asked from outside. */
export class Progress {
  readonly #ask: <T>(path: string, body: object) => Promise<T>;

  readonly id: string;

  constructor({ JOBS }: JobsEnv, id: string) {
    this.id = id;
    this.#ask = asked(JOBS, id);
  }

  /** Whether it was begun now: a job of this id may have been begun before. */
  begin = (request: JobRequest) => this.#ask<{ begun: boolean }>("begin", { id: this.id, request });
  /** Null where there is no such job. */
  settings = (key = "") => this.#ask<RecordingSettings | null>("settings", { key });
  /** @returns what is to be sent */
  listed = (page: Listed) => this.#ask<{ send: ListedObject[] }>("listed", page);
  /** @returns the pieces that have no result. Where it was divided before, those are its pieces. */
  divided = (divided: Divided) => this.#ask<{ waiting: PieceWindows[] }>("divided", divided);
  /** @returns whether its recording is under way in pieces, and whether all of them are done */
  pieceDone = (piece: { key: string; etag: string; from: number; windows: number; seconds: number }) =>
    this.#ask<{ known: boolean; all: boolean }>("piece", piece);
  /** The pieces of a recording, all of them done, and what they hold together; none where it is not so. */
  pieces = (of: { key: string; etag: string }) =>
    this.#ask<{ pieces: PieceWindows[]; windows: number; seconds: number }>("pieces", of);
  outcome = (outcome: Partial<RecordingOutcome> & Pick<RecordingOutcome, "key" | "etag" | "result">) =>
    this.#ask<{ counted: boolean }>("outcome", outcome);
  setState = (state: JobState, message?: string) => this.#ask<{ state: JobState }>("state", { state, message });
  waiting = (after: string) => this.#ask<{ send: ListedObject[]; last: boolean }>("waiting", { after });
  /** Null where there is no such job. */
  report = () => this.#ask<JobReport | null>("report", {});
  /** Recordings that failed, behind a key: with `dead` those whose messages were given up. */
  failures = (after: string, dead: boolean) =>
    this.#ask<{ failures: Failure[]; last: boolean }>("failures", { after, dead });
}
