import { clock } from "../audio/times.ts";
import type { Points } from "../session/points.ts";
import { CATEGORIES, currentTheme, FONT, OTHER, viridisCss } from "./colours.ts";
import { MARGIN, RADIUS } from "./plane.ts";
import type { Area } from "./tiles.ts";

/** What the colour of a point tells. */
export type Colouring = "time" | "file" | "class";

/** A line of the legend, or the two ends of a scale. */
export type Legend =
  | { readonly kind: "scale"; readonly low: string; readonly high: string }
  | { readonly kind: "names"; readonly names: readonly { readonly name: string; readonly colour: string }[] };

/** Above so many points they are drawn as squares, which is several times as fast. */
const MANY = 4000;

/** The colour of each point, and what the colours mean. */
export function colours(points: Points, colouring: Colouring): { colour: string[]; legend: Legend } {
  const sets = points.sets();
  if (colouring === "file") {
    const names = sets.map(({ recording }, at) => ({ name: recording.name, colour: CATEGORIES[at] ?? OTHER }));
    const colour = sets.flatMap(({ result }, at) => new Array<string>(result.windows).fill(CATEGORIES[at] ?? OTHER));
    return { colour, legend: { kind: "names", names } };
  }
  const scored = sets.every(({ result }) => result.topClass.length === result.windows);
  if (colouring === "class" && scored && sets[0]?.result.header.scores === 1) {
    const colour = sets.flatMap(({ result }) => result.topScore.map((score) => viridisCss(score)));
    return { colour, legend: { kind: "scale", low: "score 0", high: "1" } };
  }
  if (colouring === "class" && scored) {
    const counts = new Map<number, number>();
    for (const { result } of sets) for (const top of result.topClass) counts.set(top, (counts.get(top) ?? 0) + 1);
    const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, CATEGORIES.length - 1);
    const known = new Map(most.map(([top], at) => [top, CATEGORIES[at] as string]));
    const names = [...known].map(([top, colour]) => ({ name: `class ${top}`, colour }));
    if (counts.size > most.length) names.push({ name: "others", colour: OTHER });
    const colour = sets.flatMap(({ result }) => result.topClass.map((top) => known.get(top) ?? OTHER));
    return { colour, legend: { kind: "names", names } };
  }
  const longest = Math.max(1, ...sets.map(({ result }) => result.ends.at(-1) ?? 0));
  const colour = sets.flatMap(({ result }) => result.starts.map((start) => viridisCss(start / longest)));
  return { colour, legend: { kind: "scale", low: "0:00", high: clock(longest) } };
}

export interface ScatterMarks {
  readonly selected: ReadonlySet<number>;
  readonly cursor: number | undefined;
  readonly playing: number | undefined;
  /** A lasso on its way, x and y in pixels. */
  readonly lasso: readonly number[];
}

export function paintScatter(
  context: CanvasRenderingContext2D,
  area: Area,
  pixels: Float32Array,
  colour: readonly string[],
  axes: readonly [string, string],
  { selected, cursor, playing, lasso }: ScatterMarks,
): void {
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
  context.fillText(axes[0], (left + area.x + area.width) / 2, bottom + 11);
  context.save();
  context.translate(area.x + 9, (area.y + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(axes[1], 0, 0);
  context.restore();
  const count = Math.min(pixels.length / 2, colour.length);
  const many = count > MANY;
  for (let point = 0; point < count; point++) {
    const [x, y] = [pixels[2 * point] as number, pixels[2 * point + 1] as number];
    context.globalAlpha = selected.size > 0 && !selected.has(point) ? 0.4 : 0.95;
    context.fillStyle = colour[point] as string;
    if (many) context.fillRect(x - 2, y - 2, 4, 4);
    else disc(context, x, y, RADIUS);
  }
  context.globalAlpha = 1;
  const ring = (point: number, radius: number, width: number) => {
    context.lineWidth = width;
    context.beginPath();
    context.arc(pixels[2 * point] as number, pixels[2 * point + 1] as number, radius, 0, 2 * Math.PI);
    context.stroke();
  };
  context.strokeStyle = theme.ink;
  for (const point of selected) ring(point, RADIUS + 1, 1);
  context.strokeStyle = theme.accent;
  if (cursor !== undefined && cursor < count) ring(cursor, RADIUS + 4, 2.5);
  if (playing !== undefined && playing < count) {
    context.fillStyle = theme.accent;
    disc(context, pixels[2 * playing] as number, pixels[2 * playing + 1] as number, RADIUS + 3);
  }
  if (lasso.length < 4) return;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  for (let at = 0; at < lasso.length; at += 2) context.lineTo(lasso[at] as number, lasso[at + 1] as number);
  context.closePath();
  context.stroke();
  context.setLineDash([]);
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
