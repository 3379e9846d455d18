import type { BundleStore } from "./bundle-host.ts";
import type { ByteRange } from "./range.ts";

/** Bundles lie under this name in a bucket and among the static assets. */
const FOLDER = "projector";

/** The part of an R2 bucket that is used. */
export interface BundleBucket {
  head(key: string): Promise<{ readonly size: number; readonly httpEtag: string } | null>;
  get(
    key: string,
    options: { range: { offset: number; length: number } },
  ): Promise<{ readonly body: ReadableStream<Uint8Array> } | null>;
}

/** Objects `projector/NAME/FILE` of an R2 bucket. */
export function bucketBundles(bucket: BundleBucket): BundleStore {
  return {
    async open(path) {
      const key = `${FOLDER}/${path}`;
      const found = await bucket.head(key);
      if (found === null) return undefined;
      return {
        size: found.size,
        etag: found.httpEtag,
        async read({ from, to }) {
          if (from === to) return new Uint8Array(0);
          const object = await bucket.get(key, { range: { offset: from, length: to - from } });
          if (object === null) throw new Error(`${key} has gone`);
          return object.body;
        },
      };
    },
  };
}

/** A binding with `fetch`: static assets of a Worker, or workerd's disk service. */
export interface BundleFetcher {
  fetch(request: Request): Promise<Response>;
}

/** Files `projector/NAME/FILE` of a binding that gives whole files; a part is cut out of the stream. */
export function fetcherBundles(fetcher: BundleFetcher): BundleStore {
  return {
    async open(path) {
      const address = `http://bundles/${FOLDER}/${path.split("/").map(encodeURIComponent).join("/")}`;
      const ask = () => fetcher.fetch(new Request(address));
      const response = await ask();
      const { ok, headers } = response;
      const size = await sizeOf(response);
      if (!ok) return undefined;
      const modified = Date.parse(headers.get("last-modified") ?? "") || 0;
      return {
        size,
        etag: headers.get("etag")?.replace(/^W\//, "") ?? `"${size.toString(16)}-${modified.toString(16)}"`,
        async read(range) {
          const { body } = await ask();
          if (body === null) throw new Error(`${path} has gone`);
          return body.pipeThrough(cutting(range));
        },
      };
    },
  };
}

/** Static assets do not tell their length: their bytes are counted, and none is kept. */
async function sizeOf({ headers, body }: Response): Promise<number> {
  const length = headers.get("content-length");
  if (length !== null) {
    await body?.cancel();
    return Number(length);
  }
  let size = 0;
  const reader = body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read())
    size += part.value.length;
  return size;
}

/** Lets through bytes `from` to `to` - 1 and ends there. */
function cutting({ from, to }: ByteRange): TransformStream<Uint8Array, Uint8Array> {
  let at = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
      at += chunk.length;
      if (part.length > 0) controller.enqueue(part);
      if (at >= to) controller.terminate();
    },
  });
}
