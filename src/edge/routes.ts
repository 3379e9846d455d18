import { OrcaError } from "../errors.ts";
import { hostRefused, problemResponse, type Services } from "../http/index.ts";
import type { JobsEnv } from "./bindings.ts";
import { jobRequest } from "./job.ts";
import { sendRecordings } from "./listing.ts";
import { Progress } from "./progress.ts";

const MOST_BODY = 10_000;
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * /v1/jobs: POST begins one; GET /v1/jobs/{id} says what it has come to; POST …/cancel ends it, and …/resume goes on with
 * what has no result. `Idempotency-Key` is the id of a job, so that a request that is sent twice begins one.
 */
export async function jobsResponse(request: Request, env: JobsEnv, services: Services): Promise<Response> {
  try {
    const { pathname, host } = new URL(request.url);
    const named = request.headers.get("host") ?? host;
    if (!services.hosts.allows(named)) throw hostRefused(named);
    const origin = request.headers.get("origin");
    if (origin !== null && !services.origins.allows(origin, request.url)) {
      throw new OrcaError("origin_refused", `Pages of ${origin} may not use this server.`);
    }
    await services.tokens.admit(request, request.method === "GET" ? "read" : "write");
    const [, id, verb] = /^\/v1\/jobs(?:\/([^/]+)(?:\/([^/]+))?)?$/.exec(pathname) ?? [];
    if (id === undefined) {
      if (request.method !== "POST") throw notAllowed(request.method, "POST");
      return await begin(request, env, services);
    }
    if (!ID.test(id)) throw noJob(id);
    const progress = new Progress(env, id);
    if (verb === undefined) {
      if (request.method !== "GET") throw notAllowed(request.method, "GET");
      return await report(progress);
    }
    if (verb !== "cancel" && verb !== "resume")
      throw new OrcaError("not_found", `A job cannot ${verb}; cancel and resume are known.`);
    if (request.method !== "POST") throw notAllowed(request.method, "POST");
    if ((await progress.settings()) === null) throw noJob(id);
    if (verb === "cancel") await progress.setState("cancelled");
    else await resume(progress, env);
    return await report(progress);
  } catch (thrown) {
    return problemResponse(thrown);
  }
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
  const { begun } = await progress.begin(wanted);
  // Twice does no harm, and a request that died before this line would have left a job that lists nothing.
  const state = (await progress.settings())?.state;
  if (begun || state === "listing") await env.QUEUE.send({ kind: "list", job: id, after: "" });
  const answer = await progress.report();
  return Response.json(answer, { status: begun ? 201 : 200, headers: { location: `/v1/jobs/${id}` } });
}

/** Lists anew, for what has come since, and sends again what has no result. */
async function resume(progress: Progress, env: JobsEnv): Promise<void> {
  await progress.setState("listing");
  await env.QUEUE.send({ kind: "list", job: progress.id, after: "" });
  for (let after = "", last = false; !last; ) {
    const page = await progress.waiting(after);
    await sendRecordings(env, progress.id, page.send);
    after = page.send.at(-1)?.key ?? after;
    ({ last } = page);
  }
}

async function report(progress: Progress): Promise<Response> {
  const found = await progress.report();
  if (found === null) throw noJob(progress.id);
  return Response.json(found, { headers: { "cache-control": "no-store" } });
}

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
