import { clock, wallClock } from "../audio/times.ts";
import type { Recording } from "../session/recording.ts";
import type { View } from "../session/view.ts";
import { type Band, hertzText, placeOf } from "../spectrogram/frequency-scale.ts";
import { paintFrequencyAxis } from "../spectrogram/painter.ts";
import type { Picture } from "../spectrogram/tile.ts";
import { currentTheme, FONT } from "./colours.ts";
import { labelColour } from "./label-colour.ts";
import { labelName } from "./label-name.ts";
import { paintLane, within } from "./lane.ts";
import { paintScores, scoresHeight } from "./score-lanes.ts";
import { timeTicks } from "./ticks.ts";
import { type Area, GUTTER, xOf } from "./tiles.ts";

/** Which lanes there are below the spectrogram. */
export interface Lanes {
  readonly scores: boolean;
  /** What the model saw. */
  readonly picture: boolean;
  readonly embeddings: boolean;
}

/** Where everything stands in the panel. */
export interface Layout {
  readonly wave: Area;
  readonly spectrogram: Area;
  readonly labels: Area;
  readonly scores: Area;
  readonly picture: Area;
  readonly embeddings: Area;
  readonly axis: Area;
}

const GAP = 4;

/** @param curves  how many curves of scores there are */
export function layoutOf(width: number, height: number, lanes: Lanes, curves: number): Layout {
  const inner = Math.max(1, width - GUTTER);
  const small = height < 340;
  const heights = {
    wave: small ? 28 : 38,
    labels: 22,
    scores: lanes.scores ? scoresHeight(curves) : 0,
    picture: lanes.picture ? 76 : 0,
    embeddings: lanes.embeddings ? 44 : 0,
    axis: 34,
  };
  const below = Object.values(heights).reduce((sum, one) => sum + one + (one > 0 ? GAP : 0), 0);
  let y = 2;
  const lane = (high: number): Area => {
    const area = { x: GUTTER, y, width: inner, height: high };
    y += high + (high > 0 ? GAP : 0);
    return area;
  };
  return {
    wave: lane(heights.wave),
    spectrogram: lane(Math.max(60, height - below - 2)),
    labels: lane(heights.labels),
    scores: lane(heights.scores),
    picture: lane(heights.picture),
    embeddings: lane(heights.embeddings),
    axis: lane(heights.axis),
  };
}

/** The picture with the band of a recording: all of it, unless another was chosen. */
export function pictureOf(view: View, rate: number): Picture {
  const { picture } = view.look;
  const high = Math.min(picture.high, rate / 2);
  const low = Math.min(picture.low, high / 2);
  return { ...picture, high, low: picture.scale === "log" ? Math.max(20, low) : low };
}

/** Draws a recording over time: wave, spectrogram, labels, scores, and what the model saw, above one axis of time. */
export function paintSound(
  context: CanvasRenderingContext2D,
  layout: Layout,
  view: View,
  recording: Recording,
  drawing: { readonly x: readonly [number, number]; readonly y: readonly [number, number] } | undefined,
): void {
  const theme = currentTheme();
  const span = view.span(recording);
  const { wave, spectrogram, axis } = layout;
  const { sound } = recording;
  context.fillStyle = theme.ground;
  context.fillRect(spectrogram.x, spectrogram.y, spectrogram.width, spectrogram.height);
  if (sound !== undefined) {
    const picture = pictureOf(view, sound.rate);
    view.spectrogram.paint(context, spectrogram, wave, recording.id, sound, { ...view.look, picture }, span);
    paintFrequencyAxis(context, spectrogram, picture);
    paintMarks(context, spectrogram, view, recording, span);
    paintSelection(context, spectrogram, view, picture, span);
  } else {
    context.fillStyle = theme.quiet;
    context.font = FONT;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(
      silentWords(recording),
      spectrogram.x + spectrogram.width / 2,
      spectrogram.y + spectrogram.height / 2,
    );
  }
  paintLabels(context, layout.labels, view, recording, span);
  if (layout.scores.height > 0) paintScores(context, layout.scores, view, recording, span);
  const result = recording.results.get(view.model);
  if (result !== undefined && layout.picture.height > 0) {
    const centres = view.session.models.get(view.model)?.bandCentres ?? [];
    view.pictures.paintSpectrogram(context, layout.picture, result, span, centres);
  }
  if (result !== undefined && layout.embeddings.height > 0)
    view.pictures.paintEmbeddings(context, layout.embeddings, result, span);
  timeAxis(context, axis, span, recording.start);
  const playhead = view.playback.heard === recording ? view.playback.player.position : undefined;
  if (playhead !== undefined && playhead >= span[0] && playhead <= span[1]) {
    const at = xOf(spectrogram, span, playhead);
    context.fillStyle = theme.panel;
    context.fillRect(at - 2, wave.y, 4, axis.y - wave.y);
    context.fillStyle = theme.accent;
    context.fillRect(at - 1, wave.y, 2, axis.y - wave.y);
  }
  if (drawing !== undefined) box(context, drawing.x[0], drawing.y[0], drawing.x[1], drawing.y[1], true);
}

