/** The Worker for archives: jobs over a bucket, beside everything that the Worker does. wrangler.jobs.toml says its bindings. */

import { onnxEngines } from "#worker-engines";
import aac from "../build/aac.wasm";
import alac from "../build/alac.wasm";
import flac from "../build/flac.wasm";
import kernels from "../build/kernels.wasm";
import mp3 from "../build/mp3.wasm";
import relaxed from "../build/nn-relaxed.wasm";
import simd from "../build/nn-simd.wasm";
import opus from "../build/opus.wasm";
import vorbis from "../build/vorbis.wasm";
import { type Batch, consume, isJobsPath, type JobsEnv, jobsResponse } from "./edge/index.ts";
import { createApp, servicesOf } from "./http/index.ts";
import { kernelsEngine } from "./nn/index.ts";

export { JobList, JobProgress } from "./edge/index.ts";

const services = servicesOf({
  kernels,
  codecs: { aac, alac, flac, mp3, opus, vorbis },
  engines: [kernelsEngine({ relaxed, simd }), ...onnxEngines],
});
const app = createApp<JobsEnv>(services);

export default {
  async fetch(request: Request, env: JobsEnv, context: Parameters<typeof app.fetch>[2]): Promise<Response> {
    if (isJobsPath(new URL(request.url).pathname)) return await jobsResponse(request, env, services(env));
    return await app.fetch(request, env, context);
  },
  async queue(batch: Batch, env: JobsEnv): Promise<void> {
    await consume(batch, env, services(env));
  },
};
