import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { OrcaError } from "../../errors.ts";
import { type HostPolicy, hostRefused, problemResponse } from "../../http/index.ts";
import { Forwarding, send } from "./forward.ts";
import { healthOfAll, metricsOfAll } from "./health.ts";
import { forwardedHeaders } from "./proxies.ts";
import type { WorkerProcess } from "./workers.ts";

/** A stream that is cut gets its last record within this time (ms), or none. */
const LAST_WORD_WITHIN = 1000;

export interface Front {
  readonly port: number;
  /** Takes no more, waits so long (ms) for what is running, and cuts the rest, with a last record where it can. */
  stop(patience: number): Promise<void>;
}

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  /** The names that are answered to. */
  readonly hosts: HostPolicy;
  /** Addresses of the operator's proxies. */
  readonly proxies: readonly string[];
}

/**
 * One address before several processes. A request goes to the process with the fewest, and stays there to its end, both ways
 * at once; nothing is kept here beyond what pipes hold. Throws `bad_option` where the address is taken.
 */
export async function startFront(workers: readonly WorkerProcess[], options: FrontOptions): Promise<Front> {
  const { host, port, hosts, proxies } = options;
  let turn = 0;
  const next = (path: string): WorkerProcess | undefined => {
    // The database of a collection or a watch is one process' alone: two would not know of each other's rows.
    const [first] = workers;
    if (isOfWhatIsKept(path)) return first?.ready === true ? first : undefined;
    const ready = workers.filter((worker) => worker.ready);
    const least = Math.min(...ready.map(({ busy }) => busy));
    const free = ready.filter(({ busy }) => busy === least);
    // Ties go round, so that models are loaded and caches warm everywhere.
    return free[turn++ % Math.max(1, free.length)];
  };
  const forwarding = new Forwarding(next, ({ headers, socket }) =>
    forwardedHeaders(headers, socket.remoteAddress ?? "", proxies),
  );
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const named = incoming.headers.host ?? "";
    // A process would refuse it as well, but these two answers are not a process'.
    const own = ["GET", "HEAD"].includes(incoming.method ?? "") ? incoming.url?.replace(/\?.*/, "") : undefined;
    if (own !== "/healthz" && own !== "/metrics") return forwarding.forward(incoming, outgoing);
    if (!hosts.allows(named)) return send(outgoing, problemResponse(hostRefused(named)));
    if (own === "/healthz") return send(outgoing, await healthOfAll(workers));
    const metrics = await metricsOfAll(workers, incoming.headers.authorization);
    return metrics === undefined ? forwarding.forward(incoming, outgoing) : send(outgoing, metrics);
  };
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing).catch(() => outgoing.destroy()));
  // A recording may arrive for days, and workerd has its own limits on silence.
  server.requestTimeout = 0;
  // A client may close its side when it has sent all: it still reads (RFC 9112, 9.6). Node has no typed name for this.
  Object.assign(server, { httpAllowHalfOpen: true });
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (incoming, socket, head) => {
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    void forwarding.upgrade(incoming, socket, head);
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
      let last: NodeJS.Timeout | undefined;
      const late = setTimeout(() => {
        forwarding.cut();
        last = setTimeout(cut, LAST_WORD_WITHIN);
      }, patience);
      server.closeIdleConnections();
      await closed;
      clearTimeout(late);
      clearTimeout(last);
    },
  };
}

const isOfWhatIsKept = (path: string) =>
  /^\/v1\/collections(?:[/?]|$)|[?&]collection=/.test(path) ||
  /^\/(?:v1\/)?watch(?:[/?]|$)|^\/v1\/hydrophones(?:$|\?|\/[^/]+\/(?:events|suppressions)(?:[/?]|$))/.test(path);

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
