import type { Sound } from "../audio/sound.ts";
import { currentTheme, FONT, GREY_PIXELS, MAGMA_PIXELS, VIRIDIS_PIXELS } from "../views/colours.ts";
import type { Area } from "../views/tiles.ts";
import { type Band, frequencyTicks, hertzText, placeOf } from "./frequency-scale.ts";
import { byteOf, dbOf } from "./spectrum.ts";
import { COLUMNS, columnSeconds, levelFor, type Picture, ROWS, type Tile } from "./tile.ts";
import type { TileStore } from "./tile-store.ts";

export const COLOURS = { magma: MAGMA_PIXELS, viridis: VIRIDIS_PIXELS, grey: GREY_PIXELS } as const;
export type ColourName = keyof typeof COLOURS;

/** Decibels of full scale at the dark and at the bright end; undefined finds them from what is shown. */
export interface Contrast {
  readonly low: number;
  readonly high: number;
}

/** How the picture is looked at. */
export interface Look {
  readonly picture: Picture;
  readonly contrast: Contrast | undefined;
  readonly colours: ColourName;
}

/** Draws the spectrogram of a sound out of tiles, with what is there until the right ones have come. */
export class SpectrogramPainter {
  readonly #store: TileStore;
  readonly #canvases = new WeakMap<Tile, { readonly key: string; readonly canvas: OffscreenCanvas }>();
  /** Found on the first tiles of a sound, and kept, so that the picture does not flicker. */
  readonly #found = new Map<string, { contrast: Contrast; tiles: number }>();

  constructor(store: TileStore) {
    this.#store = store;
  }

  /** The contrast that holds for a sound. */
  contrast(name: string, look: Look): Contrast {
    return look.contrast ?? this.#found.get(name)?.contrast ?? { low: -100, high: -30 };
  }

  /**
   * Paints the seconds `from` to `to`.
   * @param wave  where the wave goes, if anywhere
   */
  paint(
    context: CanvasRenderingContext2D,
    area: Area,
    wave: Area | undefined,
    name: string,
    sound: Sound,
    look: Look,
    [from, to]: readonly [number, number],
  ): void {
    const { picture } = look;
    const scale = area.width / (to - from);
    const level = levelFor(picture, sound.rate, 1 / scale);
    const width = COLUMNS * columnSeconds(picture, sound.rate, level);
    const [first, last] = [Math.max(0, Math.floor(from / width)), Math.floor(Math.min(to, sound.seconds) / width)];
    this.#store.begin();
    const shown: (Tile | undefined)[] = [];
    for (let index = first; index <= last; index++)
      shown.push(this.#store.get(name, sound, picture, level, index, "there"));
    // Of a long recording a rough picture of all of it comes first: one tile, where the right ones are many.
    const whole = levelOfAll(picture, sound);
    const all =
      whole > level + 1 && shown.every((tile) => tile === undefined)
        ? this.#store.get(name, sound, picture, whole, 0, "rough")
        : undefined;
    for (let index = first; index <= last; index++) this.#store.get(name, sound, picture, level, index);
    this.#range(name, all === undefined ? shown : [all]);
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.width, area.height);
    context.clip();
    context.fillStyle = `rgb(${cssOf(COLOURS[look.colours][0] as number)})`;
    context.fillRect(area.x, area.y, Math.min(area.width, (sound.seconds - from) * scale), area.height);
    for (let index = first; index <= last; index++) {
      const tile = shown[index - first];
      if (tile === undefined)
        this.#other(context, area, name, sound, look, level, [index * width, (index + 1) * width], from, scale);
      else this.#draw(context, area, tile, name, look, area.x + (index * width - from) * scale, width * scale);
    }
    context.restore();
    if (wave !== undefined)
      paintWave(context, wave, shown, (at) => wave.x + ((first + at) * width - from) * scale, width * scale);
    // Beside what is seen: scrolling finds it there.
    for (const index of [last + 1, first - 1])
      if (index >= 0 && index * width < sound.seconds) this.#store.get(name, sound, picture, level, index);
    this.#store.end();
  }

