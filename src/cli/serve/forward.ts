import { once } from "node:events";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { OrcaError } from "../../errors.ts";
import { problemResponse } from "../../http/index.ts";
import { FrameLastWord, type LastWord, STOPPING, TextLastWord } from "./last-word.ts";
import { WorkerConnection } from "./worker-connection.ts";
import type { WorkerProcess } from "./workers.ts";

/** Headers of one connection, not of the message: RFC 9110, section 7.6.1. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/** A request that was answered may go on being sent for so long (ms) before it is cut: its sender may read only then. */
const SENT_WITHIN = 60_000;

/** What passes between clients and processes, and can be cut. */
export class Forwarding {
  readonly #next: (path: string) => WorkerProcess | undefined;
  readonly #headers: (incoming: IncomingMessage) => Record<string, string | string[]>;
  readonly #ends = new Set<LastWord>();

  /**
   * @param next  the process that a request goes to, by its path and query
   * @param headers  headers of a request as the process is to see them
   */
  constructor(
    next: (path: string) => WorkerProcess | undefined,
    headers: (incoming: IncomingMessage) => Record<string, string | string[]>,
  ) {
    this.#next = next;
    this.#headers = headers;
  }

  /** Ends all streams of records with an error record. */
  cut(): void {
    for (const end of this.#ends) end.cut(STOPPING);
  }

  /** A request to a process and its answer back, both at once; an answer may come before the request has ended. */
  async forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const found = await this.#connect(incoming.url ?? "");
    if (found === undefined) return send(outgoing, unavailable("no process is up"));
    const { worker, connection } = found;
    // Who left meanwhile closes nothing any more.
    if (outgoing.destroyed) return void connection.destroy();
    worker.busy++;
    const { method, url: path } = incoming;
    const headers = passedOn(this.#headers(incoming));
    const passed = request({ createConnection: () => connection, path, method, headers });
    // A sender or receiver that leaves must be gone for the process too, and at once.
    outgoing.once("close", () => passed.destroy());
    // What is still sent after the answer has nowhere to go, and its sender may read the answer only when he has sent it.
    const drop = () => {
      incoming.unpipe(passed);
      incoming.resume();
      passed.destroy();
    };
    passed.once("close", drop);
    incoming.once("error", () => passed.destroy());
    // Before the answer it is thrown below; behind it, it changes nothing.
    passed.on("error", () => undefined);
    incoming.pipe(passed);
    try {
      const [answer] = (await once(passed, "response")) as [IncomingMessage];
      outgoing.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      outgoing.flushHeaders();
      const end = TextLastWord.of(answer.headers["content-type"]);
      const whole = { end: false };
      if (end === undefined) await pipeline(answer, outgoing, whole);
      else await this.#cuttable(end, () => pipeline(answer, end, outgoing, whole));
      drop();
      await finish(incoming, outgoing);
    } catch (thrown) {
      if (!outgoing.headersSent) send(outgoing, unavailable((thrown as Error).message));
      else if (!outgoing.writableEnded) outgoing.destroy();
    } finally {
      passed.destroy();
      worker.busy--;
    }
  }

  /** A request for a WebSocket, and then its bytes both ways. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    const found = await this.#connect(incoming.url ?? "");
    if (found === undefined) {
      socket.end("HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\r\n");
      return;
    }
    const { worker, connection } = found;
    if (socket.destroyed) return void connection.destroy();
    worker.busy++;
    const { method, url: path } = incoming;
    const headers = passedOn(this.#headers(incoming), ["connection", "upgrade"]);
    const passed = request({ createConnection: () => connection, path, method, headers });
    socket.once("close", () => {
      worker.busy--;
      passed.destroy();
    });
    passed.on("error", () => socket.destroy());
    passed.once("upgrade", (answer: IncomingMessage, there: Duplex, first: Buffer) => {
      socket.write(headOf(answer));
      if (head.length > 0) there.write(head);
      const end = new FrameLastWord();
      if (first.length > 0) end.write(first);
      socket.pipe(there);
      there.on("error", () => there.destroy());
      socket.once("close", () => there.destroy());
      there.once("close", () => socket.unpipe(there).resume());
      void this.#cuttable(end, () => pipeline(there, end, socket, { end: false })).then(
        () => socket.end(),
        () => socket.destroy(),
      );
    });
    // No upgrade after all: an answer as any other, and the end.
    passed.once("response", (answer: IncomingMessage) => {
      socket.write(headOf(answer, ["connection", "transfer-encoding"], "connection: close\r\n"));
      void pipeline(answer, socket).catch(() => socket.destroy());
    });
    passed.end();
  }

  async #cuttable(end: LastWord, run: () => Promise<unknown>): Promise<void> {
    this.#ends.add(end);
    try {
      await run();
    } catch (thrown) {
      // What was cut has ended as it should.
      if (!end.said) throw thrown;
    } finally {
      this.#ends.delete(end);
    }
  }

  /** The next process that can be reached. */
  async #connect(path: string): Promise<{ worker: WorkerProcess; connection: WorkerConnection } | undefined> {
    for (let worker = this.#next(path); worker !== undefined; worker = this.#next(path)) {
      try {
        return { worker, connection: await WorkerConnection.to(worker.socketPath) };
      } catch {
        void worker.lost();
      }
    }
    return undefined;
  }
}

/**
 * Ends an answer. Node closes a connection that is not kept (`Connection: close`) with the answer's end, and a client that
 * still sends would get an error in its place: its request's end is waited for, though not for ever. One that is kept is not
 * closed before that either, as what had come and was not read would have the client's system throw the answer away; the
 * answer's own end ("close" of `outgoing`) says nothing of it.
 */
async function finish(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const sent = incoming.complete
    ? Promise.resolve()
    : Promise.race([
        once(incoming, "close"),
        once(incoming.socket, "close"),
        new Promise((resolve) => setTimeout(resolve, SENT_WITHIN).unref()),
      ]);
  if (!outgoing.shouldKeepAlive) await sent;
  outgoing.end();
  await sent;
  if (!incoming.complete) incoming.destroy();
}

/** Headers without those of the connection. */
function passedOn(headers: NodeJS.Dict<string | string[]>, keep: readonly string[] = []) {
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && (!HOP_BY_HOP.includes(name) || keep.includes(name))) passed[name] = value;
  }
  return passed;
}

function headOf(
  { statusCode, statusMessage, rawHeaders }: IncomingMessage,
  without: readonly string[] = [],
  more = "",
) {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value] = rawHeaders.slice(at, at + 2);
    if (!without.includes(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  return `${lines.join("\r\n")}\r\n${more}\r\n`;
}

function unavailable(why: string): Response {
  const hint = "Try again in a few seconds.";
  return problemResponse(new OrcaError("busy", `The request could not be taken: ${why}.`, { hint }));
}

/** Gives an answer of the front's own. */
export async function send(outgoing: ServerResponse, response: Response): Promise<void> {
  const body = await response.text();
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(outgoing.req.method === "HEAD" ? undefined : body);
}
