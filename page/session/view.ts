import type { Annotation, LabelKind } from "../../src/labels/index.ts";
import { Detector } from "../heads/detector.ts";
import { LabelNames } from "../labels/label-names.ts";
import { LabelStore } from "../labels/label-store.ts";
import { Labels } from "../labels/labels.ts";
import { type Look, SpectrogramPainter } from "../spectrogram/painter.ts";
import { TileStore } from "../spectrogram/tile-store.ts";
import type { Colours } from "../views/legend.ts";
import { ModelPictures } from "../views/model-pictures.ts";
import { Hits } from "./hits.ts";
import { Playback } from "./playback.ts";
import { type Point, Points } from "./points.ts";
import { type Recording, secondsOf } from "./recording.ts";
import type { Session } from "./session.ts";
import { WindowColours } from "./window-colours.ts";
import { WindowSearch } from "./window-search.ts";
import type { WindowTable } from "./window-table.ts";

declare const TILE_WORKER: string;

/** A stretch of the open recording that was drawn, seconds, and its band, Hz. */
export interface Selection {
  readonly start: number;
  readonly end: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

export type Drawer = "hits" | "labels" | "events" | "windows";

/** Milliseconds after which what is used first is loaded, before there is a recording. */
const WARM_AFTER = 500;

/** What is looked at: the model, the windows that are marked, the part of time; what is heard, and what is said of it. */
export class View {
  readonly session: Session;
  readonly playback: Playback;
  readonly labels: Labels;
  readonly naming: LabelNames;
  readonly hits: Hits;
  readonly detector: Detector;
  readonly search: WindowSearch;
  readonly windows: WindowColours;
  readonly spectrogram: SpectrogramPainter;
  readonly pictures: ModelPictures;
  readonly #points = new Map<string, Points>();
  readonly #spans = new WeakMap<Recording, readonly [number, number]>();
  model = "yamnet";
  /** The models that recordings are sent to when they come. */
  chosen: readonly string[] = ["yamnet"];
  /** Points of the model that are marked, by lasso or one by one. */
  selected: ReadonlySet<number> = new Set();
  /** The point that is looked at. */
  cursor: number | undefined;
  /** What was drawn on the spectrogram. */
  selection: Selection | undefined;
  look: Look = {
    picture: { fft: 1024, overlap: 0.75, scale: "linear", low: 0, high: Number.POSITIVE_INFINITY },
    contrast: undefined,
    colours: "magma",
  };
  drawer: Drawer = "hits";

  constructor(session: Session) {
    this.session = session;
    this.playback = new Playback(session);
    this.labels = new Labels(new LabelStore(), session);
    session.came = (recording) => void this.labels.came(recording);
    const tiles = new TileStore(TILE_WORKER, () => session.changed());
    this.spectrogram = new SpectrogramPainter(tiles);
    setTimeout(() => tiles.warm(), WARM_AFTER);
    this.pictures = new ModelPictures();
    this.naming = new LabelNames(session);
    this.hits = new Hits(this);
    this.detector = new Detector(this);
    this.windows = new WindowColours(this);
    this.search = new WindowSearch(this);
  }

  get points(): Points {
    return this.pointsOf(this.model);
  }

  pointsOf(model: string): Points {
    const points = this.#points.get(model) ?? new Points(model, this.session);
    this.#points.set(model, points);
    return points;
  }

  /** Models that have said something of any recording. */
  get models(): string[] {
    const names = this.session.recordings.flatMap(({ results }) => [...results.keys()]);
    return [...new Set(names)].filter((model) => this.pointsOf(model).count > 0);
  }

  /** All windows of the model as rows. */
  get table(): WindowTable {
    return this.windows.table;
  }

  colours(): Colours {
    return this.windows.colours();
  }

  /** A class of the model by its name, where the server knows it. */
  className(at: number): string {
    return this.session.classes.name(this.model, at);
  }

  /** The labels that hold for a window. */
  labelsAt({ recording, result, window }: Point): Annotation[] {
    return this.labels.in(recording.id, result.starts[window] as number, result.ends[window] as number);
  }

  /** Sends recordings to the chosen models. */
  send(files: readonly File[]): void {
    const [first] = this.chosen;
    if (first !== undefined && !this.chosen.includes(this.model)) this.model = first;
    void this.session.add(files, this.chosen);
  }

  setModel(model: string): void {
    this.model = model;
    this.clear();
  }

  clear(): void {
    this.selected = new Set();
    this.cursor = undefined;
    this.selection = undefined;
    this.session.changed();
  }

  /** Opens a recording. */
  open(recording: Recording): void {
    if (this.session.shown !== recording) this.selection = undefined;
    this.session.show(recording);
  }

  /** The seconds that are shown of a recording. */
  span(recording: Recording): readonly [number, number] {
    const seconds = Math.max(0.1, secondsOf(recording));
    const kept = this.#spans.get(recording);
    return kept ?? [0, seconds];
  }

  /** Whether all of a recording is shown. */
  whole(recording: Recording): boolean {
    return !this.#spans.has(recording);
  }

  setSpan(recording: Recording, span: readonly [number, number] | undefined): void {
    const seconds = Math.max(0.1, secondsOf(recording));
    if (span === undefined || span[1] - span[0] >= seconds * 0.999) this.#spans.delete(recording);
    else {
      const width = Math.max(0.05, span[1] - span[0]);
      const from = Math.max(0, Math.min(seconds - width, span[0]));
      this.#spans.set(recording, [from, from + width]);
    }
    this.session.changed();
  }

