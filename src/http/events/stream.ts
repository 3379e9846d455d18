import type { Watch, WatchEvent } from "../../watch/index.ts";

/** Events that are read at a time. */
const PAGE = 100;
/** A stream without an event says that it lives so often, ms. */
const BEAT = 15_000;

/** Which events. */
interface Filter {
  readonly hydrophone: string;
  readonly class: string | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/**
 * Events as they begin, end and are judged, as server-sent events. The id is the number of the change: whoever comes back with
 * it gets all that was changed since, each event as it is by now.
 * @param from  the number of the last change that was seen
 */
export function eventStream(
  { store, changes }: Watch,
  filter: Filter,
  from: number,
  json: (event: WatchEvent) => object,
  signal: AbortSignal,
): Response {
  const leaving = new AbortController();
  const ends = AbortSignal.any([signal, leaving.signal]);
  const utf8 = new TextEncoder();
  let last = from;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(utf8.encode(`: events behind ${last}\n\n`));
    },
    async pull(controller) {
      for (;;) {
        // Asked for before it is looked, so that none is missed in between.
        const changed = changes.next(BEAT, ends);
        const events = [...store.events({ ...filter, revision: last }, PAGE)];
        if (events.length > 0) {
          const text = events.map(
            (event) => `id: ${event.revision}\nevent: event\ndata: ${JSON.stringify(json(event))}\n\n`,
          );
          last = events.at(-1)?.revision ?? last;
          controller.enqueue(utf8.encode(text.join("")));
          return;
        }
        const began = Date.now();
        await changed;
        if (ends.aborted) {
          controller.close();
          return;
        }
        if (Date.now() - began < BEAT - 100) continue;
        controller.enqueue(utf8.encode(": \n\n"));
        return;
      }
    },
    cancel() {
      leaving.abort();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
