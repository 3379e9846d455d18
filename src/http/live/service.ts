import type { ReadingModules } from "../../audio/index.ts";
import { OrcaError } from "../../errors.ts";
import { follow, type Hydrophone, Inspector, type LiveEvent, SharedFiles } from "../../live/index.ts";
import { utcText } from "../../times/index.ts";

/** How a hydrophone does, as far as its listeners in this isolate have seen it. */
interface State {
  listeners: number;
  state: "unheard" | "live" | "waiting";
  since: number;
  message: string | undefined;
}

export interface HydrophoneDescription {
  readonly name: string;
  readonly title: string;
  readonly place?: string | undefined;
  readonly licence?: string | undefined;
  readonly credit?: string | undefined;
  /** Streams of this isolate. */
  readonly listeners: number;
  /** `unheard`: nobody has listened in this isolate. */
  readonly state: State["state"];
  /** Since when, ISO 8601. */
  readonly since?: string | undefined;
  /** Why it waits. */
  readonly message?: string | undefined;
}

/** The operator's hydrophones; one an isolate, so that listeners share what is fetched. */
export class LiveService {
  readonly #hydrophones: ReadonlyMap<string, Hydrophone>;
  readonly #files = new SharedFiles();
  readonly #inspector: Inspector;
  readonly #states = new Map<string, State>();

  constructor(hydrophones: ReadonlyMap<string, Hydrophone>, modules: ReadingModules) {
    this.#hydrophones = hydrophones;
    this.#inspector = new Inspector(modules);
  }

  /** Throws `not_found`. */
  find(name: string): Hydrophone {
    const found = this.#hydrophones.get(name);
    if (found !== undefined) return found;
    const names = [...this.#hydrophones.keys()];
    const hint = names.length === 0 ? "The operator lists none (HYDROPHONES)." : `There is: ${names.join(", ")}.`;
    throw new OrcaError("not_found", `There is no hydrophone ${JSON.stringify(name)}.`, { hint });
  }

  list(): HydrophoneDescription[] {
    return [...this.#hydrophones.values()].map(({ source: _, ...about }) => {
      const { listeners, state, since, message } = this.#state(about.name);
      return {
        ...about,
        listeners,
        state,
        ...(state === "unheard" ? {} : { since: utcText(since) }),
        ...(message === undefined ? {} : { message }),
      };
    });
  }

  /** What a hydrophone publishes, until `signal` aborts. */
  async *follow({ name, source }: Hydrophone, back: number, signal: AbortSignal): AsyncGenerator<LiveEvent> {
    const state = this.#state(name);
    state.listeners++;
    // A generator that waits does not end before what it waits for; its listener has left all the same.
    let here = true;
    const leave = () => {
      if (here) state.listeners--;
      here = false;
    };
    signal.addEventListener("abort", leave);
    const turn = (to: State["state"], message?: string) => {
      if (state.state !== to) state.since = Date.now();
      state.state = to;
      state.message = message;
    };
    try {
      for await (const event of follow(source, this.#files, this.#inspector, { back }, signal)) {
        if (event.kind === "segment") turn("live");
        else if (event.kind === "waiting") turn("waiting", event.waiting.message);
        yield event;
      }
    } finally {
      leave();
    }
  }

  #state(name: string): State {
    let state = this.#states.get(name);
    if (state === undefined) {
      state = { listeners: 0, state: "unheard", since: 0, message: undefined };
      this.#states.set(name, state);
    }
    return state;
  }
}
