import type { SoundSource } from "../audio/sound.ts";
import type { Band } from "./frequency-scale.ts";

/** Columns of a tile. */
export const COLUMNS = 256;
/** Rows of a tile: about as many as a screen has pixels for. */
export const ROWS = 384;

/** What a picture of the sound is made of. */
export interface Picture extends Band {
  /** Samples of a frame, a power of 2. */
  readonly fft: number;
  /** Part of a frame that the next one shares, 0 to 0.9. */
  readonly overlap: number;
}

/** Seconds from one column to the next: at level 0 as the frames come, at each further one twice as many. */
export function columnSeconds({ fft, overlap }: Picture, rate: number, level: number): number {
  return (Math.max(1, Math.round(fft * (1 - overlap))) / rate) * 2 ** level;
}

/** The level whose columns are about as wide as a pixel. */
export function levelFor(picture: Picture, rate: number, secondsAPixel: number): number {
  return Math.max(0, Math.round(Math.log2(secondsAPixel / columnSeconds(picture, rate, 0))));
}

export interface TileRequest {
  readonly key: string;
  readonly sound: string;
  readonly picture: Picture;
  readonly level: number;
  readonly index: number;
  /** Whether one frame a column is enough: the first picture of a long recording. */
  readonly rough: boolean;
}

/** A stretch of the picture, and the wave that it is of. */
export interface Tile {
  readonly key: string;
  /** [ROWS, COLUMNS], lowest frequency first: see LOWEST_DB. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** Lowest and highest sample of each column. */
  readonly wave: Float32Array<ArrayBuffer>;
  /** The mean of the samples: some recorders' silence is not 0. */
  readonly mean: number;
  /** Columns that there was sound for. */
  readonly columns: number;
}

export type TileMessage =
  | { readonly kind: "sound"; readonly sound: string; readonly source: SoundSource }
  | ({ readonly kind: "tile" } & TileRequest);
