/** The Worker for archives, with a door for tests: PUT and GET /test/KEY are objects of its bucket. */
import worker, { JobProgress } from "../../src/edge-worker.ts";

export { JobProgress };

interface TestBucket {
  put(key: string, value: ArrayBuffer): Promise<unknown>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  list(options: { prefix: string }): Promise<{ objects: readonly { key: string }[] }>;
}

type Fetch = typeof worker.fetch;

export default {
  async fetch(...[request, env, context]: Parameters<Fetch>): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const bucket = env.SOUND as unknown as TestBucket;
    if (pathname === "/test-list") {
      const { objects } = await bucket.list({ prefix: searchParams.get("prefix") ?? "" });
      return Response.json(objects.map(({ key }) => key));
    }
    if (!pathname.startsWith("/test/")) return await worker.fetch(request, env, context);
    const key = decodeURIComponent(pathname.slice(6));
    if (request.method === "PUT") {
      await bucket.put(key, await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    const object = await bucket.get(key);
    return object === null ? new Response(null, { status: 404 }) : new Response(await object.arrayBuffer());
  },
  queue: worker.queue,
};
