import { Command } from "commander";
import type { JobReport } from "../../edge/index.ts";
import type { ValuesOf } from "../../options/index.ts";
import { withOptions } from "../options.ts";
import { printLine, printNote, printTable } from "../print.ts";
import { JobsClient } from "./client.ts";
import { JOBS_FAILURES, JOBS_SHOW, JOBS_START, SERVER } from "./options.ts";
import { JOB_COLUMNS, jobLine, jobLines } from "./told.ts";

/** Milliseconds between two looks, at first and later. */
const [SOON, EVERY] = [250, 2000];
const ENDED: ReadonlySet<string> = new Set(["done", "cancelled", "failed"]);

/** `orca-embed jobs`: jobs over a bucket, at the Worker for archives. */
export function jobsCommand(): Command {
  const command = new Command("jobs").description(
    "Jobs over a bucket, done by the Worker for archives (docs/jobs.md).",
  );
  const sub = (usage: string, description: string) => new Command(usage.split(" ")[0]).description(description);
  const start = sub("start", "Begins a job: everything below a prefix of the bucket is embedded.").argument("<prefix>");
  const list = sub("list", "Lists the jobs, the newest first.");
  const show = sub("show", "Says how far a job is, how fast, how long it takes yet, and what failed.").argument(
    "<job>",
  );
  const cancel = sub("cancel", "Ends a job. What is done stays.").argument("<job>");
  const resume = sub("resume", "Goes on: what is new, what has changed, and what has no result.").argument("<job>");
  const failures = sub("failures", "Lists recordings without a result, and why.").argument("<job>");
  return command
    .addCommand(withOptions(start, JOBS_START, (prefix: string, read) => begin(prefix, read())))
    .addCommand(withOptions(list, SERVER, (_none: unknown, read) => listJobs(read())))
    .addCommand(withOptions(show, JOBS_SHOW, (id: string, read) => showJob(id, read())))
    .addCommand(withOptions(cancel, SERVER, async (id: string, read) => tell(await new JobsClient(read()).cancel(id))))
    .addCommand(withOptions(resume, SERVER, async (id: string, read) => tell(await new JobsClient(read()).resume(id))))
    .addCommand(withOptions(failures, JOBS_FAILURES, (id: string, read) => listFailures(id, read())));
}

async function begin(prefix: string, values: ValuesOf<typeof JOBS_START>): Promise<void> {
  const { model, variant, out, scores, pcen, id, ...server } = values;
  const wanted = { prefix, model, variant, out, pcen, ...(scores ? { scores } : {}) };
  const { begun, job } = await new JobsClient(server).start(wanted, id);
  printLine(job.id);
  printNote(begun ? `Begun. It goes on without this command: orca-embed jobs show ${job.id}` : "It was begun before.");
}

async function listJobs(server: ValuesOf<typeof SERVER>): Promise<void> {
  let any = false;
  for await (const job of new JobsClient(server).list()) {
    printTable(`${any ? "" : `${JOB_COLUMNS}\n`}${jobLine(job)}\n`);
    any = true;
  }
  if (!any) printNote("There is no job. orca-embed jobs start begins one.");
}

async function showJob(id: string, { follow, ...server }: ValuesOf<typeof JOBS_SHOW>): Promise<void> {
  const client = new JobsClient(server);
  let job = await client.show(id);
  tell(job);
  if (!follow) return;
  let wait = SOON;
  for (let said = ""; !ENDED.has(job.state); job = await client.show(id)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(EVERY, 2 * wait);
    const [, line = ""] = jobLines(job);
    if (line !== said) printLine(line);
    said = line;
  }
  tell(job);
  if (job.state !== "done" || job.failed > 0) process.exitCode = 1;
}

async function listFailures(id: string, { dead, ...server }: ValuesOf<typeof JOBS_FAILURES>): Promise<void> {
  let any = false;
  for await (const { key, code, message } of new JobsClient(server).failures(id, dead)) {
    printTable(`${[key, code, message].join("\t")}\n`);
    any = true;
  }
  if (!any) printNote(dead ? "The queue has given nothing up." : "Nothing failed so far.");
}

const tell = (job: JobReport) => printLine(...jobLines(job));
