/**
 * Mel spectrogram of one window in decibels: 10 log10 max(mel, amin), no lower than the window's largest value less
 * topDb. This is librosa's power_to_db and torchaudio's AmplitudeToDB("power"), with a reference of 1.
 */
import { log2lanes } from "./math";
import { MelSpectrum, melOfTwoFrames } from "./mel-spectrum";
import { alloc } from "./memory";

/** 10 / ln 10 */
const DECIBELS: f64 = 4.342944819032518;

@unmanaged
class MelDb {
  spectrum: MelSpectrum;
  hop: i32;
  amin: f64;
  topDb: f64;
}

/**
 * @param spectrum  a MelSpectrum of this front end alone
 * @param hop  samples from one frame to the next
 * @param power  1: bands sum magnitudes; 2: powers
 * @param amin  at least the smallest normal number, 2.3e-308
 * @param topDb  Infinity for none
 */
export function melDb(spectrum: usize, hop: i32, power: i32, amin: f64, topDb: f64): usize {
  const self = changetype<MelDb>(alloc(offsetof<MelDb>()));
  self.spectrum = changetype<MelSpectrum>(spectrum);
  self.spectrum.squared = power == 2;
  self.hop = hop;
  self.amin = amin;
  self.topDb = topDb;
  return changetype<usize>(self);
}

/** The frames of one window: frame i starts at x + i * hop samples. Writes frames * bands float32 at `out`. */
export function melDbFrames(pointer: usize, x: usize, frames: i32, out: usize): void {
  const self = changetype<MelDb>(pointer);
  const row = <usize>self.spectrum.bands * 4;
  const hop = <usize>self.hop * 4;
  const amin = f64x2.splat(self.amin);
  const start = out;
  let largest = f64x2.splat(-Infinity);
  for (let i = 0; i < frames; i += 2) {
    const first = x + <usize>i * hop;
    const paired = i + 1 < frames;
    melOfTwoFrames(self.spectrum, first, paired ? first + hop : first);
    let mel = self.spectrum.mel;
    for (const end = out + row; out < end; out += 4, mel += 16) {
      const y = f64x2.mul(f64x2.splat(DECIBELS), log2lanes(f64x2.max(v128.load(mel), amin)));
      largest = f64x2.max(largest, y);
      store<f32>(out, <f32>f64x2.extract_lane(y, 0));
      if (paired) store<f32>(out + row, <f32>f64x2.extract_lane(y, 1));
    }
    if (paired) out += row;
  }
  if (self.topDb < Infinity) raise(start, out, max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)) - self.topDb);
}

/** Lifts the float32 numbers in from .. end to `floor`, and up to three behind them. */
function raise(from: usize, end: usize, floor: f64): void {
  // Rounding keeps order: the larger of two rounded numbers is the larger number rounded.
  const floors = f32x4.splat(<f32>floor);
  for (; from < end; from += 16) v128.store(from, f32x4.max(v128.load(from), floors));
}
