import type { EventRule } from "../../src/heads/event-rule.ts";
import type { Annotation } from "../../src/labels/index.ts";
import type { HeadWork } from "../pipeline/head-work.ts";
import type { Trained } from "../pipeline/protocol.ts";
import type { Point, Points } from "../session/points.ts";
import { type Recording, secondsOf } from "../session/recording.ts";
import { type Teller, troubleIn } from "../teller.ts";
import { classesIn, learningOf } from "./learning.ts";
import { eventsOf, type PageEvent } from "./page-events.ts";
import { PageHead } from "./page-head.ts";

/** How events are put in order. */
export type EventOrder = "time" | "surest" | "unsure";

/** What is looked at around the detector. */
interface Around {
  readonly session: Teller & { readonly runs: { readonly pipelines: { readonly heads: HeadWork } } };
  readonly model: string;
  readonly points: Points;
  readonly labels: {
    all(): Iterable<Annotation>;
    in(id: string, start: number, end: number): readonly Annotation[];
  };
  drawer: string;
  labelsAt(point: Point): readonly Annotation[];
  setModel(model: string): void;
}

/** A head that was trained on the labels here, or opened; its events, and what the reader says of them. */
export class Detector {
  readonly #view: Around;
  head: PageHead | undefined;
  /** How well it does, of each class; undefined for a head of a file. */
  report: Trained["classes"] | undefined;
  /** The class that is listed, by its place. */
  #at = 0;
  /** Labels that are not to be learned. */
  left: ReadonlySet<string> = new Set();
  order: EventOrder = "time";
  /** The event that keys act on, by its place in the list. */
  current = 0;
  /** Whether a head is being trained. */
  training = false;
  readonly #events = new Map<number, { readonly key: string; readonly events: readonly PageEvent[] }>();
  #list: { readonly key: string; readonly events: readonly PageEvent[] } | undefined;

  constructor(view: Around) {
    this.#view = view;
  }

  get at(): number {
    return this.#at;
  }

  set at(k: number) {
    this.#at = k;
    this.current = 0;
    this.#view.session.changed();
  }

