import { OrcaError } from "../../errors.ts";
import type { Limits } from "../limits.ts";

/** Seconds in which requests and audio are counted. */
const REQUEST_WINDOW = 60;
const AUDIO_WINDOW = 3600;

/** So many clients are remembered; those that do nothing make room. */
const MOST_CLIENTS = 10_000;

interface Count {
  /** When it began (ms). */
  since: number;
  count: number;
}

interface Client {
  streams: number;
  readonly requests: Count;
  readonly audio: Count;
}

/** What one client may have of one process: at once, in a minute, and of audio in an hour. None is limited where 0. */
export class ClientLimits {
  readonly #limits: Limits["client"];
  readonly #clients = new Map<string, Client>();
  readonly #now: () => number;

  constructor(limits: Limits["client"], now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * Counts a stream in; the returned function counts it out. Throws `rate_limited`.
   * @param name  of the client: its token's, or its address
   */
  begin(name: string): () => void {
    this.request(name);
    const client = this.#client(name);
    const { streams, audio } = this.#limits;
    if (streams > 0 && client.streams >= streams) {
      throw new OrcaError(
        "rate_limited",
        `${client.streams} streams of yours are running, which is all that you may have.`,
        {
          hint: "Try again when one has ended.",
          retryAfter: 5,
        },
      );
    }
    this.heard(name, 0);
    if (audio > 0 && client.audio.count >= audio) throw this.#audioSpent(client);
    client.streams++;
    let running = true;
    return () => {
      if (running) client.streams--;
      running = false;
    };
  }

  /** Counts a request. Throws `rate_limited` where there were more than may be. */
  request(name: string): void {
    const client = this.#client(name);
    const { requests } = this.#limits;
    if (requests > 0 && client.requests.count >= requests) {
      throw this.#refused(`${requests} requests a minute`, client.requests, REQUEST_WINDOW);
    }
    client.requests.count++;
  }

  /** Counts seconds of audio. Throws `rate_limited` where more were heard than may be. */
  heard(name: string, seconds: number): void {
    const client = this.#client(name);
    client.audio.count += seconds;
    if (this.#limits.audio > 0 && client.audio.count > this.#limits.audio) throw this.#audioSpent(client);
  }

  /** RateLimit and RateLimit-Policy of a client (draft-ietf-httpapi-ratelimit-headers-10); none where nothing is limited. */
  headers(name: string): Readonly<Record<string, string>> {
    const { streams, requests, audio } = this.#limits;
    const client = this.#client(name);
    const policies: string[] = [];
    const states: string[] = [];
    const add = (policy: string, quota: number, left: number, rest: string, reset: string) => {
      if (quota === 0) return;
      policies.push(`"${policy}";q=${quota}${rest}`);
      states.push(`"${policy}";r=${Math.max(0, Math.floor(left))}${reset}`);
    };
    const until = (count: Count, window: number) => `;t=${this.#left(count, window)}`;
    const [a, b] = [client.requests, client.audio];
    add("requests", requests, requests - a.count, `;w=${REQUEST_WINDOW}`, until(a, REQUEST_WINDOW));
    add("audio", audio, audio - b.count, `;w=${AUDIO_WINDOW};qu="audio-seconds"`, until(b, AUDIO_WINDOW));
    add("streams", streams, streams - client.streams, ';qu="concurrent-requests"', "");
    return policies.length === 0 ? {} : { "ratelimit-policy": policies.join(", "), ratelimit: states.join(", ") };
  }

  #client(name: string): Client {
    const now = this.#now();
    let client = this.#clients.get(name);
    if (client === undefined) {
      if (this.#clients.size >= MOST_CLIENTS) this.#forget();
      client = { streams: 0, requests: { since: now, count: 0 }, audio: { since: now, count: 0 } };
      this.#clients.set(name, client);
    }
    for (const [count, window] of [
      [client.requests, REQUEST_WINDOW],
      [client.audio, AUDIO_WINDOW],
    ] as const) {
      if (now - count.since < 1000 * window) continue;
      count.since = now;
      count.count = 0;
    }
    return client;
  }

  #forget(): void {
    // The oldest first: a map gives them in the order in which they came.
    for (const [name, { streams }] of this.#clients) {
      if (streams === 0) this.#clients.delete(name);
      if (this.#clients.size < MOST_CLIENTS / 2) return;
    }
  }

  #left({ since }: Count, window: number): number {
    return Math.max(1, Math.ceil((since + 1000 * window - this.#now()) / 1000));
  }

  #audioSpent(client: Client): OrcaError {
    return this.#refused(`${this.#limits.audio} seconds of audio an hour`, client.audio, AUDIO_WINDOW);
  }

  #refused(what: string, count: Count, window: number): OrcaError {
    const retryAfter = this.#left(count, window);
    return new OrcaError("rate_limited", `You may have ${what} here, and have had them.`, {
      hint: `Try again in ${retryAfter} s.`,
      retryAfter,
    });
  }
}
