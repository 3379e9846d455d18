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
      const response = await fetcher.fetch(new Request(address, { headers: { "accept-encoding": "identity" } }));
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        return undefined;
      }
      const length = response.headers.get("content-length");
      // Without a length the whole is read; static assets are 25 MiB at most.
      const whole = length === null ? new Uint8Array(await response.arrayBuffer()) : undefined;
      const size = whole?.length ?? Number(length);
      const modified = Date.parse(response.headers.get("last-modified") ?? "") || 0;
      const etag =
        response.headers.get("etag")?.replace(/^W\//, "") ?? `"${size.toString(16)}-${modified.toString(16)}"`;
      return {
        size,
        etag,
        async read(range) {
          return (
            whole?.slice(range.from, range.to) ??
            (response.body as ReadableStream<Uint8Array>).pipeThrough(cutting(range))
          );
        },
      };
    },
  };
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
