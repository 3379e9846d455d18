import type { Result } from "../session/result.ts";
import { currentTheme, FONT } from "./colours.ts";
import { bandPosition } from "./ticks.ts";
import { type Area, embeddingTiles, spectrogramTiles, type Tiles } from "./tiles.ts";

/** Frequencies that get a tick where a model has them, Hz. */
const FREQUENCIES = [250, 1000, 4000];

/** What a model saw of a recording, and what it made of it, as lanes over time. */
export class ModelPictures {
  readonly #spectrograms = new WeakMap<Result, Tiles>();
  readonly #embeddings = new WeakMap<Result, Tiles>();

  /** The picture that the net took; nothing for a model that takes the waveform. @param centres  of its bands, Hz */
  paintSpectrogram(
    context: CanvasRenderingContext2D,
    area: Area,
    result: Result,
    [from, to]: readonly [number, number],
    centres: readonly number[],
  ): void {
    if (result.picture === undefined) return;
    const tiles = this.#spectrograms.get(result) ?? spectrogramTiles(result);
    this.#spectrograms.set(result, tiles);
    tiles.paint(context, area, from, to);
    frequencyAxis(context, area, centres);
  }

  paintEmbeddings(
    context: CanvasRenderingContext2D,
    area: Area,
    result: Result,
    [from, to]: readonly [number, number],
  ) {
    const tiles = this.#embeddings.get(result) ?? embeddingTiles(result);
    this.#embeddings.set(result, tiles);
    tiles.paint(context, area, from, to);
  }
}

function frequencyAxis(context: CanvasRenderingContext2D, { x, y, height }: Area, centres: readonly number[]): void {
  const theme = currentTheme();
  context.font = FONT;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const hertz of FREQUENCIES) {
    const part = bandPosition(hertz, centres);
    if (part === undefined || part > 0.97) continue;
    const at = y + height * (1 - part);
    context.fillStyle = theme.line;
    context.fillRect(x - 4, at, 4, 1);
    context.fillStyle = theme.quiet;
    context.fillText(hertz < 1000 ? `${hertz} Hz` : `${hertz / 1000} kHz`, x - 7, at);
  }
}
