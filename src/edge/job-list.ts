import { OrcaError } from "../errors.ts";
import type { JobsEnv } from "./bindings.ts";
import type { JobRequest } from "./job.ts";
import { answered, asked, type ObjectState } from "./object-door.ts";

/** A job as the list knows it. */
export interface ListedJob {
  readonly id: string;
  readonly request: JobRequest;
  /** Milliseconds since 1970. */
  readonly began: number;
}

/** Jobs of a page. */
const PAGE = 50;
const NAME = "all";

/** Which jobs there are: one Durable Object. */
export class JobList {
  readonly #sql: ObjectState["storage"]["sql"];

  constructor({ storage }: ObjectState) {
    this.#sql = storage.sql;
    this.#sql.exec(
      "create table if not exists jobs (id text primary key, request text not null, began integer not null, " +
        "prefix text not null, out text not null, model text not null)",
    );
  }

  fetch(request: Request): Promise<Response> {
    return answered(request, {
      add: ({ id, request: wanted }: Pick<ListedJob, "id" | "request">) => this.#add(id, wanted),
      page: ({ before }: { before: string }) => ({ jobs: this.#page(before) }),
    });
  }

  /** Lists a job, if its results do not lie where another's lie that makes them otherwise. */
  #add(id: string, request: JobRequest): { readonly beside?: ListedJob } {
    const { prefix, out, model } = request;
    const near = this.#jobs("where out = ? and model = ? and id <> ? limit 1000", out, model, id);
    const beside = near.find(
      (other) =>
        choicesOf(other.request) !== choicesOf(request) &&
        (other.request.prefix.startsWith(prefix) || prefix.startsWith(other.request.prefix)),
    );
    if (beside !== undefined) return { beside };
    this.#sql.exec(
      "insert or ignore into jobs (id, request, began, prefix, out, model) values (?, ?, ?, ?, ?, ?)",
      id,
      JSON.stringify(request),
      Date.now(),
      prefix,
      out,
      model,
    );
    return {};
  }

  /** The newest first. @param before  an id, behind which the page begins */
  #page(before: string): ListedJob[] {
    const [last] = this.#jobs("where id = ?", before);
    const began = last?.began ?? Number.MAX_SAFE_INTEGER;
    return this.#jobs("where (began, id) < (?, ?) order by began desc, id desc limit ?", began, last?.id ?? "", PAGE);
  }

  #jobs(where: string, ...values: readonly (string | number)[]): ListedJob[] {
    const rows = this.#sql.exec(`select id, request, began from jobs ${where}`, ...values).toArray();
    return rows.map(({ id, request, began }) => ({
      id: String(id),
      request: JSON.parse(String(request)) as JobRequest,
      began: Number(began),
    }));
  }
}

/** What decides a job's results, wherever they lie. */
function choicesOf({ prefix: _prefix, out: _out, ...choices }: JobRequest): string {
  return JSON.stringify(Object.entries(choices).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Lists a job. Throws `bad_option` where another job makes results of the same recordings at the same place with other choices:
 * each would take the other's for its own, or stand in its way.
 */
export async function listJob({ JOB_LIST }: JobsEnv, id: string, request: JobRequest): Promise<void> {
  const { beside } = await asked(JOB_LIST, NAME)<{ beside?: ListedJob }>("add", { id, request });
  if (beside === undefined) return;
  const { prefix, out } = beside.request;
  throw new OrcaError(
    "bad_option",
    `Job ${JSON.stringify(beside.id)} puts results of ${JSON.stringify(prefix)} below ${JSON.stringify(out)} with other choices.`,
    { field: "out", hint: "Give this job another out." },
  );
}

/** Jobs, the newest first, behind one of them. */
export async function jobsBehind({ JOB_LIST }: JobsEnv, before: string): Promise<readonly ListedJob[]> {
  return (await asked(JOB_LIST, NAME)<{ jobs: ListedJob[] }>("page", { before })).jobs;
}
