/** Points of the plane on the screen, and which of them are meant. */
import type { Area } from "./tiles.ts";

/** Room for the axes. */
export const MARGIN = { left: 26, right: 14, top: 12, bottom: 26 };
/** Of a point, where there are few. */
export const RADIUS = 4;

/** What part of the plane is looked at: `x` and `y` are the middle, in the plane's own units from the middle of all. */
export interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}
export const WHOLE: Camera = { zoom: 1, x: 0, y: 0 };
const MOST_ZOOM = 200;

interface Placing {
  /** Pixels to a unit of the plane. */
  readonly scale: number;
  readonly middle: readonly [number, number];
  /** The pixel at which the middle stands. */
  readonly centre: readonly [number, number];
}

interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** Points as they are drawn. */
interface Framed {
  readonly positions: Float32Array;
  readonly bounds: Bounds;
  /** Whether outer points are drawn nearer than they are. */
  readonly drawnNearer: boolean;
}
/** Positions are never changed once they are there. */
const known = new WeakMap<Float32Array, Framed>();

/** Of both axes the outermost part that does not decide the limits, and how far these reach beyond the others. */
const OUTER = 0.02;
const BEYOND = 0.35;
/** How much of the others' reach is left for what lies beyond the limits. */
const RIM = 0.12;
/** Values that are looked at to find the limits. */
const SAMPLE = 20_000;

/**
 * Points within robust limits: one ship does not squeeze the rest. What lies beyond the limits is drawn in a rim, in its
 * order. Positions that are not finite are those of points that are not shown.
 */
function framed(positions: Float32Array): Framed {
  const before = known.get(positions);
  if (before !== undefined) return before;
  const axes = [0, 1].map((axis) => limitsOf(positions, axis));
  const [x, y] = axes as [Limits, Limits];
  const drawnNearer = x.beyond || y.beyond;
  const drawn = drawnNearer
    ? positions.map((value, at) => (at % 2 === 0 ? nearer(value, x) : nearer(value, y)))
    : positions;
  const bounds = { left: x.least, right: x.most, bottom: y.least, top: y.most };
  const made = { positions: drawn, bounds, drawnNearer };
  known.set(positions, made);
  return made;
}

/** Whether outer points are drawn nearer than they are. */
export const drawsNearer = (positions: Float32Array) => framed(positions).drawnNearer;

interface Limits {
  readonly low: number;
  readonly high: number;
  readonly rim: number;
  /** Where the drawn points end. */
  readonly least: number;
  readonly most: number;
  readonly beyond: boolean;
}

function limitsOf(positions: Float32Array, axis: number): Limits {
  const count = positions.length / 2;
  const step = Math.max(1, Math.floor(count / SAMPLE));
  const values: number[] = [];
  let [least, most] = [Infinity, -Infinity];
  for (let point = 0; point < count; point++) {
    const value = positions[2 * point + axis] as number;
    if (value < least) least = value;
    if (value > most) most = value;
    if (point % step === 0 && Number.isFinite(value)) values.push(value);
  }
  const sorted = Float64Array.from(values).sort();
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  const reach = at(1 - OUTER) - at(OUTER);
  const [low, high] = [at(OUTER) - BEYOND * reach, at(1 - OUTER) + BEYOND * reach];
  const rim = RIM * reach;
  if (!(reach > 0)) return { low: least, high: most, rim: 0, least, most, beyond: false };
  const limits = { low, high, rim, least, most, beyond: least < low || most > high };
  return { ...limits, least: nearer(least, limits), most: nearer(most, limits) };
}

/** Beyond a limit distances shrink, so that all of them fit into the rim. */
function nearer(value: number, { low, high, rim }: Pick<Limits, "low" | "high" | "rim">): number {
  if (rim === 0 || (value >= low && value <= high)) return value;
  const [limit, way] = value < low ? [low, -1] : [high, 1];
  const past = Math.abs(value - limit) / rim;
  return limit + (way * rim * past) / (1 + past);
}

function placing(positions: Float32Array, area: Area, { zoom, x, y }: Camera): Placing {
  const { left, right, bottom, top } = framed(positions).bounds;
  const width = area.width - MARGIN.left - MARGIN.right - 2 * RADIUS;
  const height = area.height - MARGIN.top - MARGIN.bottom - 2 * RADIUS;
  // One scale for both axes: distances in the picture are distances.
  const scale = Math.min(width / (right - left || 1), height / (top - bottom || 1));
  return {
    scale: scale * zoom,
    middle: [(left + right) / 2 + x, (top + bottom) / 2 + y],
    centre: [area.x + MARGIN.left + RADIUS + width / 2, area.y + MARGIN.top + RADIUS + height / 2],
  };
}

/** Points of the plane as pixels of an area, x and y. */
export function pixelPositions(positions: Float32Array, area: Area, camera: Camera = WHOLE): Float32Array {
  const { scale, middle, centre } = placing(positions, area, camera);
  const drawn = framed(positions).positions;
  const pixels = new Float32Array(drawn.length);
  for (let at = 0; at < drawn.length; at += 2) {
    pixels[at] = centre[0] + ((drawn[at] as number) - middle[0]) * scale;
    pixels[at + 1] = centre[1] - ((drawn[at + 1] as number) - middle[1]) * scale;
  }
  return pixels;
}

/** The camera that is `factor` nearer, with what stands at a pixel staying there. */
export function zoomed(
  positions: Float32Array,
  area: Area,
  camera: Camera,
  factor: number,
  [pixelX, pixelY]: readonly [number, number],
): Camera {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, camera.zoom * factor));
  if (zoom === 1) return WHOLE;
  const { scale, centre } = placing(positions, area, camera);
  const nearer = (scale * zoom) / camera.zoom;
  return {
    zoom,
    x: camera.x + (pixelX - centre[0]) * (1 / scale - 1 / nearer),
    y: camera.y - (pixelY - centre[1]) * (1 / scale - 1 / nearer),
  };
}

/** The camera after the plane was pushed by some pixels. */
export function moved(positions: Float32Array, area: Area, camera: Camera, across: number, down: number): Camera {
  const { scale } = placing(positions, area, camera);
  return { ...camera, x: camera.x - across / scale, y: camera.y + down / scale };
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

/** The points of a circle. */
export function pointsAround(pixels: Float32Array, x: number, y: number, radius: number): number[] {
  const inside: number[] = [];
  for (let at = 0; at < pixels.length; at += 2) {
    if (((pixels[at] as number) - x) ** 2 + ((pixels[at + 1] as number) - y) ** 2 <= radius * radius)
      inside.push(at / 2);
  }
  return inside;
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
