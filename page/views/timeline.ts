import { clock, wallClock } from "../audio/times.ts";
import type { Result } from "../session/result.ts";
import type { ServerModels } from "../session/server-models.ts";
import type { Recording } from "../session/session.ts";
import { currentTheme, FONT } from "./colours.ts";
import { bandPosition, timeTicks } from "./ticks.ts";
import { type Area, embeddingTiles, spectrogramTiles, type Tiles } from "./tiles.ts";
import { Waveform } from "./waveform.ts";

/** Width of the axes at the left. */
export const GUTTER = 54;

export interface Heights {
  readonly wave: number;
  readonly spectrogram: number;
  readonly embedding: number;
}
const HEADING = 22;
const AXIS = 40;
const GAP = 6;
/** Frequencies that get a tick where a model has them, Hz. */
const FREQUENCIES = [250, 500, 1000, 2000, 4000, 7000];

/** What is marked: windows by number, of one model. */
export interface Marks {
  readonly model: string;
  readonly selected: ReadonlySet<number>;
  readonly cursor: number | undefined;
  /** Seconds that are heard now. */
  readonly playhead: number | undefined;
}

interface Pictures {
  /** Undefined for a model that takes the waveform. */
  readonly spectrogram: Tiles | undefined;
  readonly embedding: Tiles;
}

/** Draws a recording over time: waveform, each model's spectrogram and embeddings, one time axis below. */
export class Timeline {
  readonly #pictures = new WeakMap<Result, Pictures>();
  readonly #waveforms = new WeakMap<Recording, Waveform>();
  readonly #models: ServerModels;
  readonly #changed: () => void;

  constructor(models: ServerModels, changed: () => void) {
    this.#models = models;
    this.#changed = changed;
  }

  height(recording: Recording, { wave, spectrogram, embedding }: Heights): number {
    const lanes = [...recording.results.values()].map(
      (result) => HEADING + (result.picture === undefined ? 0 : spectrogram) + embedding + GAP,
    );
    return wave + GAP + lanes.reduce((sum, lane) => sum + lane, 0) + AXIS;
  }

  /** Seconds that there is something to draw of. */
  seconds(recording: Recording): number {
    const ends = [...recording.results.values()].map(({ header, ends }) =>
      Math.max(ends.at(-1) ?? 0, header.source.seconds ?? 0),
    );
    return Math.max(1, recording.sound?.seconds ?? 0, ...ends);
  }

