import { similar } from "../analysis/similar.ts";
import type { PageHead } from "../heads/page-head.ts";
import { type Teller, troubleIn } from "../teller.ts";
import { blocksOf } from "./point-rows.ts";
import type { PointSet } from "./point-set.ts";
import type { Point, Points } from "./points.ts";
import type { Result } from "./result.ts";

/** How hits are put in order. */
export type HitOrder = "score" | "random" | "diverse" | "unsure";

export interface Hit {
  readonly point: number;
  /** Cosine, or a head's probability. */
  readonly score: number;
  readonly at: Point;
}

/** Hits that are compared with one another, and that are listed of them, where they are to be as different as can be. */
const [MOST_COMPARED, MOST_DIFFERENT] = [4000, 200];

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
  #query: Float32Array | undefined;
  /** Cosines of windows that have been compared with the query. */
  #compared = new WeakMap<Result, Float32Array>();
  #comparing = false;
  #scores: { readonly key: string; readonly values: Float32Array } | undefined;
  /** The order of hits that are as different as can be, once it has been found. */
  #different: { readonly key: string; readonly order: readonly number[] | undefined } | undefined;
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
  async find(): Promise<void> {
    const view = this.#view;
    const asked = view.selected.size > 0 ? [...view.selected] : view.cursor === undefined ? [] : [view.cursor];
    if (asked.length === 0) {
      view.session.say("Mark a call first: draw on the spectrogram, or click a point of the plane.");
      return;
    }
    const { points, model } = view;
    const search = ++this.#search;
    const rows = await points.rowsAt(asked);
    const query = similar.query(rows, points.size);
    if (search !== this.#search) return;
    this.head = undefined;
    this.#query = query;
    this.#compared = new WeakMap();
    this.#asked = new Set(asked);
    this.#model = model;
    this.#scores = undefined;
    this.about = asked.length === 1 ? "the window that was looked at" : `the mean of ${asked.length} windows`;
    this.at = 0;
    this.order = "score";
    await this.#compare(points.sets());
    if (search !== this.#search) return;
    // What is far less alike than most is not worth listing: the slider shows it.
    const sorted = Float32Array.from(this.scores() ?? []).sort();
    this.least = Math.floor(100 * (sorted[Math.floor(0.8 * (sorted.length - 1))] ?? 0)) / 100;
    view.drawer = "hits";
    view.session.changed();
  }

  /** Compares windows with what is looked for, a block at a time. */
  async #compare(sets: readonly PointSet[]): Promise<void> {
    const query = this.#query;
    if (query === undefined) return;
    this.#comparing = true;
    const compared = this.#compared;
    const first = sets[0]?.first ?? 0;
    const last = sets.at(-1);
    const all = new Float32Array(last === undefined ? 0 : last.first + last.result.windows - first);
    try {
      for await (const block of blocksOf(sets)) {
        // Windows that came while it was read are compared the next time.
        const scores = similar.scores(block.rows, query);
        all.set(scores.subarray(0, all.length - (block.first - first)), block.first - first);
      }
    } catch (thrown) {
      this.#view.session.fail("Find like this", troubleIn(thrown));
    }
    const ends = [...sets.slice(1).map((set) => set.first), first + all.length];
    for (const [at, set] of sets.entries())
      compared.set(set.result, all.slice(set.first - first, (ends[at] as number) - first));
    this.#comparing = false;
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

  /** What is like it, by cosine, or how probable it is, for every point; undefined until all are compared. */
  scores(): Float32Array | undefined {
    if (this.head !== undefined) return this.#probabilities(this.head);
    if (this.#query === undefined || this.#view.model !== this.#model) return undefined;
    const { points, session } = this.#view;
    const sets = points.sets();
    const missing = sets.filter(({ result }) => (this.#compared.get(result)?.length ?? 0) !== result.windows);
    if (missing.length > 0) {
      if (!this.#comparing) void this.#compareAnew(missing).then(() => session.changed());
      return this.#scores?.values.length === points.count ? this.#scores.values : undefined;
    }
    const key = `${this.#search} ${points.count} ${sets.length} ${sets.at(-1)?.recording.id}`;
    if (this.#scores?.key !== key) {
      const values = new Float32Array(points.count);
      for (const { result, first } of sets) values.set(this.#compared.get(result) as Float32Array, first);
      this.#scores = { key, values };
    }
    return this.#scores.values;
  }

  /** Each by itself: they need not follow on one another. */
  async #compareAnew(sets: readonly PointSet[]): Promise<void> {
    for (const set of sets) await this.#compare([set]);
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

  #ordered(found: Hit[]): readonly Hit[] {
    if (this.order === "random") return found.sort((a, b) => scattered(a.point) - scattered(b.point));
    const { least } = this;
    if (this.order === "unsure") return found.sort((a, b) => Math.abs(a.score - least) - Math.abs(b.score - least));
    found.sort((a, b) => b.score - a.score);
    if (this.order === "score") return found;
    return this.#differentOf(found);
  }

  /** As different as can be, of the best; by score until that is known. */
  #differentOf(found: readonly Hit[]): readonly Hit[] {
    const { points, session } = this.#view;
    const best = found.slice(0, MOST_COMPARED);
    const key = `${this.#search} ${points.count} ${this.least}`;
    if (this.#different?.key !== key) {
      this.#different = { key, order: undefined };
      void points.rowsAt(best.map(({ point }) => point)).then((rows) => {
        if (this.#different?.key !== key) return;
        this.#different = { key, order: similar.diverse(rows, points.size, MOST_DIFFERENT) };
        this.#list = undefined;
        session.changed();
      });
    }
    return this.#different.order?.map((at) => best[at] as Hit) ?? found;
  }
}

/** A number that says nothing of its argument, and always the same (the finaliser of MurmurHash3, Austin Appleby). */
function scattered(value: number): number {
  let mixed = Math.imul(value ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
