import { MARGIN } from "./plane.ts";
import type { Area } from "./tiles.ts";

/** A disc: for each pixel its place from the middle, and how much of it is covered, 0 to 256. */
interface Disc {
  readonly x: Int8Array;
  readonly y: Int8Array;
  readonly cover: Uint16Array;
}

function discOf(radius: number): Disc {
  const reach = Math.ceil(radius + 0.5);
  const pixels: (readonly [number, number, number])[] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const cover = Math.round(256 * Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y))));
      if (cover > 0) pixels.push([x, y, cover]);
    }
  }
  return {
    x: Int8Array.from(pixels, ([x]) => x),
    y: Int8Array.from(pixels, ([, y]) => y),
    cover: Uint16Array.from(pixels, ([, , cover]) => cover),
  };
}

/** Which points are drawn how: 0 as they are, 1 faint and below the others, 2 not at all. */
export type Shown = Uint8Array;
export const [PLAIN, FAINT, HIDDEN] = [0, 1, 2];
const FAINTNESS = 0.22;

/**
 * Draws points as discs into pixels of its own, which is many times as fast as a canvas's paths: 100,000 take a few
 * milliseconds, with no graphics card.
 */
export class PointsRaster {
  readonly #canvas = document.createElement("canvas");
  #image: ImageData | undefined;
  #discs: { readonly radius: number; readonly disc: Disc; readonly wider: Disc } | undefined;

  /**
   * @param pixels  x and y of each point, in CSS pixels of the context
   * @param colour  little-endian RGBA of each point
   * @param radius  CSS pixels
   * @param rim     a pixel's colour that sets each plain point off the ground, which a scale's ends may come near to
   */
  paint(
    context: CanvasRenderingContext2D,
    area: Area,
    pixels: Float32Array,
    colour: Uint32Array,
    radius: number,
    shown: Shown | undefined,
    rim: number | undefined,
  ): void {
    const ratio = context.getTransform().a;
    const inner = { x: area.x + MARGIN.left - 5, y: area.y, width: 0, height: area.height - MARGIN.bottom + 6 };
    inner.width = area.x + area.width - inner.x;
    const [width, height] = [Math.ceil(inner.width * ratio), Math.ceil(inner.height * ratio)];
    if (width <= 0 || height <= 0) return;
    const image = this.#sized(width, height);
    const out = new Uint32Array(image.data.buffer);
    out.fill(0);
    if (this.#discs?.radius !== radius * ratio) {
      this.#discs = { radius: radius * ratio, disc: discOf(radius * ratio), wider: discOf((radius + 1) * ratio) };
    }
    const { disc, wider } = this.#discs;
    const count = Math.min(pixels.length / 2, colour.length);
    for (const pass of shown === undefined ? [PLAIN] : [FAINT, PLAIN]) {
      const strength = pass === FAINT ? FAINTNESS : 1;
      for (let point = 0; point < count; point++) {
        if (shown !== undefined && shown[point] !== pass) continue;
        const x = ((pixels[2 * point] as number) - inner.x) * ratio;
        const y = ((pixels[2 * point + 1] as number) - inner.y) * ratio;
        // Also false where a point has no place.
        if (!(x > -20 && y > -20 && x < width + 20 && y < height + 20)) continue;
        if (rim !== undefined && pass === PLAIN) {
          stamp(out, width, height, Math.round(x), Math.round(y), wider, rim, 1);
        }
        stamp(out, width, height, Math.round(x), Math.round(y), disc, colour[point] as number, strength);
      }
    }
    this.#canvas.getContext("2d")?.putImageData(image, 0, 0);
    context.drawImage(this.#canvas, inner.x, inner.y, width / ratio, height / ratio);
  }

  #sized(width: number, height: number): ImageData {
    if (this.#image?.width !== width || this.#image.height !== height) {
      Object.assign(this.#canvas, { width, height });
      this.#image = new ImageData(width, height);
    }
    return this.#image as ImageData;
  }
}

function stamp(
  out: Uint32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  disc: Disc,
  colour: number,
  strength: number,
): void {
  const { cover } = disc;
  for (let at = 0; at < cover.length; at++) {
    const column = x + (disc.x[at] as number);
    const line = y + (disc.y[at] as number);
    if (column < 0 || line < 0 || column >= width || line >= height) continue;
    const place = line * width + column;
    const part = Math.round((cover[at] as number) * strength);
    const below = out[place] as number;
    if (part >= 256) out[place] = colour;
    else if (below === 0) out[place] = (colour & 0xffffff) | (Math.min(255, part) << 24);
    else out[place] = mixed(below, colour, part);
  }
}

/** `part` of 256 of a colour over another, channel by channel; the more opaque of the two counts. */
function mixed(below: number, above: number, part: number): number {
  const channel = (shift: number) => {
    const from = (below >>> shift) & 255;
    return (from + ((((above >>> shift) & 255) - from) * part) / 256) << shift;
  };
  const alpha = below >>> 24;
  const covered = alpha + ((255 - alpha) * part) / 256;
  return ((covered << 24) | (channel(16) & 0xff0000) | (channel(8) & 0xff00) | (channel(0) & 0xff)) >>> 0;
}
