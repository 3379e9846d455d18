import { axisNames } from "../components/scatter-panel.tsx";
import { curvesOf } from "../session/curves.ts";
import type { Recording } from "../session/recording.ts";
import type { View } from "../session/view.ts";
import { currentTheme, FONT, viridisCss } from "../views/colours.ts";
import type { Legend } from "../views/legend.ts";
import { pixelPositions } from "../views/plane.ts";
import { paintScatter, radiusFor } from "../views/scatter.ts";
import { layoutOf, paintSound } from "../views/sound-view.ts";
import type { Area } from "../views/tiles.ts";

/** CSS pixels of a picture of the view. */
export const PICTURE = { width: 1280, height: 720 } as const;
const PAD = 20;
const SCATTER = 440;
/** Height of a line of the legend. */
const LEGEND = 22;

/** Draws the view as one picture: the recording over time at the left, the plane at the right, what it is above both. */
export function paintPicture(context: CanvasRenderingContext2D, view: View, recording: Recording): void {
  const theme = currentTheme();
  const { width, height } = PICTURE;
  context.fillStyle = theme.panel;
  context.fillRect(0, 0, width, height);
  context.fillStyle = theme.ink;
  context.font = "600 18px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(recording.name, PAD, PAD + 8, width - 2 * PAD - SCATTER);
  context.fillStyle = theme.quiet;
  context.textAlign = "right";
  context.font = "13px system-ui, sans-serif";
  const seeded = [...recording.results.values()].some(({ header }) => header.weights === "seeded");
  context.fillText(
    seeded ? "orca-embeddings · SEEDED WEIGHTS: no learned meaning" : "orca-embeddings",
    width - PAD,
    PAD + 8,
  );
  const top = 2 * PAD + 16;
  const lanes = { scores: true, picture: true, embeddings: false };
  const curves = curvesOf(view, recording).length;
  const layout = layoutOf(width - 3 * PAD - SCATTER, height - top - PAD, lanes, curves);
  context.save();
  context.translate(PAD, top);
  paintSound(context, layout, view, recording, undefined);
  context.restore();
  const square = { x: width - PAD - SCATTER, y: top, width: SCATTER, height: height - top - PAD - 2 * LEGEND };
  const marks = { selected: view.selected, cursor: view.cursor, playing: view.playing, lasso: [] };
  const { colour, legend } = view.colours();
  const drawn = {
    pixels: pixelPositions(view.points.positions(), square),
    colour,
    radius: radiusFor(colour.length, 1),
  };
  paintScatter(context, square, drawn, axisNames(view.points), marks);
  paintLegend(context, { x: square.x, y: height - PAD - 2 * LEGEND, width: SCATTER, height: 2 * LEGEND }, legend);
}

function paintLegend(context: CanvasRenderingContext2D, { x, y, width }: Area, legend: Legend): void {
  context.textAlign = "left";
  context.font = FONT;
  const write = (text: string, at: number, line: number) => {
    context.fillStyle = currentTheme().quiet;
    context.fillText(text, at, y + (line + 0.5) * LEGEND);
    return at + context.measureText(text).width;
  };
  let [at, line] = [x + 20, 0];
  if (legend.kind === "scale") {
    at = write(legend.low, at, 0) + 8;
    for (let step = 0; step < 140; step++) {
      context.fillStyle = viridisCss(step / 139);
      context.fillRect(at + step, y + LEGEND / 2 - 5, 1, 10);
    }
    write(legend.high, at + 148, 0);
    return;
  }
  for (const { name, colour } of legend.names) {
    if (at + 16 + context.measureText(name).width > x + width && at > x + 20) [at, line] = [x + 20, line + 1];
    if (line > 1) return;
    context.fillStyle = colour;
    context.fillRect(at, y + (line + 0.5) * LEGEND - 5, 10, 10);
    at = write(name, at + 15, line) + 14;
  }
}

/** A canvas that holds the picture, `scale` pixels to a CSS pixel. */
export function pictureCanvas(scale: number): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement("canvas");
  canvas.width = PICTURE.width * scale;
  canvas.height = PICTURE.height * scale;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw on.");
  context.scale(scale, scale);
  return { canvas, context };
}
