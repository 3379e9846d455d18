import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { asOrcaError, OrcaError } from "../errors.ts";
import { hostRefused, isLoopback, problemResponse } from "../http/index.ts";

const LOOPBACK = "127.0.0.1";

/** Answers a request whose name is this machine's own. @param origin  as the client calls the server */
export type Respond = (incoming: IncomingMessage, origin: string) => Promise<Response>;

export interface LoopbackServer {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A server that only this machine reaches, and only under its own name. Throws `bad_option` where the port is taken.
 * @param port  0 for any that is free
 */
export async function serveOnLoopback(port: number, respond: Respond): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    void answer(request, response, respond).catch(() => response.destroy());
  });
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
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, respond: Respond): Promise<void> {
  const origin = `http://${incoming.headers.host ?? LOOPBACK}`;
  const response = await checked(incoming, origin, respond).catch((thrown: unknown) =>
    problemResponse(asOrcaError(thrown)),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing);
}

async function checked(incoming: IncomingMessage, origin: string, respond: Respond): Promise<Response> {
  const named = incoming.headers.host ?? "";
  if (!isLoopback(named)) throw hostRefused(named);
  return respond(incoming, origin);
}
