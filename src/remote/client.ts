import { AwsV4Signer } from "aws4fetch";
import { OrcaError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { type BucketPlace, type Place, placeText } from "./addresses.ts";
import { Passing, refusal } from "./refusals.ts";

/** How services are asked. It goes to other processes as JSON: credentials, which do not, come from the environment. */
export interface RemoteSettings {
  /** Of a service that is not Amazon's: `https://…`. */
  readonly endpoint?: string;
  readonly region?: string;
  /** Whether no credentials are used, though there be some. */
  readonly anonymous: boolean;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** One request. */
export interface Ask {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly place: Place;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
}

/** Times that are tried in a row without a byte more, and the waits between them in ms, doubling. */
const TRIES = 7;
const [FIRST_WAIT, LONGEST_WAIT] = [250, 20_000];
/** A server that wants to be left alone is heard for so long, ms. */
const LONGEST_RETRY_AFTER = 120_000;
/** Without a word, or a byte more, for so long (ms) a connection is given up. */
const SILENCE = 30_000;
/** Bytes that a line sends in a millisecond at least: 400 kbit/s. */
const SLOWEST = 50;

/** Amazon's region for what names none. */
const USUAL_REGION = "us-east-1";
const GOOGLE = "https://storage.googleapis.com";

/** Names as Amazon's own programs read them. */
export function credentialsFrom(env: Readonly<Record<string, string | undefined>>): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}) };
}

/**
 * Asks services for objects, one request after the other for each who uses it: whoever wants more at once has several
 * clients' worth of work, and says so. What may pass is tried again, less and less often.
 */
export class RemoteClient {
  readonly #settings: RemoteSettings;
  readonly #credentials: Credentials | undefined;
  readonly #silence: number;
  readonly #sleep: (ms: number) => Promise<void>;
  /** Where buckets are, as the service told. */
  readonly #regions = new Map<string, string>();

  constructor(
    settings: RemoteSettings,
    credentials?: Credentials,
    { silence = SILENCE, sleep = wait }: { silence?: number; sleep?: (ms: number) => Promise<void> } = {},
  ) {
    this.#settings = settings;
    this.#credentials = settings.anonymous ? undefined : credentials;
    this.#silence = silence;
    this.#sleep = sleep;
  }

  /** Whether requests to buckets are signed. */
  get signs(): boolean {
    return this.#credentials !== undefined;
  }

  /** An answer with a body that is still to be read or cancelled, tried until there is one. Throws OrcaError. */
  async request(ask: Ask): Promise<Response> {
    return await this.trying(ask.place, () => this.once(ask));
  }

  /** The whole body as text, tried until it is whole. Throws OrcaError. */
  async text(ask: Ask): Promise<{ text: string; headers: Headers }> {
    return await this.trying(ask.place, async () => {
      const response = await this.once(ask);
      const decoder = new TextDecoder();
      let text = "";
      for await (const bytes of this.body(response)) text += decoder.decode(bytes, { stream: true });
      return { text: text + decoder.decode(), headers: response.headers };
    });
  }

