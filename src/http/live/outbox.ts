import { IdleWatch } from "../idle-watch.ts";
import type { ServerSocket } from "../record-socket.ts";

/** Bytes and characters that may be on their way; half a minute of sound and what a net says of it. */
const MOST_AHEAD = 4 * 1024 ** 2;

/**
 * Messages to a listener, no faster than it takes them: it acknowledges each with `{"type":"taken","bytes":…}` (the
 * message's bytes, or characters), because a WebSocket has no back-pressure of its own. One that takes nothing for the
 * operator's idle time is left.
 */
export class Outbox {
  readonly #socket: ServerSocket;
  readonly #watch: IdleWatch;
  readonly #left: () => void;
  #ahead = 0;
  #open = true;
  #wake = () => {};

  /** @param left  called when there is nobody to send to any more */
  constructor(socket: ServerSocket, idle: number, left: () => void) {
    this.#socket = socket;
    this.#left = left;
    this.#watch = new IdleWatch(idle, () => this.close(1008, "nothing was taken"));
    socket.addEventListener("message", ({ data }) => this.#taken(data));
    socket.addEventListener("close", () => this.#end());
    socket.addEventListener("error", () => this.#end());
  }

  /** Resolves when there is room for more. */
  async send(message: string | Uint8Array): Promise<void> {
    if (!this.#open) return;
    this.#socket.send(message);
    this.#ahead += message.length;
    while (this.#open && this.#ahead > MOST_AHEAD) {
      await this.#watch.during(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.#end();
    this.#socket.close(code, reason);
  }

  #taken(data: unknown): void {
    const bytes = acknowledged(data);
    if (bytes === undefined) {
      this.close(1008, "a message was no acknowledgement");
      return;
    }
    this.#ahead = Math.max(0, this.#ahead - bytes);
    this.#wake();
  }

  #end(): void {
    this.#open = false;
    this.#watch.end();
    this.#wake();
    this.#left();
  }
}

function acknowledged(data: unknown): number | undefined {
  try {
    const { type, bytes } = JSON.parse(String(data)) as { type?: unknown; bytes?: unknown };
    return type === "taken" && typeof bytes === "number" && bytes >= 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}
