import { html, raw } from "hono/html";
import { STATUS_STYLE } from "../http/index.ts";
import { inWords } from "../watch/index.ts";
import type { JobReport, JobState } from "./job.ts";

type Markup = ReturnType<typeof html>;

/** The pages are made anew so often, s. */
const EVERY = 10;
/** Nothing is loaded and nothing runs, and nobody frames it. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STATES: Readonly<Record<JobState, readonly [string, "well" | "wait" | "bad"]>> = {
  listing: ["Listing", "wait"],
  running: ["At work", "wait"],
  done: ["Done", "well"],
  cancelled: ["Cancelled", "wait"],
  failed: ["Stopped", "bad"],
};

/** All jobs, for people: no script, light and dark, any width. */
export function jobsPage(jobs: readonly JobReport[]): Promise<Response> {
  const rows = jobs.map(
    (job) => html`<tr>
<td><a href="/jobs/${job.id}">${job.id}</a></td><td>${job.request.prefix}</td><td>${job.request.model}</td>
<td>${STATES[job.state][0]}</td><td class="number">${share(job)}</td><td class="number ${job.failed > 0 ? "bad" : ""}">${job.failed}</td>
</tr>`,
  );
  const body = html`<section class="wide">${
    jobs.length === 0
      ? html`<p>There is no job yet: <code>orca-embed jobs start</code>, or POST /v1/jobs, begins one.</p>`
      : html`<table>
<thead><tr><th>Job</th><th>Recordings below</th><th>Model</th><th>State</th><th class="number">Done</th><th class="number">Failed</th></tr></thead>
<tbody>${rows}</tbody>
</table>`
  }</section>`;
  return page("Jobs", html`<h1>Jobs</h1>`, body, "/v1/jobs");
}

/** One job, for people. */
export function jobPage(job: JobReport): Promise<Response> {
  const [state, kind] = STATES[job.state];
  const { request, message, left, pieces, failures } = job;
  const facts: readonly (readonly [string, string])[] = [
    ["Recordings", `${job.done + job.failed} of ${job.recordings}`],
    ["Failed", `${job.failed}${job.givenUp > 0 ? `, ${job.givenUp} given up` : ""}`],
    ["Time left", left === undefined ? "–" : inWords(left)],
    ["Sound", inWords(job.seconds)],
    ["Windows", String(job.windows)],
    ["Speed", `${job.speed < 10 ? job.speed.toFixed(1) : Math.round(job.speed)} × real time`],
    ...(pieces === undefined ? [] : [["Pieces of long ones", `${pieces.done} of ${pieces.all}`] as const]),
  ];
  const body = html`<section class="wide">
<h2>${request.model}, ${request.prefix} to ${request.out}<span class="state ${kind}">${state}</span></h2>
${message === undefined ? "" : html`<p class="note ${kind === "bad" ? "bad" : ""}">${message}</p>`}
<progress max="1" value="${fraction(job)}" style="width:100%">${share(job)}</progress>
<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p class="quiet">Begun ${job.began}.</p>
</section>
${failures.length === 0 ? "" : failuresOf(job)}`;
  return page(
    `${job.id}: ${state}`,
    html`<p><a href="/jobs">Jobs</a></p><h1>${job.id}</h1>`,
    body,
    `/v1/jobs/${job.id}`,
  );
}

function failuresOf({ id, failures, failed, givenUp }: JobReport): Markup {
  const more = failed - failures.length;
  return html`<section class="wide">
<h2>Recordings without a result</h2>
<table><thead><tr><th>Recording</th><th>Why</th></tr></thead>
<tbody>${failures.map(({ key, message }) => html`<tr><td>${key}</td><td>${message}</td></tr>`)}</tbody></table>
<p class="quiet">${more > 0 ? `${more} more: ` : ""}<a href="/v1/jobs/${id}/failures">all</a>${
    givenUp > 0 ? html`, <a href="/v1/jobs/${id}/failures?dead=1">given up by the queue</a>` : ""
  }. <code>orca-embed jobs resume ${id}</code> tries them again.</p>
</section>`;
}

/** How much of a job is done: by its bytes, as recordings differ in length. */
function fraction({ bytes, bytesDone, state }: JobReport): string {
  return (state === "done" ? 1 : bytes === 0 ? 0 : bytesDone / bytes).toFixed(3);
}
const share = (job: JobReport) => `${Math.floor(100 * Number(fraction(job)))} %`;

async function page(title: string, head: Markup, body: Markup, data: string): Promise<Response> {
  const document = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${EVERY}">
<title>${title}</title>
<style>${raw(STATUS_STYLE)}</style>
</head>
<body>
<header>${head}</header>
<main>${body}</main>
<footer>The page is made anew every ${EVERY} s. For programs: <a href="${data}">${data}</a>.</footer>
</body>
</html>`;
  return new Response(String(document), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": POLICY,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
