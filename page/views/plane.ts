/** Points of the plane on the screen, and which of them are meant. */
import type { Area } from "./tiles.ts";

/** Room for the axes. */
export const MARGIN = { left: 26, right: 14, top: 12, bottom: 26 };
/** Of a point. */
export const RADIUS = 4;

/** Points of the plane as pixels of an area, x and y. */
export function pixelPositions(positions: Float32Array, area: Area): Float32Array {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < positions.length; at += 2) {
    const [x, y] = [positions[at] as number, positions[at + 1] as number];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  const width = area.width - MARGIN.left - MARGIN.right - 2 * RADIUS;
  const height = area.height - MARGIN.top - MARGIN.bottom - 2 * RADIUS;
  // One scale for both axes: distances in the picture are distances.
  const scale = Math.min(width / (right - left || 1), height / (top - bottom || 1));
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  return positions.map((value, at) =>
    at % 2 === 0
      ? area.x + MARGIN.left + RADIUS + width / 2 + (value - middleX) * scale
      : area.y + MARGIN.top + RADIUS + height / 2 - (value - middleY) * scale,
  );
}

/** The point under a place, or undefined. */
export function pointAt(pixels: Float32Array, x: number, y: number, reach: number): number | undefined {
  let [best, least] = [-1, reach * reach];
  for (let at = 0; at < pixels.length; at += 2) {
    const distance = ((pixels[at] as number) - x) ** 2 + ((pixels[at + 1] as number) - y) ** 2;
    if (distance <= least) [best, least] = [at / 2, distance];
  }
  return best === -1 ? undefined : best;
}

/** The points inside a closed line, by the even-odd rule. */
export function pointsInside(pixels: Float32Array, line: readonly number[]): number[] {
  const inside: number[] = [];
  for (let point = 0; point < pixels.length / 2; point++) {
    const [x, y] = [pixels[2 * point] as number, pixels[2 * point + 1] as number];
    let odd = false;
    for (let at = 0, before = line.length - 2; at < line.length; before = at, at += 2) {
      const [ax, ay, bx, by] = [line[at], line[at + 1], line[before], line[before + 1]] as [
        number,
        number,
        number,
        number,
      ];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
    }
    if (odd) inside.push(point);
  }
  return inside;
}
