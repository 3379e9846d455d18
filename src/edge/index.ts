/** Archives at the edge: jobs over a bucket, by Cloudflare's queues, objects and Durable Objects. */
export type { Batch, JobsEnv } from "./bindings.ts";
export { consume } from "./consumer.ts";
export type { Failure, JobReport } from "./job.ts";
export { JobList } from "./job-list.ts";
export { JobProgress } from "./progress-object.ts";
export { isJobsPath, jobsResponse } from "./routes.ts";
