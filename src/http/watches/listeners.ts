import { embedLive } from "../../live/index.ts";
import type { Watch } from "../../watch/index.ts";
import { admit, type Streams } from "../admission.ts";
import type { Listened, ListenerServices } from "../live/index.ts";
import type { Services } from "../services.ts";

/** Listeners of a watched hydrophone that share what is made of it: each costs what it takes to write its records. */
const MOST_LISTENERS = 1000;

/** What watched hydrophones' listeners are served with, beside the watch. */
export interface WatchedServices extends ListenerServices, Pick<Services, "kernels" | "codecs"> {
  /** Their streams. */
  readonly listeners: Streams;
  /** Those of them that begin with older segments: each has its net run for itself. */
  readonly alone: Streams;
}

/** A watched hydrophone: its listeners share what is fetched of it, and its net. */
export function watchedHydrophone(name: string, watch: Watch, services: WatchedServices): Listened {
  const { choices, limits, clients, store, listeners, alone } = services;
  const sent = watch.writing.hydrophones.get(name)?.source === undefined;
  /** What is sent is kept nowhere: there is nothing older to begin with. */
  const isOlder = (back: number) => back > 1 && !sent;
  return {
    ...{ choices, limits, clients, store, streams: listeners },
    admit(back) {
      watch.listening(name);
      admit(listeners.active, MOST_LISTENERS, "streams", "listen to another hydrophone");
      if (isOlder(back))
        admit(alone.active, limits.streams, "streams that begin with older segments", "leave back= away");
    },
    async *records(load, options, back, signal, heard) {
      if (!isOlder(back)) {
        yield* watch.listening(name).listen({ load, options }, signal, heard);
        return;
      }
      alone.active++;
      try {
        const events = watch.follow(name, back, signal);
        const told = { ...options, signal, ...(heard === undefined ? {} : { heard }) };
        yield* embedLive(events, load, services, told);
      } finally {
        alone.active--;
      }
    },
  };
}
