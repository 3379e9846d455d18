import { OrcaError } from "../../errors.ts";
import { IdleWatch } from "../idle-watch.ts";
import { type Limits, tooLarge } from "../limits.ts";
import { type Connection, MOST_AHEAD } from "./connection.ts";

/** What is sent in place of more bytes: the recording ends here. */
const END = "end";

/** So much is acknowledged at once; less a little later, so that messages of a byte do not each make one. */
const ACKNOWLEDGED_AT_ONCE = 65_536;
const ACKNOWLEDGED_WITHIN = 10;

/** What a message counts as at least, however short: it takes memory of its own. */
const LEAST_MESSAGE = 256;

/**
 * Binary messages as the bytes of a recording. Each chunk is acknowledged when it has been used up, which is how the
 * sender learns when to go on: a WebSocket has no back-pressure of its own. One that runs ahead is refused at once.
 */
export class SocketBytes implements AsyncIterator<Uint8Array> {
  readonly #connection: Connection;
  readonly #limits: Limits;
  readonly #watch: IdleWatch;
  readonly #queue: Uint8Array[] = [];
  #waiting = 0;
  #total = 0;
  /** Bytes that were used up and not yet acknowledged, and those that are being used. */
  #used = 0;
  #handed = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  #failure: OrcaError | undefined;
  #wake: () => void = () => undefined;

  constructor(connection: Connection, limits: Limits) {
    this.#connection = connection;
    this.#limits = limits;
    this.#watch = new IdleWatch(limits.idle, () =>
      this.#fail(
        new OrcaError("too_slow", `No byte came for ${limits.idle / 1000} s after byte ${this.#total}.`, {
          byteOffset: this.#total,
          hint: "Send the recording without long pauses.",
        }),
      ),
    );
    connection.heard = (data) => this.#message(data);
    connection.gone.addEventListener("abort", () => void this.return());
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#used += this.#handed;
    this.#handed = 0;
    if (this.#used >= ACKNOWLEDGED_AT_ONCE) this.#acknowledge();
    else if (this.#used > 0) this.#later ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGED_WITHIN);
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
    this.#waiting -= weight(value);
    return { done: false, value };
  }

  /** Nothing more is wanted, or will come. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#ended = true;
    this.#queue.length = 0;
    this.#watch.end();
    this.#acknowledge();
    this.#wake();
    return { done: true, value: undefined };
  }

  #acknowledge(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    if (this.#used > 0) this.#connection.say({ type: "taken", bytes: this.#used });
    this.#used = 0;
  }

  #message(data: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    if (data === END) this.#ended = true;
    else if (data instanceof ArrayBuffer) this.#take(new Uint8Array(data));
    else {
      const hint = `Binary messages are the recording, the text ${END} ends it, and {"type":"taken","bytes":N} acknowledges.`;
      this.#fail(new OrcaError("bad_option", "A message was neither bytes nor the end of them.", { hint }));
    }
    this.#wake();
  }

  #take(bytes: Uint8Array): void {
    this.#total += bytes.length;
    this.#waiting += weight(bytes);
    this.#queue.push(bytes);
    const limit = this.#limits.bodyBytes;
    if (this.#waiting > MOST_AHEAD) {
      // Whoever uses the bytes may himself wait for this client: it is told now.
      this.#connection.fail(
        new OrcaError("too_large", `${this.#waiting} bytes were sent ahead; ${MOST_AHEAD} may be.`, {
          byteOffset: this.#total,
          hint: "Wait for the `taken` messages before sending more.",
        }),
      );
    } else if (this.#total > limit) this.#fail(tooLarge(limit));
  }

  #fail(failure: OrcaError): void {
    this.#failure ??= failure;
    this.#wake();
  }
}

const weight = ({ length }: Uint8Array) => Math.max(length, LEAST_MESSAGE);
