import type { Annotation } from "../../src/labels/index.ts";
import { clock } from "../audio/times.ts";
import type { Point, Points } from "../session/points.ts";
import { CATEGORIES, categoryColour, currentTheme, FONT, OTHER, pixelOf, viridisPixel } from "./colours.ts";
import { labelName } from "./label-name.ts";
import type { Colours } from "./legend.ts";
import { MARGIN, RADIUS } from "./plane.ts";
import { FAINT, HIDDEN, PLAIN, PointsRaster, type Shown } from "./points-raster.ts";
import type { Area } from "./tiles.ts";

/** What the colour of a point tells. */
export type Colouring = "time" | "file" | "class" | "label";

/** Files that the legend names. */
const MOST_NAMED = 4;

/** The colours of windows of recordings. */
export function colours(
  points: Points,
  colouring: Colouring,
  className: (at: number) => string,
  labels: (point: Point) => readonly Annotation[],
): Colours {
  const sets = points.sets();
  const colour = new Uint32Array(points.count);
  const fill = (pixel: (set: number, window: number) => number) => {
    let at = 0;
    for (const [set, { result }] of sets.entries()) {
      for (let window = 0; window < result.windows; window++) colour[at++] = pixel(set, window);
    }
  };
  const result = (set: number) => (sets[set] as (typeof sets)[number]).result;
  if (colouring === "file") {
    const names = sets.map(({ recording }, at) => ({ name: recording.name, colour: categoryColour(at) }));
    fill((set) => pixelOf(names[set]?.colour ?? OTHER));
    const more = names.length - MOST_NAMED;
    const listed = more > 0 ? [...names.slice(0, MOST_NAMED), { name: `and ${more} more`, colour: OTHER }] : names;
    return { colour, legend: { kind: "names", names: listed } };
  }
  if (colouring === "label") {
    const names = new Map<string, { name: string; colour: string; count: number }>();
    fill((set, window) => {
      const { recording, result } = sets[set] as (typeof sets)[number];
      const [first] = labels({ recording, result, window });
      if (first === undefined) return pixelOf(OTHER);
      const name = labelName(first);
      const known = names.get(name) ?? { name, colour: categoryColour(names.size), count: 0 };
      known.count++;
      names.set(name, known);
      return pixelOf(known.colour);
    });
    return { colour, legend: { kind: "names", names: [...names.values(), { name: "no label", colour: OTHER }] } };
  }
  const scored = sets.every(({ result }) => result.topClass.length === result.windows);
  if (colouring === "class" && scored && sets[0]?.result.header.scores === 1) {
    fill((set, window) => viridisPixel(result(set).topScore[window] as number));
    return { colour, legend: { kind: "scale", low: "score 0", high: "1" } };
  }
  if (colouring === "class" && scored) {
    const counts = new Map<number, number>();
    for (const { result } of sets) for (const top of result.topClass) counts.set(top, (counts.get(top) ?? 0) + 1);
    const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, CATEGORIES.length - 1);
    const known = new Map(most.map(([top], at) => [top, CATEGORIES[at] as string]));
    const names = [...known].map(([top, colour]) => ({ name: className(top), colour }));
    if (counts.size > most.length) names.push({ name: "others", colour: OTHER });
    fill((set, window) => pixelOf(known.get(result(set).topClass[window] as number) ?? OTHER));
    return { colour, legend: { kind: "names", names } };
  }
  const longest = Math.max(1, ...sets.map(({ result }) => result.ends.at(-1) ?? 0));
  fill((set, window) => viridisPixel((result(set).starts[window] as number) / longest));
  return { colour, legend: { kind: "scale", low: "0:00", high: `${clock(longest)} min:s` } };
}

/** CSS pixels of a point: smaller where there are many, larger where a few of them are looked at. */
export function radiusFor(count: number, zoom: number): number {
  const whole = count <= 4000 ? RADIUS : count <= 20_000 ? 2.5 : 1.6;
  return Math.min(RADIUS, whole * zoom ** 0.25);
}

