import { type ByteRange, parseRange } from "./range.ts";

/** A file that can be read in part. */
export interface StoredFile {
  readonly size: number;
  /** Strong, in its quotes. */
  readonly etag: string;
  read(range: ByteRange): Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>>;
}

/** For any page: the projector's fetches come from another origin, and images with crossOrigin. */
const CROSS_ORIGIN = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "accept-ranges, content-length, content-range, etag",
} as const;

/** What a bundle's files take. */
export const BUNDLE_METHODS = ["GET", "HEAD", "OPTIONS"];

const TYPES: Readonly<Record<string, string>> = {
  tsv: "text/tab-separated-values; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  pbtxt: "text/plain; charset=utf-8",
  json: "application/json",
  png: "image/png",
};

/** GET or HEAD of a file with ranges and validators (RFC 9110, 13 and 14). */
export async function fileResponse(request: Request, path: string, file: StoredFile): Promise<Response> {
  const { size, etag } = file;
  const headers = new Headers({
    ...CROSS_ORIGIN,
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "content-type": TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    etag,
    "x-content-type-options": "nosniff",
  });
  if (matches(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  // A range of another version of the file would not fit what the client has.
  const condition = request.headers.get("if-range");
  const current = condition === null || condition.trim() === etag;
  const range = request.method === "GET" && current ? parseRange(request.headers.get("range"), size) : undefined;
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { from, to } = range ?? { from: 0, to: size };
  headers.set("content-length", String(to - from));
  if (range !== undefined) headers.set("content-range", `bytes ${from}-${to - 1}/${size}`);
  const body = request.method === "HEAD" ? null : await file.read({ from, to });
  return new Response(body, { status: range === undefined ? 200 : 206, headers });
}

/** The answer to a browser that asks first: also whether a page of the web may reach a server on this machine. */
export function preflightResponse(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...CROSS_ORIGIN,
      "access-control-allow-methods": BUNDLE_METHODS.join(", "),
      "access-control-allow-headers": "range, if-range, if-none-match",
      "access-control-allow-private-network": "true",
      "access-control-max-age": "86400",
    },
  });
}

/** Whether If-None-Match names an ETag: it compares weakly (RFC 9110, 13.1.2). */
export function matches(header: string | null, etag: string): boolean {
  return (header ?? "").split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}
