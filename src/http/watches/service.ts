import { asOrcaError, OrcaError } from "../../errors.ts";
import { problemIn } from "../../records/problems.ts";
import type { WatchConfig } from "../../watch/index.ts";
import type { CollectionNamespace } from "../collections/index.ts";
import type { HydrophoneStatus, WatchStatus } from "../events/index.ts";
import { usageOf } from "../usage.ts";

/** The header that says to an object who its listener is, for his limits. */
export const CLIENT = "x-orca-client";

export const noWatches = () =>
  new OrcaError("not_found", "This server watches no hydrophones.", {
    hint: "Its operator can: docs/watch.md says how.",
  });

/** Hydrophones that are watched, each by a Durable Object of its own. */
export class WatchService {
  readonly config: WatchConfig;
  readonly #namespace: CollectionNamespace;

  constructor(config: WatchConfig, namespace: CollectionNamespace) {
    this.config = config;
    this.#namespace = namespace;
  }

  get names(): string[] {
    return this.config.hydrophones.map(({ name }) => name);
  }

  /** What the object of one hydrophone watches; undefined where it is not watched. */
  configOf(name: string): WatchConfig | undefined {
    const hydrophones = this.config.hydrophones.filter((one) => one.name === name);
    return hydrophones.length === 0 ? undefined : { ...this.config, hydrophones };
  }

  /** Sees to it that each is followed. */
  async wake(): Promise<void> {
    await Promise.allSettled(this.names.map((name) => this.#ask(name, "wake")));
  }

  /** Passes a request on to a hydrophone's object. @param parts  of the path behind `/v1/hydrophones` */
  async answer(request: Request, parts: readonly string[]): Promise<Response> {
    const [name = ""] = parts;
    this.#checkName(name);
    const { search } = new URL(request.url);
    const headers = headersOf(request, ["accept", "last-event-id"]);
    const body = ["GET", "HEAD"].includes(request.method) ? {} : { body: await request.text() };
    const path = `answer/${parts.map(encodeURIComponent).join("/")}${search}`;
    const response = await this.#fetch(name, path, { method: request.method, headers, ...body });
    if (!response.ok) throw await problemIn(response);
    // Headers of what was fetched cannot be added to; every answer gets some.
    return new Response(response.body, response);
  }

  /** Whether its listeners are this service's. */
  watches(name: string): boolean {
    return this.names.includes(name);
  }

  /** Passes a listener on, or his WebSocket; what he takes is counted there. */
  async listen(request: Request, name: string): Promise<Response> {
    const usage = usageOf(request);
    const headers = headersOf(request, ["accept", ...SOCKET]);
    headers.set(CLIENT, usage.client);
    const { search } = new URL(request.url);
    const response = await this.#fetch(name, `embeddings${search}`, { method: request.method, headers });
    if (response.status !== 101 && !response.ok) throw await problemIn(response);
    usage.streams = true;
    return response.status === 101 ? response : new Response(response.body, response);
  }

  /** Passes sound on that is sent to a hydrophone, as a body or by a WebSocket. */
  async take(request: Request, name: string): Promise<Response> {
    this.#checkName(name);
    const headers = headersOf(request, ["authorization", ...SOCKET]);
    const { search } = new URL(request.url);
    const { body, method } = request;
    const sent = body === null ? {} : { body, duplex: "half" };
    const response = await this.#fetch(name, `sound${search}`, { method, headers, ...sent } as RequestInit);
    if (response.status !== 101 && !response.ok) throw await problemIn(response);
    return response.status === 101 ? response : new Response(response.body, response);
  }

  #checkName(name: string): void {
    if (this.names.includes(name)) return;
    throw new OrcaError("not_found", `There is no watched hydrophone ${JSON.stringify(name)}.`, {
      hint: `There is: ${this.names.join(", ")}.`,
    });
  }

  /** How each hydrophone does, and the deliveries of each. An object that cannot begin says why. */
  async status(): Promise<WatchStatus> {
    const all = await Promise.all(
      this.config.hydrophones.map(async ({ name, title, place }) => {
        try {
          return (await (await this.#ask(name, "status")).json()) as WatchStatus;
        } catch (thrown) {
          const { message } = asOrcaError(thrown);
          const hydrophone: HydrophoneStatus = {
            name,
            title,
            place,
            state: "failed",
            message,
            gaps: [],
            events: [],
            eventsToday: 0,
          };
          return { at: new Date().toISOString(), zone: this.config.zone, hydrophones: [hydrophone], deliveries: [] };
        }
      }),
    );
    return {
      at: new Date().toISOString(),
      zone: this.config.zone,
      hydrophones: all.flatMap(({ hydrophones }) => hydrophones),
      deliveries: all.flatMap(({ deliveries }, at) =>
        deliveries.map((one) => ({ ...one, hydrophone: this.config.hydrophones[at]?.title })),
      ),
    };
  }

  /** Prometheus' text of each. */
  async metrics(): Promise<string[]> {
    const texts = this.names.map(async (name) => (await this.#ask(name, "metrics")).text());
    return (await Promise.allSettled(texts)).flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  async #ask(name: string, what: string): Promise<Response> {
    const response = await this.#fetch(name, what, {});
    if (!response.ok) throw await problemIn(response);
    return response;
  }

  #fetch(name: string, path: string, init: RequestInit): Promise<Response> {
    return this.#namespace.get(this.#namespace.idFromName(name)).fetch(`https://watch/${name}/${path}`, init);
  }
}

/** What makes a request one for a WebSocket (RFC 6455, 4.2.1). */
const SOCKET = ["upgrade", "connection", "sec-websocket-key", "sec-websocket-version"];

/** Some of a request's headers, and its name in the log. */
function headersOf(request: Request, names: readonly string[]): Headers {
  const headers = new Headers({ "x-request-id": usageOf(request).id });
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