  /** Does what may pass until it succeeds, or has failed too often. */
  async trying<T>(place: Place, work: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; ) {
      try {
        return await work();
      } catch (thrown) {
        await this.bear(thrown, ++failures, place);
      }
    }
  }

  /** Waits after a failure that may pass; throws any other, and one that comes too often. @param failures  in a row */
  async bear(thrown: unknown, failures: number, place: Place): Promise<void> {
    if (!(thrown instanceof Passing)) throw thrown;
    if (failures >= TRIES) {
      throw new OrcaError("unreadable", `${placeText(place)}: ${thrown.message}, ${TRIES} times in a row.`, {
        hint: "The same command goes on with it later.",
        cause: thrown,
      });
    }
    const doubled = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
    // Many who were refused together do not come back together.
    const own = doubled * (0.5 + Math.random() / 2);
    await this.#sleep(Math.max(own, Math.min(LONGEST_RETRY_AFTER, thrown.retryAfter ?? 0)));
  }

  /** One request and its answer, which is a success. Throws Passing for what may be tried again, else OrcaError. */
  async once(ask: Ask): Promise<Response> {
    const response = await this.#send(ask);
    const region = response.headers.get("x-amz-bucket-region") ?? undefined;
    const { place } = ask;
    if (
      !response.ok &&
      place.kind === "bucket" &&
      region !== undefined &&
      region !== this.#regionOf(place) &&
      !this.#regions.has(place.bucket)
    ) {
      // Amazon says where a bucket is to whoever asks elsewhere: 301, 307, or 400 for a signature of another region.
      await response.body?.cancel();
      this.#regions.set(place.bucket, region);
      return await this.once(ask);
    }
    if (response.ok) return response;
    throw await refusal(response, place, this.signs);
  }

  /** A body, chunk by chunk. Throws Passing where it breaks or nothing comes. */
  async *body(response: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    try {
      for (;;) {
        const { done, value } = await this.#within(reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  async #send({ method, place, query = {}, headers = {}, body }: Ask): Promise<Response> {
    const url = this.#url(place, query);
    const sent = new Headers(headers);
    sent.set("user-agent", `orca-embeddings/${VERSION}`);
    // A packed answer has other bytes than its ranges.
    sent.set("accept-encoding", "identity");
    if (place.kind === "web" && place.authorization !== undefined) sent.set("authorization", place.authorization);
    if (place.kind === "bucket" && this.#credentials !== undefined) {
      const signed = await this.#sign(method, url, place, headers, body, this.#credentials);
      signed.forEach((value, name) => {
        if (name !== "host") sent.set(name, value);
      });
    }
    const leaving = new AbortController();
    try {
      const redirect = place.kind === "bucket" ? "manual" : "follow";
      const init: RequestInit = {
        method,
        headers: sent,
        redirect,
        signal: leaving.signal,
        ...(body === undefined ? {} : { body }),
      };
      // A slow line takes its time for what is sent.
      return await this.#within(fetch(url, init), (body?.length ?? 0) / SLOWEST);
    } catch (thrown) {
      leaving.abort();
      throw thrown instanceof Passing ? thrown : new Passing(reasonOf(thrown));
    }
  }

  async #sign(
    method: string,
    url: string,
    place: BucketPlace,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array<ArrayBuffer> | string | undefined,
    credentials: Credentials,
  ): Promise<Headers> {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : (body ?? new Uint8Array(0));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const signer = new AwsV4Signer({
      ...credentials,
      method,
      url,
      headers: { ...headers, "x-amz-content-sha256": hash },
      service: "s3",
      region: this.#regionOf(place),
    });
    return (await signer.sign()).headers;
  }

  #regionOf({ bucket }: BucketPlace): string {
    return this.#regions.get(bucket) ?? this.#settings.region ?? USUAL_REGION;
  }

  /** Throws `unreadable` for a key that no address can name. */
  #url(place: Place, query: Readonly<Record<string, string>>): string {
    const text = new URLSearchParams(query).toString().replaceAll("+", "%20");
    const behind = text === "" ? "" : `?${text}`;
    if (place.kind === "web") return `${place.url}${behind}`;
    const { bucket, key } = place;
    const path = key.split("/").map(encoded).join("/");
    const base = this.#base(place);
    const url = `${base}${path}${behind}`;
    // `a/../b` would be another object's.
    if (new URL(url).href.startsWith(`${base}${path}`)) return url;
    throw new OrcaError("unreadable", `${bucket} has a key that no address can name: ${JSON.stringify(key)}.`);
  }

  /** Where a bucket's keys begin. */
  #base(place: BucketPlace): string {
    const { bucket, scheme } = place;
    const endpoint = this.#settings.endpoint ?? (scheme === "gs" ? GOOGLE : undefined);
    if (endpoint !== undefined) return new URL(`${endpoint.replace(/\/+$/, "")}/${bucket}/`).href;
    const host = `s3.${this.#regionOf(place)}.amazonaws.com`;
    // Certificates hold for one name before the host, and not for one with points.
    return bucket.includes(".") ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
  }

  /** @param more  milliseconds beside those of silence */
  async #within<T>(work: Promise<T>, more = 0): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Passing(`nothing came for ${this.#silence / 1000} s`)), this.#silence + more);
    });
    try {
      return await Promise.race([work, late]);
    } catch (thrown) {
      // Whoever came late is not waited for.
      work.catch(() => undefined);
      throw thrown instanceof Passing || thrown instanceof OrcaError ? thrown : new Passing(reasonOf(thrown));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** RFC 3986, 2.3: what is not unreserved is encoded, as signatures want it. */
function encoded(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Node hides the reason one level down. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (!(cause instanceof Error)) return thrown.message;
  const code = (cause as Error & { code?: unknown }).code;
  return `${thrown.message} (${cause.message || String(code ?? cause.name)})`;
}
