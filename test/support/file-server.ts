import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

/** What a path answers with, instead of its file. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on loopback that serves files with ranges and strong validators, as Google's storage does. */
export interface FileServer {
  readonly url: string;
  /** Path (with its query) to bytes, or to a handler; may be changed at any time. */
  readonly files: Map<string, Uint8Array | Handler>;
  /** Requests so far: `PATH RANGE`. */
  readonly requests: string[];
}

export async function startFileServer(files: Readonly<Record<string, Uint8Array | Handler>> = {}): Promise<FileServer> {
  const served = new Map(Object.entries(files));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(`${path} ${request.headers.range ?? ""}`.trim());
    const file = served.get(path);
    if (file === undefined) response.writeHead(404).end("nothing here");
    else if (typeof file === "function") file(request, response);
    else serve(file, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, files: served, requests };
}

export const etagOf = (file: Uint8Array) => `"${createHash("sha256").update(file).digest("hex").slice(0, 16)}"`;

/** A file, or the rest of it where the validator still holds (RFC 9110 14). */
export function serve(file: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const { start, head } = answerTo(file, request);
  response.writeHead(...head).end(file.subarray(start));
}

/** As `serve`, but the connection breaks after `bytes` of the answer. */
export function serveAndCut(file: Uint8Array, bytes: number): Handler {
  return (request, response) => {
    const { start, head } = answerTo(file, request);
    response.writeHead(...head);
    response.write(file.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 200));
  };
}

function answerTo(
  file: Uint8Array,
  request: IncomingMessage,
): { start: number; head: [number, Record<string, string>] } {
  const etag = etagOf(file);
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  const valid = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
  if (from === undefined || !valid) return { start: 0, head: [200, { etag, "content-length": String(file.length) }] };
  const start = Number(from);
  if (start >= file.length) return { start: file.length, head: [416, { "content-range": `bytes */${file.length}` }] };
  const range = `bytes ${start}-${file.length - 1}/${file.length}`;
  return {
    start,
    head: [206, { etag, "content-length": String(file.length - start), "content-range": range }],
  };
}
