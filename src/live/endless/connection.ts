import { nameOf } from "../addresses.ts";
import { cancelled } from "../clock.ts";
import { failureOf, openAllowed, refusal } from "../fetching.ts";
import type { Trouble } from "../patience.ts";
import { finalError } from "../publisher.ts";
import type { Clock, LiveSource } from "../types.ts";
import { IcyBytes } from "./icy-bytes.ts";

/** An answer begins within this time, ms. */
const WITHIN = 10_000;

/** What comes next: bytes, nothing up to the time that was asked for, the end of a file, or a connection that broke. */
export type Next =
  | { readonly kind: "bytes"; readonly bytes: readonly Uint8Array[] }
  | { readonly kind: "nothing" }
  | { readonly kind: "end" }
  | { readonly kind: "broken"; readonly reason: string };

/** Asks for sound. Throws where `signal` aborts, and `live_failed` where to ask again is of no use. */
export async function connect(source: LiveSource, clock: Clock, signal: AbortSignal): Promise<Connection | Trouble> {
  const leaving = new AbortController();
  const begun = new AbortController();
  let late = false;
  clock.sleep(WITHIN, begun.signal).then(
    () => {
      late = true;
      leaving.abort();
    },
    () => undefined,
  );
  try {
    const opened = await openAllowed(source.url, source, new Headers(), AbortSignal.any([signal, leaving.signal]));
    if ("status" in opened) return troubleOf(opened.reason);
    const { response, url } = opened;
    if (response.status === 200 && response.body !== null) return new Connection(response, url, clock, leaving, signal);
    const refused = await refusal(opened);
    const retryAfter = refused.status === "failed" ? refused.retryAfter : undefined;
    return { trouble: refused.reason, retryAfter, gone: refused.status === "missing" };
  } catch (thrown) {
    if (signal.aborted) throw cancelled();
    if (late) return troubleOf(`${nameOf(source.url)} did not answer within ${WITHIN / 1000} s`);
    const { reason, final } = failureOf(source.url, thrown);
    if (final) throw finalError(reason);
    return troubleOf(reason);
  } finally {
    begun.abort();
  }
}

/** An answer without an end, read as it comes. */
export class Connection {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #icy: IcyBytes;
  readonly #clock: Clock;
  readonly #leaving: AbortController;
  readonly #signal: AbortSignal;
  readonly #url: string;
  readonly #length: number | undefined;
  #received = 0;
  #pending: Promise<Next> | undefined;

  constructor({ headers, body }: Response, url: string, clock: Clock, leaving: AbortController, signal: AbortSignal) {
    this.#reader = (body as ReadableStream<Uint8Array>).getReader();
    const every = Number(headers.get("icy-metaint") ?? 0);
    this.#icy = new IcyBytes(Number.isInteger(every) && every > 0 ? every : Number.POSITIVE_INFINITY);
    const length = Number(headers.get("content-length") ?? 0);
    this.#length = length > 0 ? length : undefined;
    this.#url = url;
    this.#clock = clock;
    this.#leaving = leaving;
    this.#signal = signal;
  }

  /** For messages. */
  get name(): string {
    return nameOf(this.#url);
  }

  /** Whether it is a file, which has a length, and was made at any time. */
  get isFile(): boolean {
    return this.#length !== undefined;
  }

  /** @param within  how long it may take, ms; what has not come by then is asked for again. Throws where the listener left */
  async next(within: number): Promise<Next> {
    this.#pending ??= this.#read();
    const waited = new AbortController();
    const nothing = (): Next => ({ kind: "nothing" });
    const next = await Promise.race([this.#pending, this.#clock.sleep(within, waited.signal).then(nothing, nothing)]);
    waited.abort();
    if (this.#signal.aborted) throw cancelled();
    if (next.kind !== "nothing") this.#pending = undefined;
    return next;
  }

  close(): void {
    this.#leaving.abort();
  }

  async #read(): Promise<Next> {
    try {
      const { done, value } = await this.#reader.read();
      if (!done) {
        this.#received += value.length;
        return { kind: "bytes", bytes: [...this.#icy.push(value)] };
      }
      if (this.#length !== undefined && this.#received >= this.#length) return { kind: "end" };
      return { kind: "broken", reason: `${this.name} broke off` };
    } catch (thrown) {
      return { kind: "broken", reason: failureOf(this.#url, thrown).reason };
    }
  }
}

function troubleOf(trouble: string): Trouble {
  return { trouble, retryAfter: undefined };
}