  paint(
    context: CanvasRenderingContext2D,
    { x, y, width, height }: Area,
    recording: Recording,
    { wave, spectrogram, embedding }: Heights,
    [from, to]: readonly [number, number],
    marks: Marks,
  ): void {
    const theme = currentTheme();
    context.font = FONT;
    context.textBaseline = "middle";
    const inner = { x: x + GUTTER, width: width - GUTTER };
    let top = y;
    this.#paintWave(context, { ...inner, y: top, height: wave }, recording, [from, to]);
    top += wave + GAP;
    for (const [model, result] of recording.results) {
      const pictures = this.#picturesOf(result);
      const scales = paintScales(context, { ...inner, y: top, height: HEADING }, pictures, result);
      context.fillStyle = theme.ink;
      context.textAlign = "left";
      const shown = this.#models.title(model);
      context.fillText(heading(shown, model, result, inner.width), inner.x, top + HEADING / 2, inner.width - scales);
      top += HEADING;
      const picture = pictures.spectrogram === undefined ? 0 : spectrogram;
      const area = { ...inner, y: top, height: picture };
      pictures.spectrogram?.paint(context, area, from, to);
      if (picture > 0) frequencyAxis(context, area, this.#models.get(model)?.bandCentres ?? []);
      const below = { ...inner, y: top + picture + 2, height: embedding - 2 };
      pictures.embedding.paint(context, below, from, to);
      dimensionAxis(context, below, result);
      if (model === marks.model) {
        paintMarks(context, { ...inner, y: top, height: picture + embedding }, result, [from, to], marks);
      }
      top += picture + embedding + GAP;
    }
    timeAxis(context, { ...inner, y: top, height: AXIS }, [from, to], recording.start);
    if (marks.playhead !== undefined && marks.playhead >= from && marks.playhead <= to) {
      const at = inner.x + ((marks.playhead - from) / (to - from)) * inner.width;
      context.fillStyle = theme.panel;
      context.fillRect(at - 2, y, 4, height - AXIS);
      context.fillStyle = theme.accent;
      context.fillRect(at - 1, y, 2, height - AXIS);
    }
  }

  #paintWave(
    context: CanvasRenderingContext2D,
    area: Area,
    recording: Recording,
    [from, to]: readonly [number, number],
  ) {
    const theme = currentTheme();
    context.fillStyle = theme.line;
    context.fillRect(area.x, area.y + area.height / 2, area.width, 1);
    context.fillStyle = theme.quiet;
    context.textAlign = "right";
    if (recording.sound === undefined) {
      context.textAlign = "left";
      context.fillText("No waveform yet: nothing of the file has been decoded.", area.x, area.y + area.height / 2 - 10);
      return;
    }
    let waveform = this.#waveforms.get(recording);
    if (waveform === undefined) {
      waveform = new Waveform(recording.sound);
      this.#waveforms.set(recording, waveform);
    }
    // The waveform follows the windows, so that all is drawn in step.
    const heard = Math.max(0, ...[...recording.results.values()].map(({ ends }) => ends.at(-1) ?? 0));
    void waveform.follow(heard, this.#changed);
    waveform.paint(context, area, from, to);
    if (waveform.peak === 0) return;
    context.fillStyle = theme.quiet;
    context.fillText(`${(20 * Math.log10(waveform.peak)).toFixed(0).replace("-", "−")} dB`, area.x - 6, area.y + 7);
    context.fillText("FS", area.x - 6, area.y + 21);
  }

  #picturesOf(result: Result): Pictures {
    let pictures = this.#pictures.get(result);
    if (pictures === undefined) {
      pictures = {
        spectrogram: result.picture === undefined ? undefined : spectrogramTiles(result),
        embedding: embeddingTiles(result),
      };
      this.#pictures.set(result, pictures);
    }
    return pictures;
  }
}

function heading(title: string, model: string, { header, picture }: Result, width: number): string {
  const seeded = header.weights === "seeded" ? "  ·  SEEDED WEIGHTS" : "";
  const kind = picture === undefined ? "waveform" : picture.unit;
  if (width < 520) return `${model}  ·  ${kind}${seeded}`;
  return `${title}  ·  ${kind}, a window ${header.window.seconds} s every ${header.window.hop} s${seeded}`;
}

/** CSS pixels of a scale's colours. */
const RAMP = 56;

/** What the colours of a model's two pictures mean, at the right; gives the width that they take. */
function paintScales(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Area,
  { spectrogram, embedding }: Pictures,
  { picture }: Result,
): number {
  const wide = width >= 760;
  const scales = [
    { tiles: embedding, unit: "embedding" },
    ...(spectrogram === undefined ? [] : [{ tiles: spectrogram, unit: picture?.unit ?? "" }]),
  ];
  let right = x + width;
  context.textAlign = "right";
  context.fillStyle = currentTheme().quiet;
  const write = (text: string, gap: number) => {
    context.fillText(text, right, y + height / 2);
    right -= context.measureText(text).width + gap;
  };
  // On a phone there is room for the spectrogram's alone, and not for its unit.
  for (const { tiles, unit } of wide ? scales : scales.slice(-1)) {
    if (tiles.seconds === 0) continue;
    const [low, high] = tiles.range.map((value) => value.toFixed(1).replace("-", "−"));
    if (wide) write(unit, 6);
    write(high as string, 4);
    for (let step = 0; step < RAMP; step++) {
      context.fillStyle = cssOf(tiles.colours[Math.round((255 * step) / (RAMP - 1))] as number);
      context.fillRect(right - RAMP + step, y + height / 2 - 4, 1, 8);
    }
    context.fillStyle = currentTheme().quiet;
    right -= RAMP + 4;
    write(low as string, 22);
  }
  return x + width - right;
}