/** Why there is no spectrogram. */
function silentWords({ file, fetchFile, live, timed }: Recording): string {
  if (file !== undefined || fetchFile !== undefined || live) return "Reading the sound …";
  return timed
    ? "Its sound is not here: drop the recording on the page to see and hear it."
    : "These points have no sound.";
}

function box(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number, filled: boolean): void {
  const theme = currentTheme();
  const [left, top, width, height] = [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];
  if (filled) {
    context.fillStyle = "rgb(255 255 255 / 14%)";
    context.fillRect(left, top, width, height);
  }
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 55%)";
  context.strokeRect(left, top, width, height);
  context.lineWidth = 1.5;
  context.strokeStyle = theme.mark;
  context.strokeRect(left, top, width, height);
}

/** The windows that are marked, and the one that is looked at. */
function paintMarks(
  context: CanvasRenderingContext2D,
  area: Area,
  view: View,
  recording: Recording,
  span: readonly [number, number],
): void {
  const result = recording.results.get(view.model);
  if (result === undefined) return;
  const first = view.points.indexOf(recording, 0);
  const theme = currentTheme();
  within(context, area, () => {
    for (const point of view.selected) {
      const window = point - first;
      if (window < 0 || window >= result.windows || view.selection !== undefined) continue;
      const left = xOf(area, span, result.starts[window] as number);
      const right = xOf(area, span, result.ends[window] as number);
      context.fillStyle = theme.mark;
      context.fillRect(left, area.y, Math.max(2, right - left), 4);
    }
    const cursor = view.cursor === undefined ? -1 : view.cursor - first;
    if (cursor >= 0 && cursor < result.windows && view.selection === undefined) {
      const left = xOf(area, span, result.starts[cursor] as number);
      const right = xOf(area, span, result.ends[cursor] as number);
      box(context, left, area.y + 1, Math.max(left + 2, right), area.y + area.height - 1, false);
    }
  });
}

function paintSelection(
  context: CanvasRenderingContext2D,
  area: Area,
  view: View,
  band: Band,
  span: readonly [number, number],
): void {
  const { selection } = view;
  if (selection === undefined) return;
  const place = (hertz: number) => area.y + area.height * (1 - Math.max(0, Math.min(1, placeOf(hertz, band))));
  within(context, area, () => {
    const [top, bottom] = [place(selection.high ?? band.high), place(selection.low ?? band.low)];
    box(context, xOf(area, span, selection.start), top + 1, xOf(area, span, selection.end), bottom - 1, true);
  });
}

function paintLabels(
  context: CanvasRenderingContext2D,
  area: Area,
  view: View,
  recording: Recording,
  span: readonly [number, number],
): void {
  const theme = currentTheme();
  paintLane(context, area, "labels");
  within(context, area, () => {
    context.textAlign = "left";
    let [last, free] = ["", Number.NEGATIVE_INFINITY];
    for (const annotation of view.labels.in(recording.id, span[0], span[1])) {
      const left = xOf(area, span, annotation.start);
      const width = Math.max(3, xOf(area, span, annotation.end) - left);
      const colour = labelColour(view, annotation.label);
      context.globalAlpha = annotation.kind === "positive" ? 0.9 : 0.35;
      context.fillStyle = colour;
      context.fillRect(left, area.y + 1, width - 1, area.height - 2);
      context.globalAlpha = 1;
      const name = labelName(annotation);
      // Labels of windows that touch would write over one another.
      if (name === last && left < free) continue;
      context.fillStyle = annotation.kind === "positive" ? "#06181e" : theme.ink;
      context.fillText(name, Math.max(area.x, left) + 4, area.y + area.height / 2 + 1);
      [last, free] = [name, left + context.measureText(name).width + 10];
    }
  });
}

function timeAxis(
  context: CanvasRenderingContext2D,
  { x, y, width }: Area,
  [from, to]: readonly [number, number],
  start: Date | undefined,
): void {
  const theme = currentTheme();
  const scale = width / (to - from);
  const { step, times } = timeTicks(from, to, (start === undefined ? 64 : 84) / scale);
  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = theme.line;
  context.fillRect(x, y, width, 1);
  context.textAlign = "center";
  for (const time of times) {
    const at = x + (time - from) * scale;
    context.fillStyle = theme.line;
    context.fillRect(at, y, 1, 5);
    if (at - x > width - 30 || at - x < 14) continue;
    context.fillStyle = theme.ink;
    context.fillText(clock(time, step < 1 ? 1 : 0), at, y + 12);
    if (start === undefined) continue;
    context.fillStyle = theme.quiet;
    context.fillText(wallClock(start, time).utc.slice(11, 19), at, y + 26);
  }
  context.fillStyle = theme.quiet;
  context.textAlign = "right";
  context.fillText("min:s", x - 7, y + 12);
  if (start !== undefined) context.fillText("UTC", x - 7, y + 26);
}

/** What is at the pointer, in words. */
export function pointerWords(recording: Recording, seconds: number, hertz: number | undefined): string {
  const when = recording.start === undefined ? "" : ` · ${wallClock(recording.start, seconds).utc}`;
  const frequency = hertz === undefined ? "" : ` · ${hertzText(hertz)}`;
  return `${clock(seconds, 2)}${frequency}${when}`;
}