  /** The name of the class that is listed. */
  get className(): string {
    return this.head?.classes[this.#at]?.name ?? "";
  }

  /** What it would learn. */
  get wanted(): string[] {
    return this.learnable.filter((name) => !this.left.has(name));
  }

  get learnable(): string[] {
    return classesIn(this.#view.labels.all());
  }

  /** Learns the labels of the windows that are here, by the code of `orca-embed train`. */
  async train(): Promise<void> {
    const view = this.#view;
    const { session, points } = view;
    view.drawer = "events";
    if (this.training) return;
    const classes = this.wanted;
    const first = points.sets()[0]?.result.header;
    if (classes.length === 0 || first === undefined) {
      session.say("Label some windows first: a call with a key from 1 to 9, and what is not one with Shift.");
      return;
    }
    this.training = true;
    session.say(`Learning ${classes.join(", ")} …`);
    try {
      const { people, recordings, ...learning } = await learningOf(points, classes, (point) => view.labelsAt(point));
      const { model: id, sha256, variant, embedding: dimensions } = first;
      const { heads } = session.runs.pipelines;
      const trained = await heads.train({
        ...learning,
        id: idOf(classes),
        model: { id, sha256, variant, dimensions },
        training: { labelsBy: people, group: "recording", recordings },
      });
      const before = this.head?.rule;
      const head = await PageHead.of(trained.text, "the head", id, heads);
      if (before !== undefined) head.setRule({ gap: before.gap, shortest: before.shortest });
      await head.scoreAll(points);
      this.take(head);
      this.report = trained.classes;
      session.say(
        `Learned ${classes.join(", ")} from ${recordings.length === 1 ? "one recording" : `${recordings.length} recordings`}.`,
      );
    } catch (thrown) {
      session.fail("Training", { ...troubleIn(thrown), title: "No head could be trained" });
    }
    this.training = false;
    session.changed();
  }

  /** Looks at what a head finds. */
  take(head: PageHead): void {
    const view = this.#view;
    const name = this.className;
    this.head = head;
    this.report = undefined;
    this.#events.clear();
    this.#list = undefined;
    if (view.model !== head.model) view.setModel(head.model);
    view.drawer = "events";
    this.at = Math.max(
      0,
      head.classes.findIndex((one) => one.name === name),
    );
  }

  drop(): void {
    this.head = undefined;
    this.report = undefined;
    this.#view.session.changed();
  }

  /** Whether all windows are scored. */
  get ready(): boolean {
    const { head } = this;
    const { points, session } = this.#view;
    return (
      head?.want(
        points,
        () => session.changed(),
        (thrown) => {
          if (this.head === head) this.drop();
          session.fail(head?.id ?? "", troubleIn(thrown));
        },
      ) ?? false
    );
  }

  setThreshold(k: number, threshold: number): void {
    this.head?.setThreshold(k, threshold);
    this.current = 0;
    this.#view.session.changed();
  }

  setRule(rule: Partial<EventRule>): void {
    this.head?.setRule(rule);
    this.current = 0;
    this.#view.session.changed();
  }

  /** Events of a class in all recordings, by recordings and then by time; of what has been scored. */
  events(k = this.#at): readonly PageEvent[] {
    const { head } = this;
    const { points, model } = this.#view;
    if (head === undefined || model !== head.model) return [];
    const ended = points.sets().filter(({ result }) => result.summary !== undefined).length;
    const key = `${head.version} ${points.sets().length} ${points.count} ${ended}`;
    const known = this.#events.get(k);
    if (known?.key === key) return known.events;
    const threshold = head.thresholds[k] as number;
    const events = points.sets().flatMap(({ recording, result }) => {
      const probabilities = head.said(result)?.[k];
      if (probabilities === undefined) return [];
      const seconds = result.summary?.seconds ?? secondsOf(recording);
      const found = eventsOf(result, probabilities, threshold, head.rule, seconds);
      return found.map((one) => ({ ...one, recording, result, class: k }));
    });
    this.#events.set(k, { key, events });
    return events;
  }

  /** Events of a class in one recording. */
  eventsIn(recording: Recording, k: number): readonly PageEvent[] {
    return this.events(k).filter((event) => event.recording === recording);
  }

  /** Those of the class that is listed, in the order that was asked for. */
  list(): readonly PageEvent[] {
    const events = this.events();
    const key = `${this.#at} ${this.head?.version} ${events.length} ${this.order}`;
    if (this.#list?.key !== key) {
      const threshold = this.head?.thresholds[this.#at] ?? 0.5;
      const sorted =
        this.order === "time"
          ? events
          : events.toSorted((a, b) =>
              this.order === "surest" ? b.peak - a.peak : Math.abs(a.peak - threshold) - Math.abs(b.peak - threshold),
            );
      this.#list = { key, events: sorted };
    }
    return this.#list.events;
  }

  /**
   * What the reader says of an event since the head was trained: what it learned from would speak for it. An event with a call in
   * it is right.
   */
  verdict({ recording, start, end, class: k }: PageEvent): boolean | undefined {
    const name = this.head?.classes[k]?.name;
    const since = this.head?.trained ?? Number.NEGATIVE_INFINITY;
    const own = this.#view.labels
      .in(recording.id, start, end)
      .filter(
        ({ label, when = "" }) => label === name && (since === Number.NEGATIVE_INFINITY || Date.parse(when) >= since),
      );
    if (own.some(({ kind }) => kind === "positive")) return true;
    return own.some(({ kind }) => kind === "negative") ? false : undefined;
  }

  /** How many of the listed class's events the reader has judged, and how many of them are right. */
  verdicts(): { readonly judged: number; readonly right: number } {
    const said = this.events()
      .map((event) => this.verdict(event))
      .filter((verdict) => verdict !== undefined);
    return { judged: said.length, right: said.filter((is) => is).length };
  }
}

const idOf = (classes: readonly string[]) =>
  classes
    .join("-")
    .replaceAll(/[^a-zA-Z0-9._-]+/g, "-")
    .replace(/^[^a-zA-Z0-9]+/, "")
    .slice(0, 64) || "head";
