import type { Result } from "../session/result.ts";
import { MAGMA_PIXELS, VIRIDIS_PIXELS } from "./colours.ts";

/** Columns of a tile: a phone's largest canvas is far above it, and one is drawn within a few milliseconds. */
const TILE = 1024;
/** Values that are looked at to find the range of the colours. */
const SAMPLE = 20_000;

interface Tile {
  readonly canvas: HTMLCanvasElement;
  drawn: number;
  scale: number;
}

/** A picture over time that grows to the right, as canvases of a column a frame (or a window): each is drawn once. */
export class Tiles {
  readonly rows: number;
  readonly secondsAColumn: number;
  readonly #tiles: Tile[] = [];
  readonly #columns: () => number;
  readonly #value: (column: number, row: number) => number;
  /** From the lowest value of the range to the highest. */
  readonly colours: Uint32Array;
  #sampled = 0;
  #scale = 0;
  range: readonly [low: number, high: number] = [0, 1];

  constructor(
    rows: number,
    secondsAColumn: number,
    colours: Uint32Array,
    columns: () => number,
    value: (column: number, row: number) => number,
  ) {
    this.rows = rows;
    this.secondsAColumn = secondsAColumn;
    this.colours = colours;
    this.#columns = columns;
    this.#value = value;
  }

  get seconds(): number {
    return this.#columns() * this.secondsAColumn;
  }

  /** Paints the seconds `from` to `to` into a rectangle. */
  paint(context: CanvasRenderingContext2D, area: Area, from: number, to: number): void {
    this.#rescale();
    const scale = area.width / (to - from);
    const last = Math.min(this.#columns(), Math.ceil(to / this.secondsAColumn)) - 1;
    const first = Math.max(0, Math.floor(from / this.secondsAColumn));
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.width, area.height);
    context.clip();
    // Wide columns (windows) keep their edges; frames are many and may be smoothed.
    context.imageSmoothingEnabled = this.secondsAColumn * scale < 3;
    for (let index = Math.floor(first / TILE); index <= Math.floor(last / TILE) && last >= first; index++) {
      const tile = this.#tile(index);
      const start = area.x + (index * TILE * this.secondsAColumn - from) * scale;
      const width = tile.drawn * this.secondsAColumn * scale;
      context.drawImage(tile.canvas, 0, 0, tile.drawn, this.rows, start, area.y, width, area.height);
    }
    context.restore();
  }

  /** Canvas memory, in bytes. */
  get bytes(): number {
    return this.#tiles.filter((tile) => tile !== undefined).length * TILE * this.rows * 4;
  }

  #tile(index: number): Tile {
    let tile = this.#tiles[index];
    if (tile === undefined) {
      const canvas = document.createElement("canvas");
      canvas.width = TILE;
      canvas.height = this.rows;
      tile = { canvas, drawn: 0, scale: this.#scale };
      this.#tiles[index] = tile;
    }
    if (tile.scale !== this.#scale) Object.assign(tile, { drawn: 0, scale: this.#scale });
    const columns = Math.min(TILE, this.#columns() - index * TILE);
    if (columns > tile.drawn) this.#draw(tile, index * TILE, columns);
    return tile;
  }

  #draw(tile: Tile, start: number, columns: number): void {
    const context = tile.canvas.getContext("2d");
    if (context === null) return;
    const fresh = columns - tile.drawn;
    const image = context.createImageData(fresh, this.rows);
    const pixels = new Uint32Array(image.data.buffer);
    const [low, high] = this.range;
    const factor = 255 / (high - low || 1);
    for (let column = 0; column < fresh; column++) {
      for (let row = 0; row < this.rows; row++) {
        const value = (this.#value(start + tile.drawn + column, row) - low) * factor;
        const shade = value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value);
        pixels[(this.rows - 1 - row) * fresh + column] = this.colours[shade] as number;
      }
    }
    context.putImageData(image, tile.drawn, 0);
    tile.drawn = columns;
  }

  /** The range of colours leaves out the outermost values; it is found anew whenever there is half as much again. */
  #rescale(): void {
    const columns = this.#columns();
    if (columns < Math.max(1, 1.5 * this.#sampled)) return;
    this.#sampled = columns;
    const stride = Math.max(1, Math.floor((columns * this.rows) / SAMPLE));
    const values = [];
    for (let at = 0; at < columns * this.rows; at += stride) {
      values.push(this.#value(Math.floor(at / this.rows), at % this.rows));
    }
    const sorted = Float32Array.from(values).sort();
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] as number;
    this.range = [at(0.01), at(0.997)];
    this.#scale++;
  }
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room for the axes at the left of what is drawn over time. */
export const GUTTER = 56;

/** Where a time stands in an area that shows a span of seconds. */
export const xOf = ({ x, width }: Area, [from, to]: readonly [number, number], seconds: number) =>
  x + ((seconds - from) / (to - from)) * width;

/** The spectrogram that the net saw, a column a frame; for results that have one. */
export function spectrogramTiles(result: Result): Tiles {
  const { bands = 1, hop = 1 } = result.picture ?? {};
  const columns = () => result.frames.length / bands;
  return new Tiles(bands, hop, MAGMA_PIXELS, columns, (column, row) => result.frames.at(column * bands + row));
}

/** Most rows of the picture of embeddings. */
const MOST_ROWS = 128;

/** The embeddings, a column a window; each row the mean of so many dimensions that there are at most 128 rows. */
export function embeddingTiles(result: Result): Tiles {
  const size = result.header.embedding;
  const group = Math.ceil(size / MOST_ROWS);
  return new Tiles(
    Math.ceil(size / group),
    result.header.window.hop,
    VIRIDIS_PIXELS,
    () => result.windows,
    (column, row) => {
      const end = Math.min(size, (row + 1) * group);
      let sum = 0;
      for (let at = row * group; at < end; at++) sum += result.embeddings.at(column * size + at);
      return sum / (end - row * group);
    },
  );
}
