import { currentTheme, FONT } from "./colours.ts";
import { type Area, GUTTER } from "./tiles.ts";

/** The ground of a lane over time, and its name at the left. */
export function paintLane(context: CanvasRenderingContext2D, { x, y, width, height }: Area, name: string): void {
  const theme = currentTheme();
  context.fillStyle = theme.ground;
  context.fillRect(x, y, width, height);
  context.font = FONT;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = theme.quiet;
  context.fillText(name, x - 7, y + height / 2, GUTTER - 8);
}

/** Draws within an area, and leaves the context as it was. */
export function within(context: CanvasRenderingContext2D, { x, y, width, height }: Area, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  draw();
  context.restore();
}
