import { asOrcaError, OrcaError } from "../../errors.ts";
import { errorRecord } from "../../records/index.ts";
import { IdleWatch } from "../idle-watch.ts";
import { usageOf } from "../usage.ts";

/** The Worker's end of a WebSocketPair, as far as it is used. */
export interface ServerSocket {
  binaryType?: string;
  accept(): void;
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
  addEventListener(kind: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(kind: "close" | "error", listener: () => void): void;
}

/** Bytes and characters that may be on their way to the client, or ahead of what the server has taken of its own. */
export const MOST_AHEAD = 4 * 1024 ** 2;

/** RFC 6455, 7.4.1: the end that was asked for, be it with an error record; a client that breaks the rules. */
const [DONE, POLICY] = [1000, 1008];
/** Errors with another code than DONE; 1011 is the server's own fault. */
const CLOSE_CODES: Readonly<Record<string, number>> = { too_large: POLICY, too_slow: POLICY, internal: 1011 };

/**
 * A client at the other end of a WebSocket. It is sent records no faster than it takes them: it acknowledges them with
 * `{"type":"taken","bytes":…}` (the messages' bytes, or characters), because a WebSocket has no back-pressure of its own.
 * One that takes nothing for the operator's idle time is left.
 */
export class Connection {
  /** Aborts when there is nobody to send to any more: it was closed from here or there, broke a rule, or vanished. */
  readonly gone: AbortSignal;
  /** Is given each message that is no acknowledgement. */
  heard: (data: unknown) => void = () => this.close(POLICY, "a message was no acknowledgement");
  readonly #socket: ServerSocket;
  readonly #watch: IdleWatch;
  readonly #requestId: string;
  readonly #leaving = new AbortController();
  #ahead = 0;
  #wake = () => {};

  constructor(socket: ServerSocket, idle: number, requestId: string) {
    this.#requestId = requestId;
    this.#socket = socket;
    this.gone = this.#leaving.signal;
    this.#watch = new IdleWatch(idle, () => this.close(POLICY, "nothing was taken"));
    socket.addEventListener("message", ({ data }) => this.#message(data));
    // A frame that no WebSocket has, a message above the runtime's 32 MiB, a line that breaks: an error, and no close.
    socket.addEventListener("close", () => this.leave());
    socket.addEventListener("error", () => this.leave());
  }

  get open(): boolean {
    return !this.gone.aborted;
  }

  /** Resolves when there is room for more, or nobody to send to. */
  async send(message: string | Uint8Array): Promise<void> {
    if (!this.open) return;
    this.#socket.send(message);
    this.#ahead += message.length;
    while (this.open && this.#ahead > MOST_AHEAD) {
      await this.#watch.during(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
  }

  /** Sends a short message that need not be acknowledged. */
  say(message: object): void {
    if (this.open) this.#socket.send(JSON.stringify(message));
  }

  /** Says what went wrong as the last record, and closes. */
  fail(thrown: unknown): void {
    const record = errorRecord(asOrcaError(thrown), this.#requestId);
    this.say(record);
    this.close(CLOSE_CODES[record.code] ?? DONE, record.code);
  }

  close(code = DONE, reason = "done"): void {
    if (!this.open) return;
    this.leave();
    this.#socket.close(code, reason);
  }

  /** Nobody is there any more. */
  leave(): void {
    if (!this.open) return;
    this.#leaving.abort();
    this.#watch.end();
    this.#wake();
  }

  #message(data: unknown): void {
    if (!this.open) return;
    const bytes = acknowledged(data);
    if (bytes === undefined) {
      this.heard(data);
      return;
    }
    this.#ahead = Math.max(0, this.#ahead - bytes);
    this.#wake();
  }
}

function acknowledged(data: unknown): number | undefined {
  if (typeof data !== "string" || !data.startsWith("{")) return undefined;
  try {
    const { type, bytes } = JSON.parse(data) as { type?: unknown; bytes?: unknown };
    return type === "taken" && typeof bytes === "number" && bytes >= 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

declare const WebSocketPair: new () => { readonly 0: object; readonly 1: ServerSocket };

/** Whether a request asks for a WebSocket. */
export function asksForSocket(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Takes a request for a WebSocket: the connection, and the answer that is to be given. Throws `bad_option` for a handshake
 * that is none (RFC 6455, 4.2.1): the runtime would refuse it after the answer, and tell nobody here.
 */
export function acceptSocket(request: Request, idle: number): { connection: Connection; response: Response } {
  const key = request.headers.get("sec-websocket-key") ?? "";
  if (request.headers.get("sec-websocket-version") !== "13" || !/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    throw new OrcaError("bad_option", "This is no handshake of a WebSocket: its version 13 or its key is missing.", {
      field: "Sec-WebSocket-Key",
      hint: "Use a client's own WebSocket. A proxy on the way must pass Sec-WebSocket-Key and -Version on.",
    });
  }
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.binaryType = "arraybuffer";
  const connection = new Connection(socket, idle, usageOf(request).id);
  request.signal.addEventListener("abort", () => connection.leave());
  socket.accept();
  return { connection, response: new Response(null, { status: 101, webSocket: client } as ResponseInit) };
}
