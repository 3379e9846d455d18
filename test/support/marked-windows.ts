import type { HeaderRecord, WindowRecord } from "../../src/records/index.ts";
import type { Experiment } from "./projector-reader.ts";
import { HEADER } from "./records.ts";

/** 4 cells across and 5 down hold 20 bits: a million windows. */
const ACROSS = 4;
const DOWN = 5;
const FRAMES = 96;
const BANDS = 64;

/** A header of a model that sees 96 frames of 64 bands. */
export function markedHeader(more: Partial<HeaderRecord>): HeaderRecord {
  const shown = { from: Math.log(0.001), to: 6, steps: "even" } as const;
  const spectrogram = { frames: FRAMES, bands: BANDS, hop: 0.01, unit: "ln(mel + 0.001)", shown };
  return { ...HEADER, spectrogram, ...more };
}

/**
 * A window that carries its number in its embedding, its metadata and its picture: a bright cell of the spectrogram is a
 * bit that is set.
 */
export function markedWindow(index: number, size: number, more: Partial<WindowRecord> = {}): WindowRecord {
  const embedding = new Float32Array(size);
  for (let at = 0; at < size; at++) embedding[at] = Math.fround(Math.sin(index * 12.9898 + at * 78.233));
  embedding[0] = index;
  return {
    type: "window",
    index,
    start: index,
    end: index + 0.96,
    rms: 0.125,
    embedding,
    spectrogram: markedPicture(index),
    ...more,
  };
}

/** One array for all: who keeps a spectrogram must copy it. */
const picture = new Float32Array(FRAMES * BANDS);

function markedPicture(index: number): Float32Array<ArrayBuffer> {
  for (let frame = 0; frame < FRAMES; frame++) {
    const column = Math.floor((frame * ACROSS) / FRAMES);
    for (let row = 0; row < DOWN; row++) {
      const from = Math.round((row * BANDS) / DOWN);
      const to = Math.round(((row + 1) * BANDS) / DOWN);
      const value = (index >> (row * ACROSS + column)) & 1 ? 2 : -6;
      picture.fill(value, frame * BANDS + from, frame * BANDS + to);
    }
  }
  return picture;
}

/** The number in a thumbnail; row 0 of the cells is the lowest band, which is at the bottom. */
export function markIn({ thumbnail, side }: Experiment, place: number): number {
  const pixel = thumbnail(place);
  let index = 0;
  for (let row = 0; row < DOWN; row++) {
    for (let column = 0; column < ACROSS; column++) {
      const x = Math.floor(((column + 0.5) * side) / ACROSS);
      const y = Math.floor(((DOWN - row - 0.5) * side) / DOWN);
      if (pixel(x, y) > 128) index |= 1 << (row * ACROSS + column);
    }
  }
  return index;
}
