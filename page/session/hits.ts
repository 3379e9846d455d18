import type { Neighbour } from "../analysis/nearest.ts";
import { similar } from "../analysis/similar.ts";
import type { Teller } from "../teller.ts";
import type { Point, Points } from "./points.ts";

/** How hits are put in order. */
export type HitOrder = "score" | "random" | "diverse";

export interface Hit extends Neighbour {
  readonly at: Point;
}

/** What is looked at around the hits. */
interface Around {
  readonly session: Teller;
  readonly model: string;
  readonly points: Points;
  readonly selected: ReadonlySet<number>;
  readonly cursor: number | undefined;
  drawer: string;
}

/** Everything like some windows: every window of the model, ranked. */
export class Hits {
  readonly #view: Around;
  /** What is looked for, in words; undefined before anything was. */
  about: string | undefined;
  #model = "";
  /** Searches that there have been. */
  #search = 0;
  /** Scores of all points when it was looked for. */
  #scores: Float32Array | undefined;
  #query: Float32Array | undefined;
  #asked: ReadonlySet<number> = new Set();
  /** Hits below it are not listed. */
  least = 0;
  order: HitOrder = "score";
  /** The hit that keys act on, by its place in the list. */
  at = 0;
  #list: { readonly key: string; readonly hits: readonly Hit[] } | undefined;

  constructor(view: Around) {
    this.#view = view;
  }

  /** Looks for what is like the marked windows, or the one that is looked at. */
  find(): void {
    const view = this.#view;
    const asked = view.selected.size > 0 ? [...view.selected] : view.cursor === undefined ? [] : [view.cursor];
    if (asked.length === 0) {
      view.session.say("Mark a call first: draw on the spectrogram, or click a point of the plane.");
      return;
    }
    const rows = view.points.rows();
    this.#query = similar.query(rows, asked);
    this.#asked = new Set(asked);
    this.#model = view.model;
    this.#search++;
    this.#scores = undefined;
    this.about = asked.length === 1 ? "the window that was looked at" : `the mean of ${asked.length} windows`;
    this.at = 0;
    this.order = "score";
    // What is far less alike than most is not worth listing: the slider shows it.
    const sorted = Float32Array.from(this.scores() ?? []).sort();
    this.least = Math.floor(100 * (sorted[Math.floor(0.8 * (sorted.length - 1))] ?? 0)) / 100;
    view.drawer = "hits";
    view.session.changed();
  }

  /** What is like it, by cosine, for every point. */
  scores(): Float32Array | undefined {
    if (this.#query === undefined || this.#view.model !== this.#model) return undefined;
    const { points } = this.#view;
    if (this.#scores?.length !== points.count) this.#scores = similar.scores(points.rows(), this.#query);
    return this.#scores;
  }

  /** The hits over the slider's score, in the order that was asked for. */
  list(): readonly Hit[] {
    const scores = this.scores();
    if (scores === undefined) return [];
    const key = `${this.#search} ${scores.length} ${this.least} ${this.order}`;
    if (this.#list?.key === key) return this.#list.hits;
    const { points } = this.#view;
    const found: Hit[] = [];
    for (let point = 0; point < scores.length; point++) {
      const cosine = scores[point] as number;
      if (cosine < this.least || this.#asked.has(point)) continue;
      found.push({ point, cosine, at: points.at(point) as Point });
    }
    const hits = this.#ordered(found);
    this.#list = { key, hits };
    return hits;
  }

  #ordered(found: Hit[]): Hit[] {
    if (this.order === "random") return found.sort((a, b) => scattered(a.point) - scattered(b.point));
    found.sort((a, b) => b.cosine - a.cosine);
    if (this.order === "score") return found;
    const order = similar.diverse(
      this.#view.points.rows(),
      found.map(({ point }) => point),
      200,
    );
    return order.map((at) => found[at] as Hit);
  }
}

/** A number that says nothing of its argument, and always the same (the finaliser of MurmurHash3, Austin Appleby). */
function scattered(value: number): number {
  let mixed = Math.imul(value ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