  /** Brings seconds into sight: where they are not, they come to the middle. */
  bring(recording: Recording, start: number, end: number): void {
    const [from, to] = this.span(recording);
    if (this.whole(recording) || (start >= from && end <= to)) return;
    const width = to - from;
    this.setSpan(recording, [(start + end - width) / 2, (start + end + width) / 2]);
  }

  /** Looks at one point, and at its recording. */
  lookAt(point: number): void {
    const found = this.points.at(point);
    if (found === undefined) return;
    this.cursor = point;
    this.selection = undefined;
    this.open(found.recording);
    this.bring(found.recording, found.result.starts[found.window] as number, found.result.ends[found.window] as number);
  }

  select(points: readonly number[]): void {
    this.selected = new Set(points);
    const [first] = points;
    if (first === undefined) this.clear();
    else this.lookAt(first);
    this.session.say(`${points.length} ${points.length === 1 ? "window" : "windows"} marked.`);
  }

  /** Draws a selection on the open recording: the windows in it are marked. */
  draw(selection: Selection | undefined): void {
    this.selection = selection;
    const { shown } = this.session;
    const result = shown?.results.get(this.model);
    if (selection !== undefined && shown !== undefined && result !== undefined) {
      const inside: number[] = [];
      for (let window = 0; window < result.windows; window++) {
        const middle = ((result.starts[window] as number) + (result.ends[window] as number)) / 2;
        if (middle >= selection.start && middle <= selection.end) inside.push(this.points.indexOf(shown, window));
      }
      this.selected = new Set(inside);
      this.cursor = inside[0] ?? this.pointAtTime((selection.start + selection.end) / 2);
    }
    this.session.changed();
  }

  /** What a label would be of: the selection, else the marked windows, else the one that is looked at. */
  targets(): {
    readonly recording: string;
    readonly start: number;
    readonly end: number;
    readonly low?: number;
    readonly high?: number;
  }[] {
    const { selection } = this;
    const { shown } = this.session;
    if (selection !== undefined && shown !== undefined) {
      const { start, end, low, high } = selection;
      return [
        {
          recording: shown.id,
          start,
          end,
          ...(low === undefined ? {} : { low }),
          ...(high === undefined ? {} : { high }),
        },
      ];
    }
    const points = this.selected.size > 0 ? [...this.selected] : this.cursor === undefined ? [] : [this.cursor];
    return points.flatMap((index) => {
      const found = this.points.at(index);
      if (found === undefined) return [];
      const { recording, result, window } = found;
      return [{ recording: recording.id, start: result.starts[window] as number, end: result.ends[window] as number }];
    });
  }

  /** Labels what is marked. */
  label(name: string, kind: LabelKind): void {
    const targets = this.targets();
    if (targets.length === 0) {
      this.session.say("Mark something first: draw on the spectrogram, or around points of the plane.");
      return;
    }
    const when = new Date().toISOString();
    const count = this.labels.add(
      targets.map((target) => ({ ...target, label: name, kind, by: this.naming.by, when })),
    );
    const what = kind === "positive" ? name : `${name} (${kind})`;
    this.session.say(
      count === 0 ? `That is labelled ${what} already.` : `Labelled ${what}: ${count}. Ctrl+Z takes it back.`,
    );
  }

  /** The point of the open recording at a time. */
  pointAtTime(seconds: number): number | undefined {
    const { shown } = this.session;
    const result = shown?.results.get(this.model);
    if (shown === undefined || result === undefined || result.windows === 0) return undefined;
    const { starts, ends } = result;
    // Windows may overlap: the one whose middle is nearest. Their starts ascend.
    let [low, high] = [0, result.windows - 1];
    const middle = (at: number) => ((starts[at] as number) + (ends[at] as number)) / 2;
    while (low < high) {
      const between = (low + high) >> 1;
      if (middle(between) < seconds) low = between + 1;
      else high = between;
    }
    const best = low > 0 && Math.abs(middle(low - 1) - seconds) <= Math.abs(middle(low) - seconds) ? low - 1 : low;
    return this.points.indexOf(shown, best);
  }

  /** The point that is heard now, where one is. */
  get playing(): number | undefined {
    const { point, heard, player } = this.playback;
    if (point !== undefined) return point;
    const { position } = player;
    return position === undefined || heard !== this.session.shown ? undefined : this.pointAtTime(position);
  }

  /** Plays windows, one after the other. */
  async hear(points: readonly number[]): Promise<void> {
    const spans = points.flatMap((point) => {
      const found = this.points.at(point);
      if (found === undefined) return [];
      const { recording, result, window } = found;
      return [{ recording, from: result.starts[window] as number, to: result.ends[window] as number, point }];
    });
    await this.playback.play(spans, points.length === 1, this.#band);
  }

  /** Plays the open recording from a time to its end, or to another. */
  async hearFrom(seconds: number, end?: number): Promise<void> {
    const { shown: recording } = this.session;
    if (recording === undefined) return;
    const to = Math.min(end ?? Number.POSITIVE_INFINITY, secondsOf(recording));
    await this.playback.play([{ recording, from: seconds, to, point: undefined }], end !== undefined, this.#band);
  }

  /** The band that is heard: that of what was drawn, where that is wanted. */
  get #band(): readonly [number, number] | undefined {
    const { low, high } = this.selection ?? {};
    return this.playback.bandPass && low !== undefined && high !== undefined ? [low, high] : undefined;
  }

  silence(): void {
    this.playback.silence();
  }
}
