/**
 * What TensorBoard's Embedding Projector takes (tensorboard/plugins/projector/vz_projector), met by choice: a thumbnail that
 * fits, a share of the windows, binary tensors where text would be long.
 */

/** Pixels a side of the sprite: MAX_SPRITE_IMAGE_SIZE_PX of vz_projector/data-provider.ts. */
export const MAX_SPRITE_SIDE = 8192;

/** Points of one embedding: LIMIT_NUM_POINTS of vz_projector, and what its canvas still turns smoothly. */
export const MAX_POINTS = 100_000;

/** Above this many numbers (about 24 MB as text) tensors are little-endian float32 in a .bytes file. */
export const MAX_TEXT_NUMBERS = 2_000_000;

/** Thumbnails are square, so that the sprite is too; 64 px are the mel bands of all three models. */
export const DEFAULT_THUMBNAIL = 64;
export const MIN_THUMBNAIL = 8;
export const MAX_THUMBNAIL = 128;

/** A square grid of square thumbnails. */
export interface SpriteGrid {
  /** Thumbnails in a row, and rows. */
  readonly columns: number;
  /** Pixels a side of one thumbnail. */
  readonly thumbnail: number;
  /** Pixels a side of the image: at most MAX_SPRITE_SIDE. */
  readonly side: number;
}

/** The grid for `count` windows with thumbnails of `wanted` px, smaller where they would not fit. */
export function spriteGrid(count: number, wanted: number): SpriteGrid {
  const columns = Math.ceil(Math.sqrt(count));
  const thumbnail = Math.min(wanted, Math.floor(MAX_SPRITE_SIDE / columns));
  return { columns, thumbnail, side: columns * thumbnail };
}

/** Windows that one embedding shows, by their place among all that were taken. */
export interface Part {
  /** 1, 2, … of `parts`. */
  readonly number: number;
  readonly parts: number;
  readonly count: number;
  /** The place of the part's k-th window. */
  readonly place: (k: number) => number;
}

/**
 * Which windows are shown where there are more than `most`: evenly sampled, or all of them in parts of nearly the same
 * size. No part is empty.
 */
export function partsOf(windows: number, most: number, split: boolean): Part[] {
  if (!split || windows <= most) {
    const count = Math.min(windows, most);
    return windows === 0 ? [] : [{ number: 1, parts: 1, count, place: (k) => Math.floor((k * windows) / count) }];
  }
  const parts = Math.ceil(windows / most);
  const start = (part: number) => Math.floor((part * windows) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    number: part + 1,
    parts,
    count: start(part + 1) - start(part),
    place: (k) => start(part) + k,
  }));
}
