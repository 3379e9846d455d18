import { encode } from "fast-png";
import { Kernels, makeFrontEnd } from "../kernels/index.ts";
import { drawText, TEXT_HEIGHT, textWidth } from "./picture-text.ts";
import { colouredSpectrogram } from "./spectrogram-png.ts";

/** A piece of a recording that is to be seen. */
export interface PicturedSound {
  readonly samples: Float32Array;
  /** Hz. */
  readonly rate: number;
  /** Where it begins in its recording, seconds. */
  readonly start: number;
  /** The highest frequency of the picture, Hz; half the rate at most, and where it is left out. */
  readonly highest?: number | undefined;
}

const BANDS = 256;
/** Columns, however long the sound is: side by side, pictures are of one size. */
const COLUMNS = 560;
/** Seconds of a frame: a call's harmonics, and its clicks, are told apart. */
const FRAME = 0.032;
/**
 * The front end's bands lie by a mel scale, and Slaney's is straight up to 1000 Hz: rates are told it as if this were half the
 * sound's, so that bands are even in Hz.
 */
const EVEN_UP_TO = 1000;
/** The longest transform that is made. */
const LONGEST = 2 ** 17;

const LEFT = 64;
const RIGHT = 40;
const TOP = 28;
const BOTTOM = 30;
const GREY = 190;

/**
 * A spectrogram as a PNG with axes: seconds of the recording from left to right, kHz upwards and even, magma from the background
 * to the loudest. It is 560 by 256 pixels within its axes. Undefined where there is no sound.
 * @param kernels  build/kernels.wasm, compiled
 */
export function soundPicture(kernels: WebAssembly.Module, sound: PicturedSound): Uint8Array | undefined {
  const { samples, rate, start } = sound;
  if (samples.length === 0) return undefined;
  const highest = Math.min(rate / 2, sound.highest ?? rate / 2);
  const seconds = samples.length / rate;
  const { data } = colouredSpectrogram(spectrum(kernels, sound, highest), BANDS);
  const [width, height] = [LEFT + COLUMNS + RIGHT, TOP + BANDS + BOTTOM];
  const picture = new Uint8Array(width * height * 3);
  for (let row = 0; row < BANDS; row++)
    picture.set(data.subarray(row * COLUMNS * 3, (row + 1) * COLUMNS * 3), ((TOP + row) * width + LEFT) * 3);
  const ink = (x: number, y: number) => {
    if (x >= 0 && x < width && y >= 0 && y < height) picture.fill(GREY, (y * width + x) * 3, (y * width + x + 1) * 3);
  };
  drawText("kHz", 4, 4, ink);
  for (const { value, text } of ticks(0, highest / 1000, 6)) {
    const y = TOP + BANDS - 1 - Math.round((value / (highest / 1000)) * (BANDS - 1));
    for (let x = LEFT - 6; x < LEFT; x++) ink(x, y);
    drawText(text, LEFT - 10 - textWidth(text), y - TEXT_HEIGHT / 2, ink);
  }
  drawText("s", width - 14, TOP + BANDS + 10, ink);
  for (const { value, text } of ticks(start, start + seconds, 5)) {
    const x = LEFT + Math.round(((value - start) / seconds) * (COLUMNS - 1));
    for (let y = TOP + BANDS; y < TOP + BANDS + 6; y++) ink(x, y);
    drawText(text, x - Math.round(textWidth(text) / 2), TOP + BANDS + 10, ink);
  }
  return encode({ width, height, data: picture, channels: 3, depth: 8 });
}

/** Decibels, [COLUMNS, BANDS]: a frame around the middle of each column; silence behind a sound that is shorter than one. */
function spectrum(module: WebAssembly.Module, { samples, rate }: PicturedSound, highest: number): Float32Array {
  const windowLength = 2 ** Math.max(5, Math.min(15, Math.round(Math.log2(rate * FRAME))));
  // Two bins a band at least.
  const bins = 2 ** Math.ceil(Math.log2((2 * BANDS * rate) / highest));
  const frontEnd = makeFrontEnd(
    new Kernels(module),
    {
      kind: "mel-db",
      rate: 2 * EVEN_UP_TO,
      lowest: 0,
      highest: (EVEN_UP_TO * highest) / (rate / 2),
      bands: BANDS,
      fftLength: Math.min(LONGEST, Math.max(bins, windowLength)),
      windowLength,
      hop: windowLength,
      scale: "slaney",
      slopes: "hertz",
      norm: "none",
      power: 2,
      centred: "no",
      amin: 1e-10,
    },
    { samples: windowLength },
  );
  const values = new Float32Array(COLUMNS * BANDS);
  const frame = new Float32Array(windowLength);
  for (let column = 0; column < COLUMNS; column++) {
    // Frames lie within the sound, as its edges against silence would be seen as clicks.
    const middle = Math.round(((column + 0.5) * samples.length) / COLUMNS - windowLength / 2);
    const from = Math.max(0, Math.min(middle, samples.length - windowLength));
    frame.set(samples.subarray(from, from + windowLength));
    if (frontEnd.mode === "per-window") values.set(frontEnd.transform(frame), column * BANDS);
  }
  return values;
}

/** Round values from one number to another, about `most` of them. */
function ticks(from: number, to: number, most: number): { readonly value: number; readonly text: string }[] {
  const rough = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const value = (first + at) * step;
    return { value, text: value.toFixed(decimals) };
  });
}
