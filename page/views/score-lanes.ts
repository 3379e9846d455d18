import { type Curve, curvesOf } from "../session/curves.ts";
import type { Recording } from "../session/recording.ts";
import type { View } from "../session/view.ts";
import { currentTheme, FONT } from "./colours.ts";
import { labelColour } from "./label-colour.ts";
import { paintLane, within } from "./lane.ts";
import { type Area, xOf } from "./tiles.ts";

/** Height of the scores' lanes together: one alone is higher. */
export const scoresHeight = (count: number) => (count <= 1 ? 38 : 30 * count);

const INSIDE = 3;
/** Pixels about a threshold's line that take hold of it. */
const NEAR = 7;

/** The lane of one of several curves. */
function laneOf({ x, y, width, height }: Area, count: number, k: number): Area {
  const each = height / count;
  return { x, y: y + k * each, width, height: each - (count > 1 ? 2 : 0) };
}

function heightOf({ y, height }: Area, { least, most }: Curve, value: number): number {
  return y + height - INSIDE - ((value - least) / (most - least || 1)) * (height - 2 * INSIDE);
}

/** The curve whose line is at a height, and what a height is of it. */
export function lineAt(
  area: Area,
  curves: readonly Curve[],
  y: number,
): { readonly curve: Curve; readonly valueAt: (y: number) => number } | undefined {
  for (const [k, curve] of curves.entries()) {
    const lane = laneOf(area, curves.length, k);
    const { threshold, least, most } = curve;
    if (threshold === undefined || Math.abs(heightOf(lane, curve, threshold) - y) > NEAR) continue;
    if (y < lane.y - NEAR || y > lane.y + lane.height + NEAR) continue;
    const valueAt = (at: number) =>
      least + ((lane.y + lane.height - INSIDE - at) / (lane.height - 2 * INSIDE)) * (most - least);
    return { curve, valueAt };
  }
  return undefined;
}

/** Each curve in a lane of its own, with its threshold's line and its events as boxes. */
export function paintScores(
  context: CanvasRenderingContext2D,
  area: Area,
  view: View,
  recording: Recording,
  span: readonly [number, number],
): void {
  const theme = currentTheme();
  const result = recording.results.get(view.model);
  const curves = curvesOf(view, recording);
  context.font = FONT;
  if (curves.length === 0) {
    paintLane(context, area, "scores");
    return;
  }
  if (result === undefined) return;
  const current = view.detector.list()[view.detector.current];
  for (const [k, curve] of curves.entries()) {
    const lane = laneOf(area, curves.length, k);
    const colour = curve.label === undefined ? theme.accent : labelColour(view, curve.label);
    paintLane(context, lane, curve.about);
    within(context, lane, () => {
      for (const event of curve.events) {
        if (event.end < span[0] || event.start > span[1]) continue;
        const left = xOf(lane, span, event.start);
        const width = Math.max(3, xOf(lane, span, event.end) - left);
        const verdict = view.detector.verdict(event);
        context.globalAlpha = verdict === false ? 0.12 : 0.34;
        context.fillStyle = colour;
        context.fillRect(left, lane.y, width, lane.height);
        context.globalAlpha = 1;
        const looked = event === current && view.drawer === "events";
        context.lineWidth = looked ? 2 : 1;
        context.strokeStyle = looked ? theme.ink : colour;
        context.setLineDash(verdict === false ? [2, 3] : []);
        context.strokeRect(left + 0.5, lane.y + 0.5, width - 1, lane.height - 1);
        context.setLineDash([]);
        if (verdict !== undefined && width > 12) {
          context.fillStyle = theme.ink;
          context.textAlign = "left";
          context.textBaseline = "top";
          context.fillText(verdict ? "✓" : "✕", left + 3, lane.y + 2);
        }
      }
      context.strokeStyle = curve.label === undefined ? theme.accent : theme.ink;
      context.lineWidth = 1.5;
      context.lineJoin = "round";
      context.beginPath();
      for (let window = 0; window < curve.values.length; window++) {
        const middle = ((result.starts[window] as number) + (result.ends[window] as number)) / 2;
        if (middle < span[0] - 60 || middle > span[1] + 60) continue;
        context.lineTo(xOf(lane, span, middle), heightOf(lane, curve, curve.values[window] as number));
      }
      context.stroke();
      if (curve.threshold !== undefined) line(context, lane, heightOf(lane, curve, curve.threshold));
    });
  }
}

/** A threshold, with a handle at the right that says that it can be moved. */
function line(context: CanvasRenderingContext2D, { x, width }: Area, y: number): void {
  const theme = currentTheme();
  context.strokeStyle = theme.quiet;
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + width, y);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = theme.quiet;
  context.beginPath();
  context.roundRect(x + width - 15, y - 3, 11, 6, 3);
  context.fill();
}
