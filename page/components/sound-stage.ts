import { curvesOf } from "../session/curves.ts";
import type { Recording } from "../session/recording.ts";
import { secondsOf } from "../session/recording.ts";
import type { View } from "../session/view.ts";
import { hertzAt } from "../spectrogram/frequency-scale.ts";
import { lineAt } from "../views/score-lanes.ts";
import { type Layout, paintSound, pictureOf } from "../views/sound-view.ts";

type Place = readonly [x: number, y: number];

/** Pixels that a pointer may move and still have clicked. */
const STILL = 4;
/** A box that is flatter than this part of the spectrogram's height is of all frequencies. */
const FLAT = 0.04;
const ZOOM_STEP = 1.6;

/** What pointers, the wheel and keys do to the picture of a recording over time. */
export class SoundStage {
  readonly #view: View;
  recording!: Recording;
  layout!: Layout;
  changed = () => {};
  #pointers = new Map<number, Place>();
  #from: Place | undefined;
  #to: Place | undefined;
  #pushing = false;
  /** Moves the threshold that is held. */
  #level: ((y: number) => void) | undefined;
  /** What stands under two fingers: the seconds at each. */
  #pinched: readonly [number, number] | undefined;

  constructor(view: View) {
    this.#view = view;
  }

  paint(context: CanvasRenderingContext2D): void {
    const [from, to] = [this.#from, this.#to];
    const drawn = from !== undefined && to !== undefined && !this.#pushing;
    paintSound(
      context,
      this.layout,
      this.#view,
      this.recording,
      drawn ? { x: [from[0], to[0]], y: this.#heights(from, to) } : undefined,
    );
  }

  /** A box that is flat, or begins outside the spectrogram, is as high as it. */
  #heights(from: Place, to: Place): [number, number] {
    const { y, height } = this.layout.spectrogram;
    const flat = Math.abs(to[1] - from[1]) < FLAT * height || from[1] > y + height || from[1] < y;
    const clamp = (value: number) => Math.max(y, Math.min(y + height, value));
    return flat ? [y, y + height] : [clamp(from[1]), clamp(to[1])];
  }

  seconds(x: number): number {
    const [from, to] = this.#view.span(this.recording);
    const { spectrogram } = this.layout;
    return from + ((x - spectrogram.x) / spectrogram.width) * (to - from);
  }

  /** The frequency at a height, where that is on the spectrogram. */
  hertz(y: number): number | undefined {
    const { spectrogram } = this.layout;
    const { sound } = this.recording;
    const place = 1 - (y - spectrogram.y) / spectrogram.height;
    return sound === undefined || place < 0 || place > 1
      ? undefined
      : hertzAt(place, pictureOf(this.#view, sound.rate));
  }

  /** Zooms about a place of the panel, or its middle. */
  zoom(factor: number, x = this.layout.spectrogram.x + this.layout.spectrogram.width / 2): void {
    const [from, to] = this.#view.span(this.recording);
    const at = Math.max(from, Math.min(to, this.seconds(x)));
    this.#view.setSpan(this.recording, [at - (at - from) / factor, at + (to - at) / factor]);
  }

  whole(): void {
    this.#view.setSpan(this.recording, undefined);
  }

  /** Moves the picture by a part of its width. */
  pan(part: number): void {
    const [from, to] = this.#view.span(this.recording);
    const seconds = secondsOf(this.recording);
    const width = to - from;
    const start = Math.max(0, Math.min(seconds - width, from + part * width));
    this.#view.setSpan(this.recording, [start, start + width]);
  }

  wheel(event: WheelEvent, place: Place): void {
    const across = event.shiftKey ? event.deltaY : event.deltaX;
    if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY))
      this.pan(across / this.layout.spectrogram.width);
    else this.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 400)), place[0]);
  }

  down(id: number, place: Place, kind: { readonly touch: boolean; readonly push: boolean }): void {
    this.#pointers.set(id, place);
    if (this.#pointers.size === 2) {
      const [a, b] = [...this.#pointers.values()] as [Place, Place];
      this.#pinched = [this.seconds(a[0]), this.seconds(b[0])];
      this.#from = undefined;
      return;
    }
    this.#level = this.line(place);
    if (this.#level !== undefined) return;
    this.#from = place;
    this.#to = place;
    // On the axis of time, and with a finger, the picture is moved; elsewhere a box is drawn.
    this.#pushing = kind.push || kind.touch || place[1] >= this.layout.axis.y || place[0] < this.layout.spectrogram.x;
  }

  move(id: number, place: Place): void {
    const before = this.#pointers.get(id);
    if (before === undefined) return;
    this.#pointers.set(id, place);
    if (this.#pinched !== undefined && this.#pointers.size === 2) {
      this.#pinch();
      return;
    }
    this.#level?.(place[1]);
    if (this.#from === undefined) return;
    if (this.#pushing) {
      if (Math.hypot(place[0] - this.#from[0], place[1] - this.#from[1]) > STILL || this.#to !== this.#from)
        this.pan((before[0] - place[0]) / this.layout.spectrogram.width);
    }
    this.#to = place;
    this.changed();
  }

  /** What moves the threshold whose line is at a place, where one is. */
  line([x, y]: Place): ((y: number) => void) | undefined {
    const { scores } = this.layout;
    if (scores.height === 0 || x < scores.x || y < scores.y - 4 || y > scores.y + scores.height + 4) return undefined;
    const found = lineAt(scores, curvesOf(this.#view, this.recording), y);
    return found?.curve.set === undefined
      ? undefined
      : (at) => found.curve.set?.(Math.round(100 * found.valueAt(at)) / 100);
  }

  #pinch(): void {
    const [a, b] = [...this.#pointers.values()] as [Place, Place];
    const [low, high] = this.#pinched as readonly [number, number];
    if (Math.abs(b[0] - a[0]) < 12) return;
    const { x, width } = this.layout.spectrogram;
    const seconds = (high - low) / (b[0] - a[0]);
    if (!(seconds > 0)) return;
    const from = low - (a[0] - x) * seconds;
    this.#view.setSpan(this.recording, [from, from + width * seconds]);
  }

  /** The box is drawn, or a place was clicked. */
  up(id: number): void {
    const [from, to] = [this.#from, this.#to];
    const pinched = this.#pinched !== undefined;
    this.drop(id);
    if (from === undefined || to === undefined || pinched) return;
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) <= STILL) {
      this.#click(from);
      return;
    }
    if (this.#wasPushing) return;
    const [start, end] = [this.seconds(Math.min(from[0], to[0])), this.seconds(Math.max(from[0], to[0]))];
    const [top, bottom] = this.#heights(from, to).sort((a, b) => a - b) as [number, number];
    const { y, height } = this.layout.spectrogram;
    const all = top <= y && bottom >= y + height;
    const limits = all ? {} : { low: this.hertz(bottom), high: this.hertz(top) };
    const seconds = secondsOf(this.recording);
    if (end - start > 0.005) this.#view.draw({ start: Math.max(0, start), end: Math.min(seconds, end), ...limits });
  }

  #wasPushing = false;

  drop(id: number): void {
    this.#pointers.delete(id);
    this.#wasPushing = this.#pushing;
    if (this.#pointers.size === 0) {
      this.#level = undefined;
      this.#from = undefined;
      this.#to = undefined;
      this.#pinched = undefined;
      this.#pushing = false;
    }
    this.changed();
  }

  #click([x]: Place): void {
    const view = this.#view;
    view.selection = undefined;
    view.selected = new Set();
    const at = this.seconds(x);
    const point = view.pointAtTime(at);
    if (point === undefined) void view.hearFrom(Math.max(0, at));
    else {
      view.lookAt(point);
      void view.hear([point]);
    }
  }

  /** Whether the key means something here. */
  key({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const view = this.#view;
    if (key === "ArrowRight" || key === "ArrowLeft") {
      const way = key === "ArrowRight" ? 1 : -1;
      if (shiftKey) this.pan(0.25 * way);
      else this.#step(way);
    } else if (key === "+" || key === "=") this.zoom(ZOOM_STEP);
    else if (key === "-") this.zoom(1 / ZOOM_STEP);
    else if (key === "0") this.whole();
    else if (key === "Home") this.pan(-1e9);
    else if (key === "End") this.pan(1e9);
    else if (key === "Enter" || key === " ") this.play();
    else if (key === "Escape") view.clear();
    else return false;
    return true;
  }

  /** Plays what is drawn, else the window that is looked at, else what is shown. */
  play(): void {
    const view = this.#view;
    const { selection, cursor } = view;
    if (view.playback.player.playing !== undefined) view.silence();
    else if (selection !== undefined) void view.hearFrom(selection.start, selection.end);
    else if (cursor !== undefined && view.points.at(cursor)?.recording === this.recording) void view.hear([cursor]);
    else void view.hearFrom(view.span(this.recording)[0]);
  }

  #step(way: number): void {
    const view = this.#view;
    const first = view.points.indexOf(this.recording, 0);
    const windows = this.recording.results.get(view.model)?.windows ?? 0;
    if (first < 0 || windows === 0) return;
    const here = view.cursor === undefined ? -1 : view.cursor - first;
    const next =
      here < 0 || here >= windows ? (view.pointAtTime(view.span(this.recording)[0]) ?? first) - first : here + way;
    if (next >= 0 && next < windows) view.lookAt(first + next);
  }
}
