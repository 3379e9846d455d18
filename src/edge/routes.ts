import { OrcaError } from "../errors.ts";
import { hostRefused, problemResponse, type Services } from "../http/index.ts";
import type { JobsEnv } from "./bindings.ts";
import { type JobReport, jobRequest } from "./job.ts";
import { jobsBehind, listJob } from "./job-list.ts";
import { sendMessages } from "./listing.ts";
import { jobPage, jobsPage } from "./page.ts";
import { Progress } from "./progress.ts";

const MOST_BODY = 10_000;
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Whether a path is one of those below. */
export const isJobsPath = (path: string) => /^(\/v1)?\/jobs(\/|$)/.test(path);

/**
 * /v1/jobs: GET lists jobs, POST begins one; GET /v1/jobs/{id} says what it has come to, …/failures which recordings have no
 * result and why; POST …/cancel ends it, and …/resume goes on with what has no result. `Idempotency-Key` is the id of a job, so
 * that a request that is sent twice begins one. /jobs and /jobs/{id} are pages for people.
 */
export async function jobsResponse(request: Request, env: JobsEnv, services: Services): Promise<Response> {
  try {
    const { pathname, host, searchParams } = new URL(request.url);
    const named = request.headers.get("host") ?? host;
    if (!services.hosts.allows(named)) throw hostRefused(named);
    const origin = request.headers.get("origin");
    if (origin !== null && !services.origins.allows(origin, request.url)) {
      throw new OrcaError("origin_refused", `Pages of ${origin} may not use this server.`);
    }
    await services.tokens.admit(request, request.method === "GET" ? "read" : "write");
    const [, api, id, verb] = /^(\/v1)?\/jobs(?:\/([^/]+)(?:\/([^/]+))?)?\/?$/.exec(pathname) ?? [];
    const method = (allowed: string) => {
      if (!allowed.split(" ").includes(request.method)) throw notAllowed(request.method, allowed.replace(" ", " or "));
    };
    if (id === undefined) {
      method(api === undefined ? "GET" : "GET POST");
      if (request.method === "POST") return await begin(request, env, services);
      const jobs = await listed(env, searchParams.get("after") ?? "");
      return api === undefined ? jobsPage(jobs) : answer({ jobs });
    }
    if (!ID.test(id)) throw noJob(id);
    const progress = new Progress(env, id);
    if (verb === undefined || verb === "failures") {
      method("GET");
      const report = await reportOf(progress);
      if (verb === "failures") return answer(await failures(progress, searchParams));
      return api === undefined ? jobPage(report) : answer(report);
    }
    if (api === undefined || (verb !== "cancel" && verb !== "resume")) {
      throw new OrcaError("not_found", `A job cannot ${verb}; cancel, resume and failures are known.`);
    }
    method("POST");
    await reportOf(progress);
    if (verb === "cancel") await progress.setState("cancelled");
    else await resume(progress, env);
    return answer(await reportOf(progress));
  } catch (thrown) {
    return problemResponse(thrown);
  }
}

/** Jobs with what they have come to, the newest first. */
async function listed(env: JobsEnv, after: string): Promise<JobReport[]> {
  const jobs = await jobsBehind(env, after);
  const reports = await Promise.all(jobs.map(({ id }) => new Progress(env, id).report()));
  return reports.filter((report) => report !== null);
}

async function failures(progress: Progress, query: URLSearchParams) {
  const dead = query.get("dead");
  if (dead !== null && dead !== "1") {
    throw new OrcaError("bad_option", `dead=${dead} was given; dead=1 asks for what was given up.`, { field: "dead" });
  }
  return await progress.failures(query.get("after") ?? "", dead === "1");
}

async function begin(request: Request, env: JobsEnv, { store }: Services): Promise<Response> {
  const wanted = jobRequest(await json(request));
  // What cannot be is said now, and not once for each recording.
  await store.entry(wanted.model);
  const id = request.headers.get("idempotency-key") ?? crypto.randomUUID();
  if (!ID.test(id)) {
    throw new OrcaError("bad_option", "Idempotency-Key is no id: small letters, digits and -, 64 at most.", {
      field: "Idempotency-Key",
    });
  }
  const progress = new Progress(env, id);
  await listJob(env, id, wanted);
  const { begun } = await progress.begin(wanted);
  const before = await reportOf(progress);
  if (JSON.stringify(before.request) !== JSON.stringify(wanted)) {
    throw new OrcaError("bad_option", `There is a job ${JSON.stringify(id)} already, and it is another one.`, {
      field: "Idempotency-Key",
      hint: "Give this one an id of its own.",
    });
  }
  // Twice does no harm, and a request that died before this line would have left a job that lists nothing.
  const state = (await progress.settings())?.state;
  if (begun || state === "listing") await env.QUEUE.send({ kind: "list", job: id, after: "" });
  const report = await progress.report();
  return Response.json(report, { status: begun ? 201 : 200, headers: { location: `/v1/jobs/${id}` } });
}

/** Lists anew, for what has come since, and sends again what has no result. */
async function resume(progress: Progress, env: JobsEnv): Promise<void> {
  await progress.setState("listing");
  await env.QUEUE.send({ kind: "list", job: progress.id, after: "" });
  for (let after = "", last = false; !last; ) {
    const page = await progress.waiting(after);
    await sendMessages(
      env,
      page.send.map((object) => ({ kind: "record", job: progress.id, ...object })),
    );
    after = page.send.at(-1)?.key ?? after;
    ({ last } = page);
  }
}

async function reportOf(progress: Progress): Promise<JobReport> {
  const found = await progress.report();
  if (found === null) throw noJob(progress.id);
  return found;
}

const answer = (body: object) => Response.json(body, { headers: { "cache-control": "no-store" } });

async function json(request: Request): Promise<unknown> {
  const text = await request.text();
  try {
    if (text.length <= MOST_BODY) return JSON.parse(text);
  } catch {
    // Said below.
  }
  throw new OrcaError("bad_option", "The job is no JSON, or longer than a job can be.", {
    hint: 'Send JSON like {"prefix": "site-1/2024/", "model": "yamnet"}.',
  });
}

const noJob = (id: string) => new OrcaError("not_found", `There is no job ${JSON.stringify(id.slice(0, 64))}.`);

function notAllowed(method: string, allowed: string): OrcaError {
  return new OrcaError("method_not_allowed", `${method} is not for this address; ${allowed} is.`);
}
