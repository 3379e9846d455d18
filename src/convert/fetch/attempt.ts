import { OrcaError } from "../../errors.ts";

/** How long to wait, and how often to try again. Times in milliseconds. */
export interface Patience {
  /** Until a server answers. */
  readonly connect: number;
  /** Without a byte of the answer. */
  readonly idle: number;
  /** Requests in a row that bring less than a mebibyte, once the server has answered one. */
  readonly tries: number;
  /** Requests in all where no server answers. */
  readonly connections: number;
  /** Before the second request; each further one that brings little waits twice as long. */
  readonly pause: number;
}

/** For who asked for a file: a network that comes back in a few seconds is waited for. */
export const PATIENT: Patience = { connect: 10_000, idle: 30_000, tries: 6, connections: 3, pause: 1000 };
/** For who did not: no network costs four seconds at most. */
export const HASTY: Patience = { ...PATIENT, connect: 4000, connections: 1 };

/** The cause of an error that may be gone a second later. */
export const LATER = new Error("worth another request");

/** Answers after which the same request may do better (RFC 9110 15.5.9, 15.6; RFC 6585 4). */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** One HTTP request with its time limits. */
export class Attempt {
  /** Whether any server has answered. */
  answered = false;
  readonly #address: string;
  readonly #patience: Patience;
  readonly #controller = new AbortController();
  #expired: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(address: string, patience: Patience) {
    this.#address = address;
    this.#patience = patience;
  }

  /** Gives an answer of 200, 206 or 416; redirects are followed, but not from https to http. */
  async request(headers: Readonly<Record<string, string>>): Promise<Response> {
    this.#expire(this.#patience.connect, `did not answer within ${this.#patience.connect / 1000} s`);
    const response = await fetch(this.#address, {
      // Ranges count the bytes of the file, not of a compressed form of it.
      headers: { ...headers, "accept-encoding": "identity" },
      signal: this.#controller.signal,
    });
    clearTimeout(this.#timer);
    this.answered = true;
    if (this.#address.startsWith("https:") && !response.url.startsWith("https:")) {
      await response.body?.cancel();
      throw this.#failed(`leads to ${response.url}, which is not encrypted`);
    }
    if (response.status === 200 || response.status === 206 || response.status === 416) return response;
    await response.body?.cancel();
    const { status } = response;
    throw this.#failed(`answered ${status}`, TRANSIENT.has(status) ? LATER : undefined);
  }

  /** The answer's bytes as they come. */
  async *body(response: Response): AsyncGenerator<Uint8Array> {
    const reader = (response.body ?? new Blob([]).stream()).getReader();
    try {
      for (;;) {
        this.#expire(this.#patience.idle, `sent nothing for ${this.#patience.idle / 1000} s`);
        const { done, value } = await reader.read();
        clearTimeout(this.#timer);
        if (done) return;
        yield value;
      }
    } finally {
      clearTimeout(this.#timer);
      await reader.cancel().catch(() => undefined);
    }
  }

  /** Whether what was thrown may be gone a moment later. */
  worthAnother(thrown: unknown): boolean {
    if (this.#expired !== undefined) return true;
    if (thrown instanceof OrcaError) return thrown.cause === LATER;
    return thrown instanceof TypeError;
  }

  /** Anything thrown on the way as an OrcaError that says what happened to which address. */
  explain(thrown: unknown): unknown {
    clearTimeout(this.#timer);
    if (this.#expired !== undefined) return this.#failed(this.#expired, thrown);
    // fetch and its body throw TypeErrors whose cause is what the system or the parser said.
    if (thrown instanceof TypeError) return this.#failed(networkReason(thrown), thrown);
    return thrown;
  }

  #expire(after: number, sentence: string): void {
    this.#timer = setTimeout(() => {
      this.#expired = sentence;
      this.#controller.abort();
    }, after);
  }

  #failed(what: string, cause?: unknown): OrcaError {
    return new OrcaError("fetch_failed", `${this.#address} ${what}.`, cause === undefined ? {} : { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "cannot be found",
  EAI_AGAIN: "cannot be found",
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "closed the connection",
  ENETUNREACH: "cannot be reached",
  EHOSTUNREACH: "cannot be reached",
  ETIMEDOUT: "did not answer",
  UND_ERR_CONNECT_TIMEOUT: "did not answer",
  UND_ERR_SOCKET: "closed the connection",
};

/** In words, what fetch's TypeError was caused by. */
function networkReason(thrown: TypeError): string {
  for (let cause: unknown = thrown.cause; cause instanceof Error; cause = cause.cause) {
    // Several addresses of one host were tried: the first one's failure stands for them.
    const one: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    const code = one instanceof Error && "code" in one ? String(one.code) : "";
    const known = REASONS[code];
    if (known !== undefined) return known;
    if (one instanceof Error && one.message !== "") return `failed: ${one.message}`;
  }
  return `failed: ${thrown.message}`;
}
