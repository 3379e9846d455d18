import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

/** What a request meets in place of its answer: a status with Amazon's code, an answer that breaks, or a late one (ms). */
export type Mishap =
  | { readonly status: number; readonly code?: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly cutAfter: number }
  | { readonly late: number };

/** One request, as it came. */
export interface Asked {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** A service that speaks Amazon's S3, on loopback and in memory: what this project asks of it, and nothing else. */
export interface S3Server {
  readonly url: string;
  /** `BUCKET/KEY` to bytes. */
  readonly objects: Map<string, Uint8Array>;
  readonly asked: Asked[];
  /** Objects a page. */
  page: number;
  /** May be set at any time. */
  mishap: (asked: Asked) => Mishap | undefined;
  close(): void;
}

const MODIFIED = new Date("2024-05-01T12:00:00Z");
const etagOf = (bytes: Uint8Array) => `"${createHash("md5").update(bytes).digest("hex")}"`;
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export async function startS3Server(buckets: readonly string[], { forTest = true } = {}): Promise<S3Server> {
  const objects = new Map<string, Uint8Array>();
  const asked: Asked[] = [];
  const uploads = new Map<string, Uint8Array[]>();
  const state: S3Server = {
    url: "",
    objects,
    asked,
    page: 1000,
    mishap: () => undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://s3");
    const one: Asked = {
      method: request.method ?? "",
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      range: request.headers.range,
      authorization: request.headers.authorization,
    };
    asked.push(one);
    const mishap = state.mishap(one);
    if (mishap !== undefined && "status" in mishap) {
      request.resume();
      error(response, mishap.status, mishap.code ?? "", mishap.headers);
      return;
    }
    const cut = mishap !== undefined && "cutAfter" in mishap ? mishap.cutAfter : undefined;
    const late = mishap !== undefined && "late" in mishap ? mishap.late : 0;
    setTimeout(() => void answer(request, response, one, cut), late);
  });

  async function answer(request: IncomingMessage, response: ServerResponse, one: Asked, cut: number | undefined) {
    const [, bucket = "", key = ""] = /^\/([^/]+)\/?(.*)$/s.exec(one.path) ?? [];
    const name = `${bucket}/${key}`;
    if (!buckets.includes(bucket)) return error(response, 404, "NoSuchBucket");
    const { query } = one;
    switch (one.method) {
      case "GET":
      case "HEAD": {
        if (key === "" && query.get("list-type") === "2") return list(response, bucket, query);
        const bytes = objects.get(name);
        if (bytes === undefined) return error(response, 404, "NoSuchKey");
        return read(request, response, bytes, cut);
      }
      case "PUT": {
        const body = await bodyOf(request);
        const parts = uploads.get(query.get("uploadId") ?? "");
        if (parts !== undefined) parts[Number(query.get("partNumber")) - 1] = body;
        else if (request.headers["if-none-match"] === "*" && objects.has(name))
          return error(response, 412, "PreconditionFailed");
        else objects.set(name, body);
        return response.writeHead(200, { etag: etagOf(body) }).end();
      }
      case "POST": {
        const body = await bodyOf(request);
        if (query.has("uploads")) {
          const id = `upload-${uploads.size}`;
          uploads.set(id, []);
          const text = `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
          return response.writeHead(200).end(text);
        }
        const count =
          Buffer.from(body)
            .toString()
            .match(/<PartNumber>/g)?.length ?? 0;
        objects.set(name, Buffer.concat((uploads.get(query.get("uploadId") ?? "") ?? []).slice(0, count)));
        return response.writeHead(200).end("<CompleteMultipartUploadResult/>");
      }
      case "DELETE":
        objects.delete(name);
        return response.writeHead(204).end();
      default:
        return error(response, 405, "MethodNotAllowed");
    }
  }

  function list(response: ServerResponse, bucket: string, query: URLSearchParams): void {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const delimiter = query.get("delimiter");
    const keys = [...objects.keys()]
      .filter((name) => name.startsWith(`${bucket}/`))
      .map((name) => name.slice(bucket.length + 1))
      .filter((key) => key.startsWith(prefix) && key > after)
      .sort();
    const folders = new Set<string>();
    const found: string[] = [];
    for (const key of keys) {
      const slash = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
      if (slash >= 0) folders.add(key.slice(0, slash + 1));
      else found.push(key);
    }
    const page = found.slice(0, Math.min(state.page, Number(query.get("max-keys") ?? state.page)));
    const more = found.length > page.length;
    const contents = page.map((key) => {
      const bytes = objects.get(`${bucket}/${key}`) as Uint8Array;
      const about = `<LastModified>${MODIFIED.toISOString()}</LastModified><ETag>${etagOf(bytes).replaceAll('"', "&quot;")}</ETag>`;
      return `<Contents><Key>${escaped(encodeURIComponent(key).replaceAll("%2F", "/"))}</Key>${about}<Size>${bytes.length}</Size></Contents>`;
    });
    const prefixes = [...folders].map(
      (one) => `<CommonPrefixes><Prefix>${encodeURIComponent(one)}</Prefix></CommonPrefixes>`,
    );
    const token = more ? `<NextContinuationToken>${escaped(page.at(-1) ?? "")}</NextContinuationToken>` : "";
    const text = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${token}${contents.join("")}${prefixes.join("")}</ListBucketResult>`;
    response.writeHead(200, { "content-type": "application/xml" }).end(text);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  if (forTest) onTestFinished(() => state.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return Object.assign(state, { url: `http://127.0.0.1:${address.port}` });
}

function read(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, cut: number | undefined): void {
  const etag = etagOf(bytes);
  const { range, "if-match": match } = request.headers;
  if (match !== undefined && match !== etag) {
    error(response, 412, "PreconditionFailed");
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  const from = Number(first ?? 0);
  const to = last === undefined || last === "" ? bytes.length : Math.min(bytes.length, Number(last) + 1);
  if (first !== undefined && from >= bytes.length) {
    error(response, 416, "InvalidRange");
    return;
  }
  const part = bytes.subarray(from, to);
  response.writeHead(first === undefined ? 200 : 206, {
    etag,
    "last-modified": MODIFIED.toUTCString(),
    "accept-ranges": "bytes",
    "content-length": String(part.length),
    ...(first === undefined ? {} : { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` }),
  });
  if (request.method === "HEAD") response.end();
  else if (cut === undefined || cut >= part.length) response.end(part);
  else response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
}

function error(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/xml", ...headers });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>It went wrong.</Message></Error>`);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
