import { chunksOf } from "../../chunks.ts";
import { DurableSqlite, type ObjectStorage } from "../../collection/index.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { operatorsHead } from "../../heads/index.ts";
import { realClock } from "../../live/index.ts";
import { painterOf, Watch, type WatchConfig, type WatchHost } from "../../watch/index.ts";
import { eventsAnswer, watchMetrics, watchStatus } from "../events/index.ts";
import { followHydrophone, followSocket, hydrophoneEmbeddingsRoute } from "../live/index.ts";
import { pathParts } from "../path-parts.ts";
import { problemResponse } from "../problem.ts";
import type { Services } from "../services.ts";
import { acceptSocket, asksForSocket } from "../sockets/index.ts";
import { usageOf } from "../usage.ts";
import type { WatchSettings } from "./bindings.ts";
import { post } from "./deliveries.ts";
import { bucketShelf, SqlShelf } from "./kept-files.ts";
import { labellingIn } from "./labelled.ts";
import { watchedHydrophone } from "./listeners.ts";
import { beginSending, takeSound, takeSoundMessages } from "./sent-sound.ts";
import { CLIENT } from "./service.ts";
import { headName } from "./setting.ts";

/**
 * How often an object is woken, ms: an object that nobody asks anything is put away after 10 s at the earliest
 * (developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle), and one that was ended goes on so soon.
 */
const WAKE_EVERY = 5000;
/** After a failure to begin it is tried again so much later, ms. */
const AGAIN = 30_000;

/** What a Durable Object is given. */
interface ObjectState {
  readonly storage: ObjectStorage & { setAlarm(at: number): Promise<void>; deleteAlarm(): Promise<void> };
  waitUntil(work: Promise<unknown>): void;
}

/**
 * The class of Durable Objects that watch: one a hydrophone. It follows by itself, woken by alarms, and answers below
 * `/NAME/`: `wake`, `metrics`, `status`, `embeddings` for listeners, `sound` for who sends it, and `answer/…` what lies below
 * `/v1/hydrophones`.
 * @param servicesOf  what the isolate's requests have too: models are loaded once
 */
