import type { IncomingMessage } from "node:http";
import { OrcaError } from "../../errors.ts";
import { eventsAnswer, STATUS_PAGE, statusPage, watchMetrics, watchStatus } from "../../http/events/index.ts";
import type { Watch } from "../../watch/index.ts";
import type { Respond } from "../loopback-server.ts";
import { receiveSound } from "./receiving.ts";

const HYDROPHONES = "/v1/hydrophones";
/** Bytes of a request's body that are read. */
const MOST_BYTES = 1 << 20;

/** Answers requests for a watch's events. */
export function watching(watch: Watch): Respond {
  return async (incoming, origin) => {
    const url = new URL(incoming.url ?? "/", origin);
    if (url.pathname === "/metrics" && incoming.method === "GET") return watchMetrics(watch, watch.now());
    if (url.pathname === "/v1/watch" && incoming.method === "GET")
      return Response.json(watchStatus(watch, watch.now()));
    if ((url.pathname === STATUS_PAGE || url.pathname === "/") && incoming.method === "GET")
      return statusPage(watchStatus(watch, watch.now()));
    if (url.pathname !== HYDROPHONES && !url.pathname.startsWith(`${HYDROPHONES}/`))
      throw new OrcaError("not_found", `There is nothing at ${url.pathname}.`, {
        hint: `There is: ${STATUS_PAGE}, /v1/watch, ${HYDROPHONES}, /metrics.`,
      });
    // A page of somebody else's could judge what it cannot read.
    const from = incoming.headers.origin;
    if (from !== undefined && from !== origin)
      throw new OrcaError("origin_refused", `Pages of ${from} may not use this server.`);
    const parts = url.pathname
      .slice(HYDROPHONES.length + 1)
      .split("/")
      .map(decodeURIComponent);
    if (parts[1] === "sound" && parts.length === 2) return receiveSound(incoming, url, parts[0] ?? "", watch);
    return eventsAnswer(await requestOf(incoming, url), parts[0] === "" ? [] : parts, watch);
  };
}

async function requestOf(incoming: IncomingMessage, url: URL): Promise<Request> {
  const { method = "GET" } = incoming;
  const headers = new Headers();
  for (const name of ["accept", "last-event-id"]) {
    const value = incoming.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new OrcaError("too_large", `A request may have ${MOST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return new Request(url, { method, headers, body: Buffer.concat(chunks) });
}
