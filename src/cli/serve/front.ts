import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { OrcaError } from "../../errors.ts";
import { problemResponse } from "../../http/index.ts";
import { healthOfAll } from "./health.ts";
import type { WorkerProcess } from "./workers.ts";

/** Headers of one connection, not of the message: RFC 9110, section 7.6.1. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

export interface Front {
  readonly port: number;
  /** Takes no more, waits so long (ms) for what is running, and cuts the rest. */
  stop(patience: number): Promise<void>;
}

/**
 * One address before several processes. A request goes to the process with the fewest, and stays there to its end, both ways
 * at once; nothing is kept here beyond what pipes hold. Throws `bad_option` where the address is taken.
 */
export async function startFront(workers: readonly WorkerProcess[], host: string, port: number): Promise<Front> {
  let turn = 0;
  const next = (): WorkerProcess | undefined => {
    const ready = workers.filter((worker) => worker.ready);
    const least = Math.min(...ready.map(({ busy }) => busy));
    const free = ready.filter(({ busy }) => busy === least);
    // Ties go round, so that models are loaded and caches warm everywhere.
    return free[turn++ % Math.max(1, free.length)];
  };
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === "GET" && incoming.url?.replace(/\?.*/, "") === "/healthz") {
      void healthOfAll(workers).then((health) => send(outgoing, health));
    } else {
      void forward(incoming, outgoing, next());
    }
  });
  // A recording may arrive for days, and workerd has its own limits on silence.
  server.requestTimeout = 0;
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (incoming, socket, head) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    upgrade(incoming, socket, head, next());
  });
  await listen(server, host, port);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async stop(patience) {
      const closed = once(server, "close");
      server.close();
      const cut = () => {
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      };
      const late = setTimeout(cut, patience);
      server.closeIdleConnections();
      await closed;
      clearTimeout(late);
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new OrcaError("bad_option", `${host}:${port} cannot be used: ${(cause as Error).message}`, {
      field: "address",
      hint: "Give another --address.",
      cause,
    });
  }
}

/** The request's headers as the process is to see them. */
function headersOf({ headers, socket }: IncomingMessage, keep: readonly string[] = []) {
  const sent: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && (!HOP_BY_HOP.includes(name) || keep.includes(name))) sent[name] = value;
  }
  const before = headers["x-forwarded-for"];
  sent["x-forwarded-for"] = [before, socket.remoteAddress].filter(Boolean).join(", ");
  return sent;
}

async function forward(incoming: IncomingMessage, outgoing: ServerResponse, worker?: WorkerProcess): Promise<void> {
  if (worker === undefined) return send(outgoing, unavailable("no process is up"));
  worker.busy++;
  const { method, url } = incoming;
  const passed = request({
    socketPath: worker.socketPath,
    path: url,
    method,
    headers: headersOf(incoming),
    agent: false,
  });
  // A sender or receiver that leaves must be gone for the process too, and at once.
  outgoing.once("close", () => passed.destroy());
  // The answer may end before the request does: what is still sent then has nowhere to go.
  void pipeline(incoming, passed).catch(() => undefined);
  try {
    const [answer] = (await once(passed, "response")) as [IncomingMessage];
    const headers = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
    outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
    outgoing.flushHeaders();
    await pipeline(answer, outgoing);
  } catch (thrown) {
    if (!outgoing.headersSent) send(outgoing, unavailable((thrown as Error).message));
    else outgoing.destroy();
  } finally {
    worker.busy--;
  }
}

function upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, worker?: WorkerProcess): void {
  socket.on("error", () => socket.destroy());
  if (worker === undefined) {
    socket.end("HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\r\n");
    return;
  }
  worker.busy++;
  socket.once("close", () => {
    worker.busy--;
    passed.destroy();
  });
  const { method, url } = incoming;
  const headers = headersOf(incoming, ["connection", "upgrade"]);
  const passed = request({ socketPath: worker.socketPath, path: url, method, headers, agent: false });
  passed.once("error", () => socket.destroy());
  const begin = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage) => {
    const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
    for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  };
  passed.once("upgrade", (answer, there: Duplex, first: Buffer) => {
    begin(answer);
    if (head.length > 0) there.write(head);
    if (first.length > 0) socket.write(first);
    void Promise.all([pipeline(socket, there), pipeline(there, socket)]).catch(() => {
      there.destroy();
      socket.destroy();
    });
  });
  // No upgrade after all: an answer as any other, and the end.
  passed.once("response", (answer: IncomingMessage) => {
    answer.headers.connection = "close";
    begin(answer);
    void pipeline(answer, socket).catch(() => socket.destroy());
  });
  passed.end();
}

function unavailable(why: string): Response {
  const hint = "Try again in a few seconds.";
  return problemResponse(new OrcaError("busy", `The request could not be taken: ${why}.`, { hint }));
}

async function send(outgoing: ServerResponse, response: Response): Promise<void> {
  const body = await response.text();
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(body);
}
