import { asOrcaError, OrcaError } from "../../errors.ts";
import { problemIn } from "../../records/problems.ts";
import type { WatchConfig } from "../../watch/index.ts";
import type { CollectionNamespace } from "../collections/index.ts";
import type { HydrophoneStatus, WatchStatus } from "../events/index.ts";

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
    if (!this.names.includes(name)) {
      throw new OrcaError("not_found", `There is no watched hydrophone ${JSON.stringify(name)}.`, {
        hint: `There is: ${this.names.join(", ")}.`,
      });
    }
    const { search } = new URL(request.url);
    const headers = new Headers();
    for (const header of ["accept", "last-event-id", "x-request-id"]) {
      const value = request.headers.get(header);
      if (value !== null) headers.set(header, value);
    }
    const body = ["GET", "HEAD"].includes(request.method) ? {} : { body: await request.text() };
    const path = `answer/${parts.map(encodeURIComponent).join("/")}${search}`;
    const response = await this.#fetch(name, path, { method: request.method, headers, ...body });
    if (!response.ok) throw await problemIn(response);
    // Headers of what was fetched cannot be added to; every answer gets some.
    return new Response(response.body, response);
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
