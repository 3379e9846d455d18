/**
 * From the spectra of one or two channels to their 1024 samples: transform, windows, overlap-add.
 * ISO/IEC 14496-3:2009, 4.6.11.3. The IMDCT's outputs x[0..2M) come from the DCT-IV's u[0..M), with h = M/2:
 *   x[n] = u[h + n],  x[h + n] = -u[M - 1 - n],  x[M + n] = -u[h - 1 - n],  x[M + h + n] = -u[n]   for 0 <= n < h
 */

import { alloc } from "../memory";
import { Channel, isShort, LONG_START, LONG_STOP } from "./channel";
import { newTransform, transform, Transform } from "./transform";
import { longSlope, shortSlope } from "./windows";

const long = newTransform(1024);
const short = newTransform(128);
/** Pairs of float64: u of the long transform, and of the eight short ones. */
const longOut = alloc(1024 * 16);
const shortOut = alloc(1024 * 16);
const silence = alloc(1024 * 8);
/** 2048 float64: eight short windows put together. */
const sum = alloc(2048 * 8);

/** Samples beyond this many times full scale come from damaged bits: 36 dB above what a sound file can hold. */
const LOUDEST: f64 = 64;

/** Transforms the spectra; `right` may be null. @returns whether the samples will be of a possible size */
export function transformBoth(left: Channel, right: Channel | null): bool {
  const leftShort = isShort(left);
  const rightShort = right == null ? leftShort : isShort(right);
  const rightSpectrum = right == null ? silence : right.spectrum;
  let peak: f64 = 0;
  // The two channels may have windows of different kinds; then each transform has one channel and silence.
  if (!leftShort || !rightShort) {
    peak = transform(long, leftShort ? silence : left.spectrum, rightShort ? silence : rightSpectrum, longOut);
  }
  if (leftShort || rightShort) {
    for (let window = 0; window < 8; window++) {
      const at = window * 1024;
      const a = leftShort ? left.spectrum + at : silence;
      const b = rightShort ? rightSpectrum + at : silence;
      peak = max(peak, transform(short, a, b, shortOut + window * 2048));
    }
  }
  return peak < LOUDEST;
}

/**
 * Windows and overlaps what `transformBoth` left.
 * @param lane  0 for its first channel, 1 for its second
 * @param out  1024 float64
 */
export function overlapAdd(channel: Channel, lane: i32, out: usize): void {
  if (isShort(channel)) overlapShort(channel, shortOut + lane * 8, out);
  else overlapLong(channel, longOut + lane * 8, out);
  channel.previousShape = channel.windowShape;
}

/** A block without spectrum: the previous one fades out by its own window, then silence. */
export function overlapNothing(channel: Channel, out: usize): void {
  memory.copy(out, channel.overlap, 1024 * 8);
  memory.fill(channel.overlap, 0, 1024 * 8);
}

function overlapLong(channel: Channel, u: usize, out: usize): void {
  const rise = longSlope(channel.previousShape, channel.windowSequence == LONG_STOP);
  const fall = longSlope(channel.windowShape, channel.windowSequence == LONG_START);
  const overlap = channel.overlap;
  for (let n = 0; n < 512; n++) {
    const a = load<f64>(u + (512 + n) * 16);
    const b = load<f64>(u + (1023 - n) * 16);
    store<f64>(out + n * 8, load<f64>(overlap + n * 8) + a * load<f64>(rise + n * 8));
    store<f64>(out + n * 8, load<f64>(overlap + n * 8, 512 * 8) - b * load<f64>(rise + n * 8, 512 * 8), 512 * 8);
  }
  for (let n = 0; n < 512; n++) {
    store<f64>(overlap + n * 8, -load<f64>(u + (511 - n) * 16) * load<f64>(fall + (1023 - n) * 8));
    store<f64>(overlap + n * 8, -load<f64>(u + n * 16) * load<f64>(fall + (511 - n) * 8), 512 * 8);
  }
}

function overlapShort(channel: Channel, u: usize, out: usize): void {
  memory.copy(sum, channel.overlap, 1024 * 8);
  memory.fill(sum + 1024 * 8, 0, 1024 * 8);
  for (let window = 0; window < 8; window++, u += 2048) {
    const rise = shortSlope(window == 0 ? channel.previousShape : channel.windowShape);
    const fall = shortSlope(channel.windowShape);
    const at = sum + (448 + window * 128) * 8;
    for (let n = 0; n < 64; n++) {
      add(at + n * 8, load<f64>(u + (64 + n) * 16) * load<f64>(rise + n * 8));
      add(at + (64 + n) * 8, -load<f64>(u + (127 - n) * 16) * load<f64>(rise + (64 + n) * 8));
      add(at + (128 + n) * 8, -load<f64>(u + (63 - n) * 16) * load<f64>(fall + (127 - n) * 8));
      add(at + (192 + n) * 8, -load<f64>(u + n * 16) * load<f64>(fall + (63 - n) * 8));
    }
  }
  memory.copy(out, sum, 1024 * 8);
  memory.copy(channel.overlap, sum + 1024 * 8, 1024 * 8);
}

// @ts-ignore: decorator
@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
