import { once } from "node:events";
import { request as ask, createServer } from "node:http";
import type { Mishap } from "./s3-server.ts";

export interface FailingProxy {
  readonly url: string;
  /** Requests that came. */
  asked: number;
  /** Is asked for each request, by its number from 1; may be set at any time. */
  mishap: (asked: number, path: string) => Mishap | undefined;
  /** What is asked for in a request's place, by its path with the query. */
  rewrite: (path: string) => string;
  close(): void;
}

/** Stands in front of a service and answers in its place now and then, breaks an answer off, or lets it wait. */
export async function startFailingProxy(upstream: string): Promise<FailingProxy> {
  const { hostname, port } = new URL(upstream);
  const server = createServer((request, response) => {
    const { method, url: path = "", headers } = request;
    const mishap = state.mishap(++state.asked, path);
    if (mishap !== undefined && "status" in mishap) {
      request.resume();
      response.writeHead(mishap.status, { "content-type": "application/xml", ...mishap.headers });
      response.end(`<?xml version="1.0"?><Error><Code>${mishap.code ?? ""}</Code></Error>`);
      return;
    }
    const forward = () => {
      const through = ask({ hostname, port, method, path: state.rewrite(path), headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        let left = mishap !== undefined && "cutAfter" in mishap ? mishap.cutAfter : Number.POSITIVE_INFINITY;
        answer.on("data", (bytes: Buffer) => {
          if (left <= 0) return;
          response.write(bytes.subarray(0, left));
          left -= bytes.length;
          if (left <= 0) setTimeout(() => response.destroy(), 20);
        });
        answer.on("end", () => {
          if (left > 0) response.end();
        });
      });
      through.on("error", () => response.destroy());
      request.pipe(through);
    };
    setTimeout(forward, mishap !== undefined && "late" in mishap ? mishap.late : 0);
  });
  const state: FailingProxy = {
    url: "",
    asked: 0,
    mishap: () => undefined,
    rewrite: (path) => path,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return Object.assign(state, { url: `http://127.0.0.1:${address.port}` });
}