  /** What a coarser level has of a stretch, else what finer ones have. */
  #other(
    context: CanvasRenderingContext2D,
    area: Area,
    name: string,
    sound: Sound,
    look: Look,
    level: number,
    [start, end]: readonly [number, number],
    from: number,
    scale: number,
  ): void {
    for (let other = level + 1; other < level + 16; other++) {
      const width = COLUMNS * columnSeconds(look.picture, sound.rate, other);
      const index = Math.floor(start / width);
      const tile = this.#store.get(name, sound, look.picture, other, index, "there");
      if (tile === undefined) continue;
      context.save();
      context.beginPath();
      context.rect(area.x + (start - from) * scale, area.y, (end - start) * scale, area.height);
      context.clip();
      this.#draw(context, area, tile, name, look, area.x + (index * width - from) * scale, width * scale);
      context.restore();
      return;
    }
    for (let other = level - 1; other >= Math.max(0, level - 4); other--) {
      const width = COLUMNS * columnSeconds(look.picture, sound.rate, other);
      let found = false;
      for (let index = Math.floor(start / width + 1e-6); index * width < end - 1e-9; index++) {
        const tile = this.#store.get(name, sound, look.picture, other, index, "there");
        if (tile === undefined) continue;
        found = true;
        this.#draw(context, area, tile, name, look, area.x + (index * width - from) * scale, width * scale);
      }
      if (found) return;
    }
  }

  #draw(context: CanvasRenderingContext2D, area: Area, tile: Tile, name: string, look: Look, x: number, width: number) {
    if (tile.columns === 0) return;
    const { low, high } = this.contrast(name, look);
    const key = `${low.toFixed(1)} ${high.toFixed(1)} ${look.colours}`;
    let held = this.#canvases.get(tile);
    if (held?.key !== key) {
      held = { key, canvas: coloured(tile, COLOURS[look.colours], byteOf(low), byteOf(high), held?.canvas) };
      this.#canvases.set(tile, held);
    }
    const across = (width * tile.columns) / COLUMNS;
    context.imageSmoothingEnabled = true;
    context.drawImage(held.canvas, 0, 0, tile.columns, ROWS, x, area.y, across, area.height);
  }

  /** The range of the colours leaves out the outermost values. */
  #range(name: string, tiles: readonly (Tile | undefined)[]): void {
    const there = tiles.filter((tile) => tile !== undefined && tile.columns > 0) as Tile[];
    const before = this.#found.get(name);
    if (there.length === 0 || (before !== undefined && (there.length <= before.tiles || before.tiles >= 2))) return;
    const counts = new Uint32Array(256);
    let all = 0;
    for (const { values, columns } of there)
      for (let row = 0; row < ROWS; row += 2)
        for (let column = 0; column < columns; column += 2) {
          const value = values[row * COLUMNS + column] as number;
          if (value === 0) continue;
          counts[value] = (counts[value] as number) + 1;
          all++;
        }
    const at = (part: number) => {
      let left = part * all;
      for (let value = 0; value < 256; value++) {
        left -= counts[value] as number;
        if (left <= 0) return dbOf(value);
      }
      return 0;
    };
    if (all === 0) return;
    const [low, high] = [at(0.08), at(0.9985)];
    this.#found.set(name, { contrast: { low, high: Math.max(high, low + 20) }, tiles: there.length });
  }
}

/** The level at which one tile holds all of a sound. */
function levelOfAll(picture: Picture, { rate, seconds }: Sound): number {
  return Math.max(0, Math.ceil(Math.log2(seconds / (COLUMNS * columnSeconds(picture, rate, 0)))));
}

const cssOf = (pixel: number) => `${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255}`;

function coloured(
  tile: Tile,
  colours: Uint32Array,
  low: number,
  high: number,
  before?: OffscreenCanvas,
): OffscreenCanvas {
  const canvas = before ?? new OffscreenCanvas(COLUMNS, ROWS);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  const shades = Uint32Array.from({ length: 256 }, (_, value) => {
    const shade = Math.round((255 * (value - low)) / (high - low || 1));
    return colours[Math.max(0, Math.min(255, shade))] as number;
  });
  const image = context.createImageData(COLUMNS, ROWS);
  const pixels = new Uint32Array(image.data.buffer);
  const { values } = tile;
  for (let row = 0; row < ROWS; row++) {
    const [from, to] = [row * COLUMNS, (ROWS - 1 - row) * COLUMNS];
    for (let column = 0; column < COLUMNS; column++)
      pixels[to + column] = shades[values[from + column] as number] as number;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function paintWave(
  context: CanvasRenderingContext2D,
  area: Area,
  tiles: readonly (Tile | undefined)[],
  left: (at: number) => number,
  width: number,
): void {
  let reach = 0;
  for (const tile of tiles)
    for (const value of tile?.wave ?? []) reach = Math.max(reach, Math.abs(value - (tile?.mean ?? 0)));
  const middle = area.y + area.height / 2;
  const unit = (area.height / 2 - 1) / (reach || 1);
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  context.fillStyle = currentTheme().line;
  context.fillRect(area.x, middle, area.width, 1);
  context.fillStyle = currentTheme().wave;
  for (const [at, tile] of tiles.entries()) {
    if (tile === undefined) continue;
    const step = width / COLUMNS;
    for (let column = 0; column < tile.columns; column++) {
      const [low, high] = [
        (tile.wave[2 * column] as number) - tile.mean,
        (tile.wave[2 * column + 1] as number) - tile.mean,
      ];
      context.fillRect(
        left(at) + column * step,
        middle - high * unit,
        Math.max(step, 0.6),
        Math.max(1, (high - low) * unit),
      );
    }
  }
  context.restore();
}

export function paintFrequencyAxis(context: CanvasRenderingContext2D, { x, y, height }: Area, band: Band): void {
  const theme = currentTheme();
  context.font = FONT;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const hertz of frequencyTicks(band, 26 / height)) {
    const at = y + height * (1 - placeOf(hertz, band));
    context.fillStyle = theme.line;
    context.fillRect(x - 4, at, 4, 1);
    context.fillStyle = theme.quiet;
    if (at > y + 4 && at < y + height + 2) context.fillText(hertzText(hertz), x - 7, Math.max(y + 7, at));
  }
}
