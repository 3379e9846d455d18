import { OrcaError } from "../errors.ts";
import { IdleWatch } from "./idle-watch.ts";
import { type Limits, tooLarge } from "./limits.ts";

/** Bytes asked for at a time; what has come is given at once, however little. */
const READ_BYTES = 65536;

/**
 * A request body as an iterator that holds the operator's limits. Chunks are views of one buffer and good until the next
 * step, so that an endless stream makes no garbage. `return` cancels the body at once, even while a read is waiting,
 * which tells the sender to stop.
 *
 * The first read begins here and now: under `wrangler dev` a response streams beside its request only when the body
 * has been asked for before the response is returned.
 */
export function bodyBytes(request: Request, limits: Limits): BodyBytes {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  return request.body === null ? NO_BYTES : new BodyReader(request.body, limits);
}

/** The bytes of a body, and what comes when nobody wants them any more. */
export interface BodyBytes extends AsyncIterator<Uint8Array, undefined> {
  return(): Promise<IteratorResult<Uint8Array, undefined>>;
  /** Takes the rest and drops it; after that `return` has nothing to tell the sender. Ends as `next` does. */
  hearOut(): Promise<void>;
}

/** The body's size, where its sender says it and it is the recording's own: an option of the decoders. */
export function sentSize({ headers }: Request): { readonly size?: number } {
  const length = headers.get("content-length");
  // A form is longer than its file.
  const form = headers.get("content-type")?.toLowerCase().startsWith("multipart/") === true;
  const encoded = form || headers.has("content-encoding") || length === null || !/^\d{1,15}$/.test(length);
  return encoded ? {} : { size: Number(length) };
}

class BodyReader implements BodyBytes {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #limits: Limits;
  readonly #watch: IdleWatch;
  #reading: Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> | undefined;
  #buffer: ArrayBuffer | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #total = 0;
  #dropping = false;
  #state: "open" | "idle" | "done" = "open";

  constructor(body: ReadableStream<Uint8Array>, limits: Limits) {
    this.#reader = body.getReader({ mode: "byob" });
    this.#limits = limits;
    this.#watch = new IdleWatch(limits.idle, () => {
      this.#state = "idle";
      // The read that waits then ends.
      void this.#reader.cancel("idle").catch(() => undefined);
    });
    this.#reading = this.#read(new ArrayBuffer(READ_BYTES));
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    // One after the other: who drops the rest may come while another still waits.
    const step = this.#turn.then(() => this.#next());
    this.#turn = step.catch(() => undefined);
    return step;
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#state === "done") return { done: true, value: undefined };
    this.#reading ??= this.#read(this.#buffer ?? new ArrayBuffer(READ_BYTES));
    const result = await this.#watch.during(this.#reading).catch((thrown: unknown) => {
      if (this.#state === "open") throw this.#brokenOff(thrown);
    });
    this.#reading = undefined;
    if (this.#state === "idle") throw this.#tooSlow();
    if (result === undefined || result.done) {
      this.#dropping = false;
      await this.return();
      return { done: true, value: undefined };
    }
    this.#buffer = result.value.buffer;
    this.#total += result.value.length;
    if (this.#total > this.#limits.bodyBytes) throw tooLarge(this.#limits.bodyBytes);
    return { done: false, value: result.value };
  }

  async hearOut(): Promise<void> {
    this.#dropping = true;
    for (let step = await this.next(); !step.done; ) step = await this.next();
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#dropping && this.#state === "open") return { done: true, value: undefined };
    if (this.#state !== "done") {
      this.#state = "done";
      this.#watch.end();
      await this.#reader.cancel("no longer wanted").catch(() => undefined);
    }
    return { done: true, value: undefined };
  }

  #read(buffer: ArrayBuffer): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
    return this.#reader.read(new Uint8Array(buffer));
  }

  /** Its sender left, or sent what is no body: a chunk without a length. */
  #brokenOff(cause: unknown): OrcaError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new OrcaError("cancelled", `The body broke off after byte ${this.#total}: ${why}`, {
      byteOffset: this.#total,
      hint: "Send it again.",
      cause,
    });
  }

  #tooSlow(): OrcaError {
    return new OrcaError("too_slow", `No byte came for ${this.#limits.idle / 1000} s after byte ${this.#total}.`, {
      byteOffset: this.#total,
      hint: "Send the recording without long pauses; a live stream may be sent in several requests.",
    });
  }
}

const NO_BYTES: BodyBytes = {
  next: async () => ({ done: true, value: undefined }),
  return: async () => ({ done: true, value: undefined }),
  hearOut: async () => undefined,
};
