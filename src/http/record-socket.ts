import { asOrcaError, OrcaError } from "../errors.ts";
import { type EmbedRecord, errorRecord, type RecordWriter } from "../records/index.ts";
import { IdleWatch } from "./idle-watch.ts";
import type { Limits } from "./limits.ts";

/** The Worker's end of a WebSocketPair, as far as it is used. */
export interface ServerSocket {
  binaryType?: string;
  accept(): void;
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
  addEventListener(kind: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(kind: "close" | "error", listener: () => void): void;
}

/** Bytes that may have been sent and not yet been acknowledged by `taken`. */
const MOST_WAITING = 4 * 1024 ** 2;

/** What is sent in place of more bytes: the recording ends here. */
const END = "end";

/**
 * Binary messages as the bytes of a recording. Each chunk is acknowledged when it has been used up, which is how the
 * sender learns when to go on: a WebSocket has no back-pressure of its own.
 */
export class SocketBytes implements AsyncIterator<Uint8Array> {
  readonly #socket: ServerSocket;
  readonly #limits: Limits;
  readonly #watch: IdleWatch;
  readonly #queue: Uint8Array[] = [];
  #waiting = 0;
  #total = 0;
  #handed = 0;
  #ended = false;
  #failure: OrcaError | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: ServerSocket, limits: Limits) {
    this.#socket = socket;
    this.#limits = limits;
    this.#watch = new IdleWatch(limits.idle, () =>
      this.#fail(
        new OrcaError("too_slow", `No byte came for ${limits.idle / 1000} s after byte ${this.#total}.`, {
          byteOffset: this.#total,
          hint: "Send the recording without long pauses.",
        }),
      ),
    );
    socket.addEventListener("message", ({ data }) => this.#message(data));
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#handed > 0) this.#socket.send(JSON.stringify({ type: "taken", bytes: this.#handed }));
    this.#handed = 0;
    while (this.#queue.length === 0 && !this.#ended && this.#failure === undefined) {
      await this.#watch.during(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
    if (this.#failure !== undefined) throw this.#failure;
    const value = this.#queue.shift();
    if (value === undefined) return this.return();
    this.#handed = value.length;
    this.#waiting -= value.length;
    return { done: false, value };
  }

  /** Nothing more is wanted, or will come. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#ended = true;
    this.#watch.end();
    this.#wake();
    return { done: true, value: undefined };
  }

  #message(data: unknown): void {
    if (this.#ended) return;
    if (data === END) this.#ended = true;
    else if (data instanceof ArrayBuffer) this.#take(new Uint8Array(data));
    else {
      const hint = `Binary messages are the recording, and the text ${END} ends it.`;
      this.#fail(new OrcaError("bad_option", "A message was neither bytes nor the end of them.", { hint }));
    }
    this.#wake();
  }

  #take(bytes: Uint8Array): void {
    this.#total += bytes.length;
    this.#waiting += bytes.length;
    this.#queue.push(bytes);
    const limit = this.#limits.bodyBytes;
    if (this.#total > limit) {
      this.#fail(
        new OrcaError("too_large", `The recording is longer than the ${limit} bytes that this server takes.`, {
          byteOffset: limit,
          hint: "Cut the recording into parts, or ask the operator to raise MAX_BODY_BYTES.",
        }),
      );
    } else if (this.#waiting > MOST_WAITING) {
      this.#fail(
        new OrcaError("too_large", `${this.#waiting} bytes were sent ahead; ${MOST_WAITING} may be.`, {
          byteOffset: this.#total,
          hint: "Wait for the `taken` messages before sending more.",
        }),
      );
    }
  }

  #fail(failure: OrcaError): void {
    this.#failure ??= failure;
    this.#wake();
  }
}

/** Sends each record as a text message, the error record where it fails, and closes. Ends early when the client leaves. */
export async function sendRecords(
  socket: ServerSocket,
  open: () => { batches: AsyncGenerator<readonly EmbedRecord[]>; writer: RecordWriter },
  sent: (records: readonly EmbedRecord[]) => void,
): Promise<void> {
  let connected = true;
  const left = () => {
    connected = false;
  };
  socket.addEventListener("close", left);
  socket.addEventListener("error", left);
  const send = (text: string) => {
    if (connected) socket.send(text);
  };
  try {
    const { batches, writer } = open();
    for await (const records of batches) {
      for (const record of records) send(writer.json(record));
      sent(records);
      if (!connected) break;
    }
  } catch (thrown) {
    send(JSON.stringify(errorRecord(asOrcaError(thrown))));
  }
  if (connected) socket.close(1000, "done");
}
