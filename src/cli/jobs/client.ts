import type { Failure, JobReport } from "../../edge/index.ts";
import { OrcaError } from "../../errors.ts";
import { problemIn } from "../../records/problems.ts";
import { serverOf, TOKEN_VARIABLE } from "./options.ts";

/** Milliseconds that an answer may take. */
const PATIENCE = 60_000;

/** The jobs of a server, over HTTP. Everything throws what the server says, or `fetch_failed` where it is not reached. */
export class JobsClient {
  readonly #server: string;
  readonly #token: string;

  constructor({
    server,
    token = process.env[TOKEN_VARIABLE] ?? "",
  }: { server: string | undefined; token: string | undefined }) {
    this.#server = serverOf(server);
    this.#token = token;
  }

  /** @returns whether it was begun now, and what it has come to */
  async start(request: object, id: string | undefined): Promise<{ readonly begun: boolean; readonly job: JobReport }> {
    const headers = id === undefined ? {} : { "idempotency-key": id };
    const response = await this.#ask("POST", "", headers, JSON.stringify(request));
    return { begun: response.status === 201, job: (await response.json()) as JobReport };
  }

  /** The newest first. */
  async *list(): AsyncGenerator<JobReport> {
    for (let after = ""; ; ) {
      const response = await this.#ask("GET", after === "" ? "" : `?after=${encodeURIComponent(after)}`);
      const { jobs } = (await response.json()) as { jobs: JobReport[] };
      yield* jobs;
      const last = jobs.at(-1)?.id;
      if (last === undefined || last === after) return;
      after = last;
    }
  }

  show = (id: string) => this.#job("GET", id, "");
  cancel = (id: string) => this.#job("POST", id, "/cancel");
  resume = (id: string) => this.#job("POST", id, "/resume");

  /** Recordings without a result, in the order of their keys. @param dead  only what the queue gave up */
  async *failures(id: string, dead: boolean): AsyncGenerator<Failure> {
    for (let after = "", last = false; !last; ) {
      const query = new URLSearchParams({ after, ...(dead ? { dead: "1" } : {}) });
      const response = await this.#ask("GET", `/${encodeURIComponent(id)}/failures?${query}`);
      const page = (await response.json()) as { failures: Failure[]; last: boolean };
      yield* page.failures;
      after = page.failures.at(-1)?.key ?? after;
      ({ last } = page);
    }
  }

  async #job(method: string, id: string, verb: string): Promise<JobReport> {
    return (await (await this.#ask(method, `/${encodeURIComponent(id)}${verb}`)).json()) as JobReport;
  }

  async #ask(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
    const bearer = this.#token === "" ? {} : { authorization: `Bearer ${this.#token}` };
    const init = { method, headers: { ...headers, ...bearer }, signal: AbortSignal.timeout(PATIENCE) };
    let response: Response;
    try {
      response = await fetch(`${this.#server}/v1/jobs${path}`, body === undefined ? init : { ...init, body });
    } catch (cause) {
      throw new OrcaError("fetch_failed", `${this.#server} does not answer.`, {
        hint: "Is the Worker for archives running there? npx wrangler dev --config wrangler.jobs.toml",
        cause,
      });
    }
    if (!response.ok) throw await problemIn(response);
    return response;
  }
}
