import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { OrcaError } from "../../errors.ts";
import type { Runtime } from "../../extract.ts";
import { eventsAnswer, STATUS_PAGE, statusPage, watchMetrics, watchStatus } from "../../http/events/index.ts";
import {
  beginSending,
  ClientLimits,
  Connection,
  followConnection,
  followHydrophone,
  limitsFrom,
  pathParts,
  type ServerSocket,
  takeSound,
  takeSoundMessages,
  type WatchedServices,
  watchedHydrophone,
} from "../../http/index.ts";
import { ANY_CHOICE } from "../../options/index.ts";
import type { Watch } from "../../watch/index.ts";
import type { Respond, TakeSocket } from "../loopback-server.ts";

const HYDROPHONES = "/v1/hydrophones";
/** Bytes of a request's body that are read. */
const MOST_BYTES = 1 << 20;

/** A watch, and those who listen to it. */
export interface ServedWatch {
  readonly respond: Respond;
  readonly take: TakeSocket;
}

/** Answers requests for a watch's events, and takes listeners and senders of sound. */
export function watching(watch: Watch, runtime: Runtime): ServedWatch {
  const services = servicesFor(runtime);
  return {
    async respond(incoming, origin) {
      const url = new URL(incoming.url ?? "/", origin);
      if (url.pathname === "/metrics" && incoming.method === "GET") return watchMetrics(watch, watch.now());
      if (url.pathname === "/v1/watch" && incoming.method === "GET")
        return Response.json(watchStatus(watch, watch.now()));
      if ((url.pathname === STATUS_PAGE || url.pathname === "/") && incoming.method === "GET")
        return statusPage(watchStatus(watch, watch.now()));
      const parts = partsOf(incoming, url, origin);
      const [name = "", what] = parts;
      if (parts.length === 2 && what === "sound") return receive(incoming, url, name, watch);
      const request = await requestOf(incoming, url);
      if (parts.length === 2 && what === "embeddings") {
        if (request.method !== "GET" && request.method !== "HEAD") throw notTaken(request.method, "GET");
        return followHydrophone(request, queryOf(url), watchedHydrophone(name, watch, services));
      }
      return eventsAnswer(request, name === "" ? [] : parts, watch);
    },
    async take(incoming, origin, accept) {
      const url = new URL(incoming.url ?? "/", origin);
      const [name = "", what, ...rest] = partsOf(incoming, url, origin);
      if (rest.length > 0 || (what !== "sound" && what !== "embeddings"))
        throw new OrcaError("not_found", `There is no WebSocket at ${url.pathname}.`, {
          hint: `There is: ${HYDROPHONES}/NAME/embeddings, ${HYDROPHONES}/NAME/sound.`,
        });
      const request = await requestOf(incoming, url);
      if (what === "embeddings") {
        const hydrophone = watchedHydrophone(name, watch, services);
        watch.listening(name);
        followConnection(await opened(accept, services.limits.idle), request, queryOf(url), hydrophone);
        return;
      }
      const sending = await beginSending(watch, name, url.searchParams, incoming.headers.authorization ?? null);
      takeSoundMessages(sending, await opened(accept, services.limits.idle));
    },
  };
}

function servicesFor({ store, kernels, codecs }: Runtime): WatchedServices {
  const limits = limitsFrom({});
  return {
    ...{ store, kernels, limits, choices: ANY_CHOICE },
    ...(codecs === undefined ? {} : { codecs }),
    clients: new ClientLimits(limits.client),
    listeners: { active: 0, served: 0, windows: 0 },
    alone: { active: 0, served: 0, windows: 0 },
  };
}

/** The parts of a path behind the hydrophones. Throws `not_found`, and `origin_refused`. */
function partsOf(incoming: IncomingMessage, url: URL, origin: string): string[] {
  if (url.pathname !== HYDROPHONES && !url.pathname.startsWith(`${HYDROPHONES}/`))
    throw new OrcaError("not_found", `There is nothing at ${url.pathname}.`, {
      hint: `There is: ${STATUS_PAGE}, /v1/watch, ${HYDROPHONES}, /metrics.`,
    });
  // A page of somebody else's could judge what it cannot read.
  const from = incoming.headers.origin;
  if (from !== undefined && from !== origin)
    throw new OrcaError("origin_refused", `Pages of ${from} may not use this server.`);
  return pathParts(url.pathname.slice(HYDROPHONES.length + 1));
}

/** Takes sound for as long as it is sent; the answer comes when it has ended. */
async function receive(incoming: IncomingMessage, url: URL, name: string, watch: Watch): Promise<Response> {
  if (incoming.method !== "POST") throw notTaken(incoming.method ?? "", "POST");
  const sending = await beginSending(watch, name, url.searchParams, incoming.headers.authorization ?? null);
  const parts = (incoming as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const bytes = await takeSound(sending, {
    next: () => parts.next(),
    // The stream's own would take the line away before the answer.
    return: async () => {
      incoming.resume();
      return { done: true, value: undefined };
    },
  });
  return Response.json({ bytes });
}

async function requestOf(incoming: IncomingMessage, url: URL): Promise<Request> {
  const { method = "GET" } = incoming;
  const headers = new Headers();
  for (const name of ["accept", "last-event-id", "x-request-id"]) {
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

const queryOf = ({ searchParams }: URL) =>
  Object.fromEntries([...searchParams.keys()].map((key) => [key, searchParams.getAll(key)]));

const notTaken = (method: string, use: string) =>
  new OrcaError("method_not_allowed", `${method} is not taken here.`, { hint: `Use ${use}.` });

/** A WebSocket as the Worker has it. */
async function opened(accept: () => Promise<WebSocket>, idle: number): Promise<Connection> {
  const socket = await accept();
  socket.binaryType = "arraybuffer";
  const worker: ServerSocket = {
    accept: () => undefined,
    send: (message) => socket.send(message),
    close: (code, reason) => socket.close(code, reason),
    addEventListener: (kind: "message" | "close" | "error", listener: (event: { data: unknown }) => void) => {
      if (kind === "message") socket.addEventListener("message", listener);
      else socket.addEventListener(kind, () => listener({ data: undefined }));
    },
  };
  return new Connection(worker, idle, crypto.randomUUID());
}