export function watchObject<Env extends WatchSettings>(servicesOf: (env: Env) => Services) {
  return class {
    readonly #state: ObjectState;
    readonly #env: Env;
    readonly #sql: DurableSqlite;
    #watch: Watch | undefined;
    /** Whether it follows. */
    #runs = false;
    /** When it is tried again, ms since 1970. */
    #notBefore = 0;
    readonly #listeners = { active: 0, served: 0, windows: 0 };
    readonly #alone = { active: 0, served: 0, windows: 0 };

    constructor(state: ObjectState, env: Env) {
      this.#state = state;
      this.#env = env;
      this.#sql = new DurableSqlite(state.storage);
      this.#sql.run("CREATE TABLE IF NOT EXISTS watch_own (name TEXT PRIMARY KEY)");
    }

    async fetch(request: Request): Promise<Response> {
      try {
        const [, name = "", what, ...parts] = pathParts(new URL(request.url).pathname);
        const watch = this.#opened(name);
        this.#sql.run("INSERT OR IGNORE INTO watch_own (name) VALUES (?)", name);
        await this.#goOn(watch);
        if (what === "wake") return new Response(null, { status: 204 });
        if (what === "metrics") return watchMetrics(watch, watch.now());
        if (what === "status") return Response.json(watchStatus(watch, watch.now()));
        if (what === "embeddings") return await this.#listen(request, name, watch);
        if (what === "sound") return await this.#take(request, name, watch);
        return await eventsAnswer(request, parts, watch);
      } catch (thrown) {
        return problemResponse(thrown, request.headers.get("x-request-id") ?? "");
      }
    }

    /** It is for this object to count what its listener takes: the Worker that passed it on cannot see when he leaves. */
    async #listen(request: Request, name: string, watch: Watch): Promise<Response> {
      const services = servicesOf(this.#env);
      const usage = usageOf(request);
      usage.client = request.headers.get(CLIENT) ?? "";
      usage.route = hydrophoneEmbeddingsRoute.getRoutingPath();
      usage.over = () => {
        services.metrics.add(usage);
        services.log(usage.line());
      };
      const { searchParams } = new URL(request.url);
      const query = Object.fromEntries([...searchParams.keys()].map((key) => [key, searchParams.getAll(key)]));
      const hydrophone = watchedHydrophone(name, watch, {
        ...services,
        listeners: this.#listeners,
        alone: this.#alone,
      });
      const answer = asksForSocket(request) ? followSocket : followHydrophone;
      const response = await answer(request, query, hydrophone);
      usage.answered(response.status);
      return response;
    }

    async #take(request: Request, name: string, watch: Watch): Promise<Response> {
      const { searchParams } = new URL(request.url);
      const sending = await beginSending(watch, name, searchParams, request.headers.get("authorization"));
      if (asksForSocket(request)) {
        try {
          const { connection, response } = acceptSocket(request, servicesOf(this.#env).limits.idle);
          takeSoundMessages(sending, connection);
          return response;
        } catch (thrown) {
          sending.end("it was no WebSocket");
          throw thrown;
        }
      }
      const bytes = request.body === null ? 0 : await takeSound(sending, chunksOf(request.body));
      if (request.body === null) sending.end("it ended");
      return Response.json({ bytes });
    }

    /** Wakes it, after whatever ended it. */
    async alarm(): Promise<void> {
      const name = this.#sql.first("SELECT name FROM watch_own")?.name;
      if (typeof name !== "string") return;
      try {
        await this.#goOn(this.#opened(name));
      } catch (thrown) {
        const { code, message } = asOrcaError(thrown);
        this.#say(`${name}: ${message}`);
        // Nobody watches it any more: what was found stays.
        if (code !== "not_found") await this.#state.storage.setAlarm(Date.now() + AGAIN);
      }
    }

    /** Throws `not_found` where it is not watched, `bad_option` where a secret is missing. */
    #opened(name: string): Watch {
      if (this.#watch !== undefined) return this.#watch;
      const services = servicesOf(this.#env);
      const config = services.watches?.configOf(name);
      if (config === undefined) throw new OrcaError("not_found", `There is no hydrophone ${JSON.stringify(name)}.`);
      this.#watch = new Watch(config, this.#sql, this.#host(config, services));
      return this.#watch;
    }

    async #goOn(watch: Watch): Promise<void> {
      await this.#state.storage.setAlarm(Date.now() + WAKE_EVERY);
      if (this.#runs || Date.now() < this.#notBefore) return;
      this.#runs = true;
      this.#state.waitUntil(this.#run(watch));
    }

    async #run(watch: Watch): Promise<void> {
      try {
        await watch.run(new AbortController().signal);
      } catch (thrown) {
        const { message, hint } = asOrcaError(thrown);
        const said = [message, hint].filter(Boolean).join(" ");
        for (const { name } of watch.config.hydrophones) {
          this.#say(`${name}: ${said}`);
          watch.store.keepState(name, "failed", said, Date.now());
        }
        this.#notBefore = Date.now() + AGAIN;
      } finally {
        this.#runs = false;
      }
    }

    #host({ allowPrivate }: WatchConfig, services: Services): WatchHost {
      const { CLIPS, DELIVERIES } = this.#env;
      const { collections, store } = services;
      // Of a class' method: fetch by itself would be called on the wrong object.
      const fetching =
        DELIVERIES === undefined ? fetch : (url: string, init: RequestInit) => DELIVERIES.fetch(url, init);
      const secrets = this.#env as unknown as Readonly<Record<string, unknown>>;
      return {
        runtime: services,
        clock: realClock,
        now: () => Date.now(),
        secret: (name) => (typeof secrets[name] === "string" ? secrets[name] : undefined),
        post: (posting, within, signal) => post(posting, within, signal, allowPrivate, fetching),
        shelf: CLIPS === undefined ? new SqlShelf(this.#sql) : bucketShelf(CLIPS),
        paint: (model) => painterOf(model, services),
        labelling: collections === undefined ? undefined : labellingIn(collections),
        head: (file) => operatorsHead(store, headName(file)),
        say: (line) => this.#say(line),
      };
    }

    #say(line: string): void {
      servicesOf(this.#env).log(JSON.stringify({ time: new Date().toISOString(), watch: line }));
    }
  };
}
