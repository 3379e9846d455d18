/**
 * The Worker for archives, with doors for tests: PUT and GET /test/KEY are objects of its bucket, GET /test-list?prefix= their
 * keys. Every message is done twice, side by side, and each result that is written leaves a note of it.
 */
import worker, { JobList, JobProgress } from "../../src/edge-worker.ts";

export { JobList, JobProgress };

type Fetch = typeof worker.fetch;
type Queue = typeof worker.queue;
type Env = Parameters<Queue>[1];

interface TestBucket {
  put(key: string, value: ArrayBuffer | string): Promise<unknown>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  list(options: { prefix: string; cursor?: string }): Promise<{
    objects: readonly { key: string }[];
    truncated: boolean;
    cursor?: string;
  }>;
}
const bucketOf = (env: Env) => env.SOUND as unknown as TestBucket;

async function keysBelow(bucket: TestBucket, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    keys.push(...page.objects.map(({ key }) => key));
    if (!page.truncated) return keys;
    ({ cursor } = page);
  }
}

/** A bucket whose conditional writes leave a note, where they were the ones that wrote. */
function noting(env: Env): Env {
  const { SOUND } = env;
  const bucket: Env["SOUND"] = {
    head: (key) => SOUND.head(key),
    get: (...what) => SOUND.get(...what),
    list: (what) => SOUND.list(what),
    delete: (keys) => SOUND.delete(keys),
    createMultipartUpload: (...what) => SOUND.createMultipartUpload(...what),
    async put(key, ...what) {
      const written = await SOUND.put(key, ...what);
      if (written !== null) await bucketOf(env).put(`written/${key}/${crypto.randomUUID()}`, "");
      return written;
    },
  };
  return { ...env, SOUND: bucket };
}

export default {
  async fetch(...[request, env, context]: Parameters<Fetch>): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const bucket = bucketOf(env);
    if (pathname === "/test-list") return Response.json(await keysBelow(bucket, searchParams.get("prefix") ?? ""));
    if (!pathname.startsWith("/test/")) return await worker.fetch(request, env, context);
    const key = decodeURIComponent(pathname.slice(6));
    if (request.method === "PUT") {
      await bucket.put(key, await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    const object = await bucket.get(key);
    return object === null ? new Response(null, { status: 404 }) : new Response(await object.arrayBuffer());
  },
  async queue(...[batch, env]: Parameters<Queue>): Promise<void> {
    const once = {
      queue: batch.queue,
      messages: batch.messages.map(({ body }) => ({ body, ack: () => undefined, retry: () => undefined })),
    };
    const noted = noting(env);
    await Promise.all([worker.queue(batch, noted), worker.queue(once, noted)]);
  },
};
