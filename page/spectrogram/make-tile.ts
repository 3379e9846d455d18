import type { Sound } from "../audio/sound.ts";
import { type Rows, rowsOf, Spectrum } from "./spectrum.ts";
import { COLUMNS, columnSeconds, ROWS, type Tile, type TileRequest } from "./tile.ts";

/** Frames that are looked at for a column, however long it is: an hour is seen as soon as a minute. */
const MOST_FRAMES = 4;

/** Samples of a tile that are read as a whole: many reads of a little take longer. */
const MOST_WHOLE = 1 << 22;
/** Columns whose frames are read at the same time. */
const TOGETHER = 16;

interface Span {
  readonly columns: number;
  readonly frames: number;
  /** Frames that are read at once. */
  readonly together: number;
  readonly fft: number;
  /** Seconds. */
  readonly start: number;
  readonly width: number;
}

/** What a column is made of: for each of its frames samples that hold it, and the number of their first. */
interface Piece {
  readonly column: number;
  readonly samples: readonly Float32Array[];
  readonly first: readonly number[];
}

type Place = (column: number, frame: number) => number;

async function* wholeTile(sound: Sound, { columns, frames, fft, start, width }: Span): AsyncGenerator<Piece> {
  const half = fft / 2 / sound.rate;
  const from = Math.max(0, start - half);
  const all = await sound.read(from, start + columns * width + half);
  const first = new Array<number>(frames).fill(Math.round(from * sound.rate));
  const samples = new Array<Float32Array>(frames).fill(all);
  for (let column = 0; column < columns; column++) yield { column, samples, first };
}

async function* frameByFrame(
  sound: Sound,
  { columns, frames, together, fft }: Span,
  place: Place,
): AsyncGenerator<Piece> {
  for (let from = 0; from < columns; from += TOGETHER) {
    const some = Array.from({ length: Math.min(TOGETHER, columns - from) }, async (_, at): Promise<Piece> => {
      const column = from + at;
      const first = Array.from({ length: frames }, (_, frame) =>
        Math.max(0, place(column, frame - (frame % together))),
      );
      const begins = [...new Set(first)];
      const length = fft + (together - 1) * (fft / 2);
      const reads = begins.map((begin) => sound.read(begin / sound.rate, (begin + length) / sound.rate));
      const read = new Map((await Promise.all(reads)).map((samples, at) => [begins[at], samples]));
      return { column, samples: first.map((begin) => read.get(begin) as Float32Array), first };
    });
    yield* await Promise.all(some);
  }
}

/** Makes tiles; keeps what the last ones needed. */
export class TileMaker {
  #spectrum: Spectrum | undefined;
  #rows: { readonly key: string; readonly rows: Rows } | undefined;

  async make(sound: Sound, { key, picture, level, index, rough }: TileRequest): Promise<Tile> {
    const { rate, seconds } = sound;
    const { fft } = picture;
    if (this.#spectrum?.size !== fft) this.#spectrum = new Spectrum(fft);
    const rowKey = `${rate} ${JSON.stringify(picture)}`;
    if (this.#rows?.key !== rowKey) this.#rows = { key: rowKey, rows: rowsOf(picture, ROWS, fft, rate) };
    const [spectrum, { rows }] = [this.#spectrum, this.#rows];
    const width = columnSeconds(picture, rate, level);
    const start = index * COLUMNS * width;
    const columns = Math.max(0, Math.min(COLUMNS, Math.ceil((seconds - start) / width)));
    const values = new Uint8Array(ROWS * COLUMNS);
    const wave = new Float32Array(2 * COLUMNS);
    const frames = rough ? 1 : Math.min(MOST_FRAMES, 2 ** level);
    const half = fft / 2 / rate;
    const pieces = COLUMNS * width * rate <= MOST_WHOLE ? wholeTile : frameByFrame;
    // Read by itself, a frame costs more than it takes to compute: then two that overlap by half are read together.
    const together = pieces === frameByFrame && frames > 1 ? 2 : 1;
    const step = (width * together) / frames;
    const place = (column: number, frame: number) => {
      const [group, within] = [Math.floor(frame / together), frame % together];
      const middle = start + column * width + (group + 0.5) * step;
      return Math.round((middle + (within - (together - 1) / 2) * half - half) * rate);
    };
    let [sum, count] = [0, 0];
    const span = { columns, frames, together, fft, start, width };
    for await (const { column, samples, first } of pieces(sound, span, place)) {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let frame = 0; frame < frames; frame++)
        spectrum.add(samples[frame] as Float32Array, place(column, frame) - (first[frame] as number));
      for (const part of new Set(samples)) {
        // Of a whole tile the column's own samples; else those of its frames.
        const begin = pieces === wholeTile ? Math.round((start + column * width) * rate) - (first[0] as number) : 0;
        const end =
          pieces === wholeTile ? Math.round((start + (column + 1) * width) * rate) - (first[0] as number) : part.length;
        for (let at = Math.max(0, begin); at < Math.min(part.length, end); at++) {
          const value = part[at] as number;
          if (value < low) low = value;
          if (value > high) high = value;
          sum += value;
          count++;
        }
      }
      spectrum.column(rows, values, column, COLUMNS);
      wave[2 * column] = low <= high ? low : 0;
      wave[2 * column + 1] = low <= high ? high : 0;
    }
    return { key, values, wave, mean: count === 0 ? 0 : sum / count, columns };
  }
}
