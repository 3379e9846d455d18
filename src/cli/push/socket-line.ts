import { WebSocket } from "ws";
import type { ErrorRecord } from "../../records/index.ts";
import { errorOf, problemIn } from "../../records/problems.ts";
import { HELD, type Line, MOST_WAITING, STANDSTILL, stoodStill } from "./line.ts";

/** Sound as messages of a WebSocket, of which each is acknowledged. */
export class SocketLine implements Line {
  failed: unknown;
  readonly #began = Date.now();
  readonly #socket: WebSocket;
  readonly #open: Promise<void>;
  readonly #closed: Promise<void>;
  /** Bytes that were not acknowledged yet. */
  #waiting = 0;
  #taken = () => {};

  constructor(url: string, token: string) {
    this.#socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: STANDSTILL,
      perMessageDeflate: false,
    });
    const socket = this.#socket;
    this.#closed = new Promise((resolve) => {
      const over = (why: unknown) => {
        this.failed ??= why;
        socket.terminate();
        this.#taken();
        resolve();
      };
      socket.on("error", over);
      socket.on("unexpected-response", (_request, response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => {
          void problemIn(new Response(text, { status: response.statusCode ?? 500 })).then(over);
        });
      });
      socket.on("message", (data) => {
        const message = JSON.parse(String(data)) as { type: "taken"; bytes: number } | ErrorRecord;
        if (message.type === "error") this.failed ??= errorOf(message);
        else this.#waiting -= message.bytes;
        this.#taken();
      });
      socket.on("close", (code) => (code === 1000 ? resolve() : over(new Error(`it was closed (${code})`))));
    });
    this.#open = new Promise((resolve) => {
      socket.on("open", resolve);
    });
  }

  get old(): boolean {
    return Date.now() - this.#began > HELD;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await Promise.race([this.#open, this.#closed]);
    if (this.failed !== undefined) return;
    if (this.#socket.readyState !== WebSocket.OPEN) {
      this.failed = new Error("it was closed");
      return;
    }
    this.#socket.send(bytes);
    this.#waiting += bytes.length;
    const late = setTimeout(() => this.#socket.emit("error", stoodStill()), STANDSTILL);
    while (this.#waiting > MOST_WAITING && this.failed === undefined)
      await new Promise<void>((resolve) => {
        this.#taken = resolve;
      });
    clearTimeout(late);
  }

  async end(): Promise<unknown> {
    await Promise.race([this.#open, this.#closed]);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send("end");
    await this.#closed;
    return this.failed;
  }
}
