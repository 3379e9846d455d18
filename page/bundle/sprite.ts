import { type DecodedPng, decode } from "fast-png";
import { OrcaError } from "../../src/errors.ts";

/**
 * A sprite, held as the PNG has it: a palette's 8192 px a side are 67 MB, a quarter of what the browser's own pictures
 * take. Thumbnails are cut out when they are looked at.
 */
export class Sprite {
  readonly width: number;
  readonly height: number;
  readonly #png: DecodedPng;
  readonly #dim: readonly [number, number];

  constructor(bytes: Uint8Array, dim: readonly [number, number], file: string) {
    try {
      this.#png = decode(bytes);
    } catch (cause) {
      throw new OrcaError("bundle_invalid", `${file} is no PNG that can be read: ${(cause as Error).message}.`, {
        field: file,
        hint: "Make the bundle again.",
        cause,
      });
    }
    if (this.#png.depth > 8) {
      throw new OrcaError("bundle_invalid", `${file} has ${this.#png.depth} bits a channel.`, {
        field: file,
        hint: "Write it with 8.",
      });
    }
    this.width = this.#png.width;
    this.height = this.#png.height;
    this.#dim = dim;
  }

  /** The thumbnail of a point; what lies outside the sprite is transparent. */
  thumbnail(point: number): ImageData {
    const [width, height] = this.#dim;
    const across = Math.max(1, Math.floor(this.width / width));
    const [left, top] = [(point % across) * width, Math.floor(point / across) * height];
    const out = new ImageData(width, height);
    const { data, channels, depth, palette } = this.#png;
    for (let y = 0; y < height && top + y < this.height; y++) {
      for (let x = 0; x < width && left + x < this.width; x++) {
        const at = (top + y) * this.width + left + x;
        const pixel =
          palette === undefined
            ? Array.from(data.subarray(at * channels, (at + 1) * channels))
            : palette[sample(data, at, depth, this.width)];
        const [red = 0, green = red, blue = red, alpha = 255] =
          pixel === undefined ? [0] : channels === 2 ? [pixel[0], pixel[0], pixel[0], pixel[1]] : pixel;
        out.data.set([red, green, blue, alpha] as number[], 4 * (y * width + x));
      }
    }
    return out;
  }
}

/** Indices of less than 8 bits lie several in a byte, each line beginning with a byte of its own. */
function sample(data: DecodedPng["data"], at: number, depth: number, width: number): number {
  if (depth === 8) return data[at] as number;
  const [line, column] = [Math.floor(at / width), at % width];
  const byte = data[line * Math.ceil((width * depth) / 8) + Math.floor((column * depth) / 8)] as number;
  return (byte >> (8 - depth - ((column * depth) % 8))) & (2 ** depth - 1);
}
