import type { LiveEvent, Place } from "../../live/index.ts";

interface Placed {
  readonly place: Place;
  /** Seconds of the stretch before it. */
  readonly from: number;
}

/**
 * Where the segments of stretches lie, so that whoever is at some second of a stretch knows the segment to go on from.
 * Segments are read ahead of what is made of them: stretches wait their turn.
 */
export class Places {
  #stretches: { placed: Placed[]; seconds: number }[] = [];
  #begun = false;

  /** The same events, looked at as they go by. */
  async *of(events: AsyncIterable<LiveEvent>): AsyncGenerator<LiveEvent> {
    for await (const event of events) {
      if (event.kind === "start") this.#stretches.push({ placed: [], seconds: 0 });
      const open = this.#stretches.at(-1);
      if (event.kind === "segment" && open !== undefined) {
        if (event.place !== undefined) open.placed.push({ place: event.place, from: open.seconds });
        open.seconds += event.seconds ?? 0;
      }
      yield event;
    }
  }

  /** Windows that come now are of the next stretch. */
  begin(): void {
    if (this.#begun) this.#stretches.shift();
    this.#begun = true;
  }

  /** The segment that holds a second of the stretch; what lies before is forgotten. */
  at(seconds: number): Place | undefined {
    const placed = this.#stretches[0]?.placed ?? [];
    const after = placed.findIndex(({ from }) => from > seconds);
    const at = Math.max(0, (after < 0 ? placed.length : after) - 1);
    placed.splice(0, at);
    return placed[0]?.place;
  }
}
