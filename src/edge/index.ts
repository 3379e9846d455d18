/** Archives at the edge: jobs over a bucket, by Cloudflare's queues, objects and Durable Objects. */
export type { Batch, JobsEnv } from "./bindings.ts";
export { consume } from "./consumer.ts";
export { JobProgress } from "./progress-object.ts";
export { jobsResponse } from "./routes.ts";
