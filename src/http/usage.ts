import { asOrcaError } from "../errors.ts";
import type { LiveRecord } from "../records/index.ts";

/** Others are counted together. */
const METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"];

/** What a request was and took, for the log, the metrics and its client's limits. Names of recordings are not in it. */
export class Usage {
  /** Letters, digits and hyphens; the client's or the proxy's own where it sent one. */
  readonly id: string;
  /** As the interface names it: with {name} in place of names. */
  route = "other";
  readonly method: string;
  model: string | undefined;
  engine: string | undefined;
  /** Seconds of audio that were embedded. */
  seconds = 0;
  windows = 0;
  /** Bytes that came. */
  bytes = 0;
  code: string | undefined;
  /** Whether it goes on after its answer has begun. */
  streams = false;
  status = 0;
  /** Who asks, for his limits: never logged. */
  client = "";
  /** Called once, when it is over. */
  over: (usage: Usage) => void = () => undefined;
  readonly #began = Date.now();
  #ended = false;
  #said = false;

  constructor(request: Request) {
    const sent = request.headers.get("x-request-id") ?? "";
    this.id = /^[\w-]{1,64}$/.test(sent) ? sent : crypto.randomUUID();
    this.method = METHODS.includes(request.method) ? request.method : "other";
  }

  /** Milliseconds since it came. */
  get ms(): number {
    return Date.now() - this.#began;
  }

  /** Its answer has begun. */
  answered(status: number): void {
    this.status = status;
    if (this.#ended || !this.streams) this.#say();
  }

  /** Its stream has ended. */
  end(): void {
    this.#ended = true;
    if (this.status !== 0) this.#say();
  }

  #say(): void {
    if (this.#said) return;
    this.#said = true;
    this.over(this);
  }

  /** Records on their way, counted. @param heard  is told seconds of audio as they are embedded; what it throws ends them */
  async *counted<T extends readonly LiveRecord[]>(
    batches: AsyncGenerator<T>,
    heard: (seconds: number) => void,
  ): AsyncGenerator<T> {
    let before = 0;
    let end = 0;
    try {
      for await (const records of batches) {
        for (const record of records) {
          if (record.type === "header") {
            this.model = record.model;
            this.engine = record.engine;
          } else if (record.type === "window") {
            this.windows++;
            end = record.end - (record.padded ?? 0);
          } else if (record.type === "summary") {
            // A live stream has several stretches, each from 0.
            before += record.seconds;
            end = 0;
          }
        }
        yield records;
        const seconds = before + end;
        const more = seconds - this.seconds;
        this.seconds = seconds;
        heard(more);
      }
    } catch (thrown) {
      this.code = asOrcaError(thrown).code;
      throw thrown;
    }
  }

  /** A recording's bytes on their way, counted. */
  received(bytes: AsyncIterator<Uint8Array, undefined>): AsyncIterator<Uint8Array, undefined> {
    return {
      next: async () => {
        const step = await bytes.next();
        if (!step.done) this.bytes += step.value.length;
        return step;
      },
      return: async () => (await bytes.return?.()) ?? { done: true, value: undefined },
    };
  }

  /** One line for a log: JSON, without secrets and without names. */
  line(): string {
    const { id, method, route, status, code, model, engine, windows, bytes, ms } = this;
    const seconds = Math.round(1000 * this.seconds) / 1000;
    const all = {
      time: new Date().toISOString(),
      id,
      method,
      route,
      status,
      code,
      model,
      engine,
      seconds,
      windows,
      bytes,
      ms,
    };
    return JSON.stringify(all);
  }
}

const usages = new WeakMap<Request, Usage>();

/** A request's usage: of the same request it is the same. */
export function usageOf(request: Request): Usage {
  const usage = usages.get(request) ?? new Usage(request);
  usages.set(request, usage);
  return usage;
}