export interface ScatterMarks {
  readonly selected: ReadonlySet<number>;
  readonly cursor: number | undefined;
  readonly playing: number | undefined;
  /** A lasso on its way, x and y in pixels. */
  readonly lasso: readonly number[];
}

const raster = new PointsRaster();

/** What paintScatter draws of the points. */
export interface Drawn {
  /** x and y of each, in CSS pixels. */
  readonly pixels: Float32Array;
  readonly colour: Uint32Array;
  readonly radius: number;
  /** Which are faint or hidden; undefined where all are as they are. */
  readonly shown?: Shown | undefined;
}

/** Marked points that get a ring each; of more, the others are faint. */
const MOST_RINGS = 40;

export function paintScatter(
  context: CanvasRenderingContext2D,
  area: Area,
  { pixels, colour, radius, shown }: Drawn,
  axes: readonly [string, string],
  { selected, cursor, playing, lasso }: ScatterMarks,
): void {
  const theme = currentTheme();
  paintAxes(context, area, axes);
  const count = Math.min(pixels.length / 2, colour.length);
  const states = selected.size === 0 ? shown : besides(selected, shown, count);
  // Of very many points rims would hide more than they show.
  const rim = radius >= RADIUS ? pixelOf(theme.quiet) : undefined;
  raster.paint(context, area, pixels, colour, radius, states, rim);
  context.save();
  context.beginPath();
  context.rect(area.x + MARGIN.left - 6, area.y, area.width - MARGIN.left + 6, area.height - MARGIN.bottom + 6);
  context.clip();
  const ring = (point: number, size: number, width: number) => {
    context.lineWidth = width;
    context.beginPath();
    context.arc(pixels[2 * point] as number, pixels[2 * point + 1] as number, size, 0, 2 * Math.PI);
    context.stroke();
  };
  context.strokeStyle = theme.ink;
  if (selected.size <= MOST_RINGS) for (const point of selected) ring(point, radius + 1, 1);
  context.strokeStyle = theme.accent;
  if (cursor !== undefined && cursor < count) ring(cursor, radius + 4, 2.5);
  if (playing !== undefined && playing < count) {
    context.fillStyle = theme.accent;
    context.beginPath();
    context.arc(pixels[2 * playing] as number, pixels[2 * playing + 1] as number, radius + 3, 0, 2 * Math.PI);
    context.fill();
  }
  if (lasso.length >= 4) {
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.beginPath();
    for (let at = 0; at < lasso.length; at += 2) context.lineTo(lasso[at] as number, lasso[at + 1] as number);
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }
  context.restore();
}

/** Where some are marked, the others are faint. */
function besides(selected: ReadonlySet<number>, shown: Shown | undefined, count: number): Shown {
  const states = new Uint8Array(count);
  for (let point = 0; point < count; point++) {
    states[point] = shown?.[point] === HIDDEN ? HIDDEN : selected.has(point) ? PLAIN : FAINT;
  }
  return states;
}

function paintAxes(context: CanvasRenderingContext2D, area: Area, axes: readonly [string, string]): void {
  const theme = currentTheme();
  context.font = FONT;
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  const [left, bottom] = [area.x + MARGIN.left - 6, area.y + area.height - MARGIN.bottom + 6];
  context.beginPath();
  context.moveTo(left + 0.5, area.y + 8);
  context.lineTo(left + 0.5, bottom + 0.5);
  context.lineTo(area.x + area.width - 8, bottom + 0.5);
  context.stroke();
  context.fillStyle = theme.quiet;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillText(axes[0], (left + area.x + area.width) / 2, bottom + 11, area.x + area.width - left);
  context.save();
  context.translate(area.x + 9, (area.y + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(axes[1], 0, 0, bottom - area.y);
  context.restore();
}
