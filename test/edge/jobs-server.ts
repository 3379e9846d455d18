import { text } from "node:stream/consumers";
import { type LoopbackServer, serveOnLoopback } from "../../src/cli/loopback-server.ts";
import { jobsResponse } from "../../src/edge/index.ts";
import type { Services } from "../../src/http/index.ts";
import type { Edge } from "./support.ts";

/** The jobs of a made-up edge over HTTP, on loopback; what its queue holds is done behind each request. */
export async function startJobsServer({ env, queue }: Edge, services: Services): Promise<LoopbackServer> {
  let draining = Promise.resolve();
  return await serveOnLoopback(0, async (incoming, origin) => {
    const { method = "GET", url = "", headers } = incoming;
    const sent = new Headers();
    for (const [name, value] of Object.entries(headers)) if (typeof value === "string") sent.set(name, value);
    const body = method === "POST" ? { body: await text(incoming) } : {};
    const response = await jobsResponse(new Request(origin + url, { method, headers: sent, ...body }), env, services);
    if (method === "POST") draining = draining.then(() => queue.drain(env, services));
    return response;
  });
}
