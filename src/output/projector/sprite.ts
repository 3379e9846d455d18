import type { SpriteGrid } from "./limits.ts";
import { palettePng } from "./palette-png.ts";
import { Resizer } from "./thumbnail.ts";

/**
 * sprite.png: thumbnails in rows from the top left, in the order of the windows.
 * @param thumbnails  grey pictures of `side` px a side
 */
export function sprite(
  thumbnails: AsyncIterable<Uint8Array>,
  side: number,
  palette: Uint8Array,
  grid: SpriteGrid,
): AsyncGenerator<Uint8Array> {
  return palettePng(grid.side, grid.side, palette, lines(thumbnails, side, grid));
}

/** A row of thumbnails at a time, then what is left of the square. */
async function* lines(
  thumbnails: AsyncIterable<Uint8Array>,
  side: number,
  { columns, thumbnail: size, side: width }: SpriteGrid,
): AsyncGenerator<Uint8Array> {
  const resizer = size === side ? undefined : new Resizer(side, side, size, size);
  let block = new Uint8Array(width * size);
  let filled = 0;
  let rows = 0;
  for await (const picture of thumbnails) {
    const pixels = resizer?.resize(picture).map(Math.round) ?? picture;
    for (let y = 0; y < size; y++) block.set(pixels.subarray(y * size, (y + 1) * size), y * width + filled * size);
    if (++filled < columns) continue;
    yield block;
    block = new Uint8Array(width * size);
    filled = 0;
    rows++;
  }
  if (filled > 0) {
    yield block;
    rows++;
  }
  for (; rows < columns; rows++) yield new Uint8Array(width * size);
}
