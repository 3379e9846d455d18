/**
 * Perceptual noise substitution: bands of random lines at a given level, ISO/IEC 14496-3:2009, 4.6.13. The standard
 * leaves the generator free; the energy of each band in each window is exactly the one that was sent.
 */

import { bandAt, bookOf, Channel, factorOf, groupLength, isShort, NOISE_BOOK } from "./channel";
import { bandOffsets } from "./rate";

/**
 * The linear congruential generator of Numerical Recipes (Press et al., 2nd edition, 7.1), from the number that ffmpeg's
 * decoder starts with: so noise bands, too, can be held against it line by line, and embeddings of one stream agree.
 */
const SEED: u32 = 0x1f2e3d4c;
let state: u32 = SEED;

export function seedNoise(): void {
  state = SEED;
}

// @ts-ignore: decorator
@inline
function random(): f64 {
  state = state * 1664525 + 1013904223;
  return <f64>(<i32>state);
}

/** Fills the noise bands of a channel. */
export function applyNoise(channel: Channel): void {
  fill(channel, channel, 0);
}

/** Fills those of the second of a pair; where the flag is set and both have noise, it is the first one's. */
export function applyNoiseOfSecond(channel: Channel, first: Channel, mask: usize): void {
  fill(channel, first, mask);
}

function fill(channel: Channel, first: Channel, mask: usize): void {
  const offsets = bandOffsets(isShort(channel));
  for (let group = 0, window = 0; group < channel.groups; group++) {
    const windows = groupLength(channel, group);
    for (let band = 0; band < channel.maxBand; band++) {
      if (bookOf(channel, group, band) != NOISE_BOOK) continue;
      const shared = mask != 0 && load<u8>(mask + bandAt(group, band)) != 0 && bookOf(first, group, band) == NOISE_BOOK;
      const level = NativeMath.pow(2, 0.25 * <f64>factorOf(channel, group, band));
      for (let i = 0; i < windows; i++) {
        const start = (window + i) * 1024 + load<i32>(offsets + band * 4) * 8;
        const end = (window + i) * 1024 + load<i32>(offsets + band * 4, 4) * 8;
        if (shared) memory.copy(channel.spectrum + start, first.spectrum + start, end - start);
        else for (let at = start; at < end; at += 8) store<f64>(channel.spectrum + at, random());
        setLevel(channel.spectrum + start, channel.spectrum + end, level);
      }
    }
    window += windows;
  }
}

/** Scales the lines so that the root of the sum of their squares is `level`. */
function setLevel(start: usize, end: usize, level: f64): void {
  let energy: f64 = 0;
  for (let at = start; at < end; at += 8) energy += load<f64>(at) * load<f64>(at);
  // The generator gives a 0 once in four thousand million, so a band of them does not happen.
  const factor = level / sqrt(energy);
  for (let at = start; at < end; at += 8) store<f64>(at, load<f64>(at) * factor);
}
