import type { JobsEnv } from "./bindings.ts";
import type { JobReport, JobRequest, JobState, RecordingOutcome } from "./job.ts";
import type { Listed, ListedObject } from "./progress-object.ts";

/** One job's Durable Object, asked from outside. */
export class Progress {
  readonly #object: ReturnType<JobsEnv["JOBS"]["get"]>;

  readonly id: string;

  constructor({ JOBS }: JobsEnv, id: string) {
    this.id = id;
    this.#object = JOBS.get(JOBS.idFromName(id));
  }

  /** Whether it was begun now: a job of this id may have been begun before. */
  begin = (request: JobRequest) => this.#post<{ begun: boolean }>("begin", { id: this.id, request });
  /** Null where there is no such job. `done` is the tag of a recording that has its result. */
  settings = (key = "") =>
    this.#post<{ request: JobRequest; state: JobState; done?: string } | null>("settings", { key });
  listed = (page: Listed) => this.#post<{ send: ListedObject[] }>("listed", page);
  outcome = (outcome: Partial<RecordingOutcome> & Pick<RecordingOutcome, "key" | "result">) =>
    this.#post<{ counted: boolean }>("outcome", outcome);
  setState = (state: JobState, message?: string) => this.#post<{ state: JobState }>("state", { state, message });
  waiting = (after: string) => this.#post<{ send: ListedObject[]; last: boolean }>("waiting", { after });
  /** Null where there is no such job. */
  report = () => this.#post<JobReport | null>("report", {});

  async #post<T>(path: string, body: object): Promise<T> {
    const request = new Request(`http://job/${path}`, { method: "POST", body: JSON.stringify(body) });
    const response = await this.#object.fetch(request);
    if (!response.ok) throw new Error(`The job's object answers ${path} with ${response.status}.`);
    return (await response.json()) as T;
  }
}
