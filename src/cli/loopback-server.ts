import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type WebSocket, WebSocketServer } from "ws";
import { asOrcaError, OrcaError } from "../errors.ts";
import { hostRefused, isLoopback, problemResponse } from "../http/index.ts";

const LOOPBACK = "127.0.0.1";
/** Bytes of a message over a WebSocket. */
const MOST_MESSAGE = 4 * 2 ** 20;

/** Answers a request whose name is this machine's own. @param origin  as the client calls the server */
export type Respond = (incoming: IncomingMessage, origin: string) => Promise<Response>;

/** Takes a request for a WebSocket, which `accept` opens. What it throws before that is the answer. */
export type TakeSocket = (incoming: IncomingMessage, origin: string, accept: () => Promise<WebSocket>) => Promise<void>;

export interface LoopbackServer {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A server that only this machine reaches, and only under its own name. Throws `bad_option` where the port is taken.
 * @param port  0 for any that is free
 */
export async function serveOnLoopback(port: number, respond: Respond, take?: TakeSocket): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    void answer(request, response, respond).catch(() => response.destroy());
  });
  const sockets = take === undefined ? undefined : takeSockets(server, take);
  // Sound may be sent for days.
  server.requestTimeout = 0;
  server.listen(port, LOOPBACK);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new OrcaError("bad_option", `Port ${port} cannot be used: ${(cause as Error).message}`, {
      field: "port",
      hint: "Give another --port, or none.",
      cause,
    });
  }
  const address = server.address();
  const used = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${LOOPBACK}:${used}`,
    async stop() {
      for (const socket of sockets?.clients ?? []) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, respond: Respond): Promise<void> {
  const response = await checked(incoming, respond).catch((thrown: unknown) => problemResponse(asOrcaError(thrown)));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing);
}

function takeSockets(server: Server, take: TakeSocket): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE, perMessageDeflate: false });
  server.on("upgrade", (incoming, line, head) => {
    line.on("error", () => line.destroy());
    const accept = () => new Promise<WebSocket>((resolve) => sockets.handleUpgrade(incoming, line, head, resolve));
    void checked(incoming, (_, origin) => take(incoming, origin, accept)).catch(async (thrown: unknown) => {
      // Nothing was accepted: the answer is one like any other.
      const outgoing = new ServerResponse(incoming);
      outgoing.shouldKeepAlive = false;
      outgoing.assignSocket(line as Socket);
      outgoing.on("finish", () => line.end());
      const response = problemResponse(asOrcaError(thrown));
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(await response.text());
    });
  });
  return sockets;
}

async function checked<T>(incoming: IncomingMessage, then: (incoming: IncomingMessage, origin: string) => Promise<T>) {
  const named = incoming.headers.host ?? "";
  if (!isLoopback(named)) throw hostRefused(named);
  return then(incoming, `http://${incoming.headers.host ?? LOOPBACK}`);
}
