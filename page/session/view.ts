import { type Neighbour, nearest } from "../analysis/nearest.ts";
import { Player } from "../audio/player.ts";
import { type Colouring, type Colours, colours } from "../views/scatter.ts";
import { Timeline } from "../views/timeline.ts";
import { type Point, Points } from "./points.ts";
import type { Recording, Session } from "./session.ts";

/** Neighbours that are listed. */
const NEIGHBOURS = 8;

/** What is looked at: the model, the windows that are marked, the part of time; and what is heard. */
export class View {
  readonly session: Session;
  readonly timeline: Timeline;
  readonly player: Player;
  readonly #points = new Map<string, Points>();
  model = "yamnet";
  colouring: Colouring = "time";
  /** The models that recordings are sent to. */
  chosen: readonly string[] = ["yamnet"];
  /** Points of the model that are marked, by lasso or one by one. */
  selected: ReadonlySet<number> = new Set();
  /** The point that is looked at. */
  cursor: number | undefined;
  /** Pixels a second; undefined shows the whole recording. */
  zoom: number | undefined;
  /** The recording that is heard. */
  heard: Recording | undefined;
  #playing: number | undefined;
  #colours: { readonly key: string; readonly colours: Colours } | undefined;
  #chain = 0;

  constructor(session: Session) {
    this.session = session;
    this.timeline = new Timeline(session.models, () => session.changed());
    this.player = new Player(() => session.changed());
  }

  get points(): Points {
    return this.#pointsOf(this.model);
  }

  #pointsOf(model: string): Points {
    const points = this.#points.get(model) ?? new Points(model, this.session);
    this.#points.set(model, points);
    return points;
  }

  /** Models that have said something of any recording. */
  get models(): string[] {
    const names = this.session.recordings.flatMap(({ results }) => [...results.keys()]);
    return [...new Set(names)].filter((model) => this.#pointsOf(model).count > 0);
  }

  /** The colours of the points, made anew when there are more of them or another thing is coloured. */
  colours(): Colours {
    const { points, colouring } = this;
    const key = `${this.model} ${colouring} ${points.sets().map(({ result }) => result.windows)} ${this.className(0)}`;
    if (this.#colours?.key !== key)
      this.#colours = { key, colours: colours(points, colouring, (at) => this.className(at)) };
    return this.#colours.colours;
  }

  /** A class of the model by its name, where the server knows it. */
  className(at: number): string {
    return this.session.classes.name(this.model, at);
  }

  /** Sends recordings to the chosen models. */
  send(files: readonly File[]): void {
    const [first] = this.chosen;
    if (first !== undefined && !this.chosen.includes(this.model)) this.model = first;
    this.session.add(files, this.chosen);
  }

  setModel(model: string): void {
    this.model = model;
    this.clear();
  }

  clear(): void {
    this.selected = new Set();
    this.cursor = undefined;
    this.session.changed();
  }

  /** Looks at one point, and at its recording. */
  look(point: number): void {
    const found = this.points.at(point);
    if (found === undefined) return;
    this.cursor = point;
    this.session.show(found.recording);
  }

  select(points: readonly number[]): void {
    this.selected = new Set(points);
    const [first] = points;
    if (first === undefined) this.clear();
    else this.look(first);
    this.session.say(`${points.length} ${points.length === 1 ? "window" : "windows"} selected.`);
  }

  neighbours(): (Neighbour & { readonly at: Point })[] {
    if (this.cursor === undefined) return [];
    return nearest(this.points.rows(), this.cursor, NEIGHBOURS).map((neighbour) => ({
      ...neighbour,
      at: this.points.at(neighbour.point) as Point,
    }));
  }

  /** The point of the shown recording at a time. */
  pointAtTime(seconds: number): number | undefined {
    const { shown } = this.session;
    const result = shown?.results.get(this.model);
    if (shown === undefined || result === undefined) return undefined;
    // Windows may overlap: the one whose middle is nearest.
    let best = 0;
    for (let window = 0; window < result.windows; window++) {
      const middle = ((result.starts[window] as number) + (result.ends[window] as number)) / 2;
      const held = ((result.starts[best] as number) + (result.ends[best] as number)) / 2;
      if (Math.abs(middle - seconds) < Math.abs(held - seconds)) best = window;
    }
    return result.windows === 0 ? undefined : this.points.indexOf(shown, best);
  }

  /** The point that is heard now, where one is. */
  get playing(): number | undefined {
    if (this.#playing !== undefined) return this.#playing;
    const { position } = this.player;
    return position === undefined || this.heard !== this.session.shown ? undefined : this.pointAtTime(position);
  }

  /** Plays windows, one after the other. */
  async hear(points: readonly number[]): Promise<void> {
    const chain = ++this.#chain;
    for (const index of points) {
      const point = this.points.at(index);
      if (point?.recording.sound === undefined) {
        this.session.say("This recording cannot be played: nothing of it was decoded.");
        return;
      }
      const { recording, result, window } = point;
      this.#playing = index;
      this.heard = recording;
      await this.player.play(
        recording.sound as NonNullable<Recording["sound"]>,
        result.starts[window] as number,
        result.ends[window] as number,
      );
      if (chain !== this.#chain) return;
    }
    this.#playing = undefined;
    this.session.changed();
  }

  /** Plays the shown recording from a time to its end. */
  async hearFrom(seconds: number): Promise<void> {
    const chain = ++this.#chain;
    const { shown } = this.session;
    if (shown?.sound === undefined) return;
    this.#playing = undefined;
    this.heard = shown;
    await this.player.play(shown.sound, seconds, shown.sound.seconds);
    if (chain === this.#chain) this.session.changed();
  }

  silence(): void {
    this.#chain++;
    this.#playing = undefined;
    this.player.stop();
  }
}
