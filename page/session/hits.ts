import { similar } from "../analysis/similar.ts";
import type { PageHead } from "../heads/page-head.ts";
import { type Teller, troubleIn } from "../teller.ts";
import type { Point, Points } from "./points.ts";

/** How hits are put in order. */
export type HitOrder = "score" | "random" | "diverse" | "unsure";

export interface Hit {
  readonly point: number;
  /** Cosine, or a head's probability. */
  readonly score: number;
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
  setModel(model: string): void;
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
  /** What ranks the windows in the place of an example. */
  head: PageHead | undefined;
  /** The class of it whose probability counts. */
  #class = 0;
  #probable: { readonly key: string; readonly values: Float32Array } | undefined;
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
    this.head = undefined;
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

  /** Ranks every window by what a head says of it. @param k  the class */
  findBy(head: PageHead, k: number): void {
    const view = this.#view;
    this.head = head;
    this.#query = undefined;
    this.#asked = new Set();
    this.#probable = undefined;
    this.#model = head.model;
    if (view.model !== head.model) view.setModel(head.model);
    this.at = 0;
    this.order = "score";
    view.drawer = "hits";
    this.class = k;
  }

  get class(): number {
    return this.#class;
  }

  set class(k: number) {
    const one = this.head?.classes[k];
    if (this.head === undefined || one === undefined) return;
    this.#class = k;
    this.#search++;
    this.about = `${one.name}, by ${this.head.id}`;
    this.least = this.head.thresholds[k] ?? one.threshold;
    this.#view.session.changed();
  }

  /** Moves the score from which hits are listed. */
  setLeast(least: number): void {
    this.least = Math.max(this.head === undefined ? -0.2 : 0, Math.min(1, least));
    this.at = 0;
    this.#view.session.changed();
  }

  /** How the scores are called. */
  get measure(): string {
    return this.head === undefined ? "alike (cosine)" : "probable";
  }

  /** What is like it, by cosine, or how probable it is, for every point. */
  scores(): Float32Array | undefined {
    if (this.head !== undefined) return this.#probabilities(this.head);
    if (this.#query === undefined || this.#view.model !== this.#model) return undefined;
    const { points } = this.#view;
    if (this.#scores?.length !== points.count) this.#scores = similar.scores(points.rows(), this.#query);
    return this.#scores;
  }

  /** Of all points, once all are scored. */
  #probabilities(head: PageHead): Float32Array | undefined {
    const { points, session } = this.#view;
    const ready = head.want(
      points,
      () => session.changed(),
      (thrown) => {
        if (this.head !== head) return;
        this.head = undefined;
        this.about = undefined;
        session.fail(head.id, troubleIn(thrown));
      },
    );
    if (!ready) return this.#probable?.values;
    const key = `${head.version} ${this.#class} ${points.count}`;
    if (this.#probable?.key !== key) {
      const values = new Float32Array(points.count);
      for (const { result, first } of points.sets()) values.set(head.said(result)?.[this.#class] ?? [], first);
      this.#probable = { key, values };
      this.#search++;
    }
    return this.#probable.values;
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
      const score = scores[point] as number;
      const at = points.at(point);
      // What nobody is sure of lies on both sides.
      if ((score < this.least && this.order !== "unsure") || this.#asked.has(point) || at === undefined) continue;
      found.push({ point, score, at });
    }
    const hits = this.#ordered(found);
    this.#list = { key, hits };
    return hits;
  }

  #ordered(found: Hit[]): Hit[] {
    if (this.order === "random") return found.sort((a, b) => scattered(a.point) - scattered(b.point));
    const { least } = this;
    if (this.order === "unsure") return found.sort((a, b) => Math.abs(a.score - least) - Math.abs(b.score - least));
    found.sort((a, b) => b.score - a.score);
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