/** A pixel of ImageData as CSS has it. */
const cssOf = (pixel: number) => `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;

function frequencyAxis(context: CanvasRenderingContext2D, { x, y, height }: Area, centres: readonly number[]): void {
  const theme = currentTheme();
  context.textAlign = "right";
  let last = Number.POSITIVE_INFINITY;
  for (const hertz of FREQUENCIES) {
    const part = bandPosition(hertz, centres);
    const at = y + height * (1 - (part ?? 0));
    if (part === undefined || part > 0.97 || last - at < 15) continue;
    last = at;
    context.fillStyle = theme.line;
    context.fillRect(x - 4, at, 4, 1);
    context.fillStyle = theme.quiet;
    context.fillText(hertz < 1000 ? `${hertz} Hz` : `${hertz / 1000} kHz`, x - 6, at);
  }
}

function dimensionAxis(context: CanvasRenderingContext2D, { x, y, height }: Area, { header }: Result): void {
  context.fillStyle = currentTheme().quiet;
  context.textAlign = "right";
  context.fillText(`e${header.embedding - 1}`, x - 6, y + 7);
  if (height > 30) context.fillText("e0", x - 6, y + height - 7);
}

function paintMarks(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Area,
  { starts, ends }: Result,
  [from, to]: readonly [number, number],
  { selected, cursor }: Marks,
): void {
  const theme = currentTheme();
  const scale = width / (to - from);
  context.save();
  context.beginPath();
  context.rect(x, y - 2, width, height + 4);
  context.clip();
  const place = (start: number, end: number) => ({
    left: x + (start - from) * scale,
    across: Math.max(2, (end - start) * scale),
  });
  // Windows that touch are marked as one, above and below, so that what they show is left to see.
  for (const [first, last] of runs(selected)) {
    const { left, across } = place(starts[first] ?? 0, ends[last] ?? 0);
    for (const at of [y - 2, y + height - 3]) {
      context.fillStyle = theme.panel;
      context.fillRect(left - 1, at - 1, across + 2, 7);
      context.fillStyle = theme.accent;
      context.fillRect(left, at, across, 5);
    }
  }
  if (cursor !== undefined) {
    const { left, across } = place(starts[cursor] ?? 0, ends[cursor] ?? 0);
    for (const [colour, wide] of [
      [theme.panel, 5],
      [theme.accent, 2.5],
    ] as const) {
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.strokeRect(left, y, across, height);
    }
  }
  context.restore();
}

/** Numbers that follow one another, as the first and the last of each run. */
function runs(numbers: ReadonlySet<number>): [first: number, last: number][] {
  const found: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = found.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else found.push([number, number]);
  }
  return found;
}

function timeAxis(
  context: CanvasRenderingContext2D,
  { x, y, width }: Area,
  [from, to]: readonly [number, number],
  start: Date | undefined,
): void {
  const theme = currentTheme();
  const scale = width / (to - from);
  const { step, times } = timeTicks(from, to, (start === undefined ? 64 : 90) / scale);
  context.fillStyle = theme.line;
  context.fillRect(x, y, width, 1);
  context.textAlign = "center";
  for (const time of times) {
    const at = x + (time - from) * scale;
    context.fillStyle = theme.line;
    context.fillRect(at, y, 1, 5);
    if (at - x > width - (start === undefined ? 24 : 46) || at - x < 14) continue;
    context.fillStyle = theme.ink;
    context.fillText(clock(time, step < 1 ? 1 : 0), at, y + 13);
    if (start === undefined) continue;
    context.fillStyle = theme.quiet;
    context.fillText(`${wallClock(start, time).utc.slice(11, 19)} UTC`, at, y + 29);
  }
  context.fillStyle = theme.quiet;
  context.textAlign = "right";
  context.fillText("min:s", x - 6, y + 13);
}
