/** What is known of one channel: the block being decoded, and what carries over to the next. */

import { alloc } from "../memory";

/** window_sequence. */
export const ONLY_LONG: i32 = 0;
export const LONG_START: i32 = 1;
export const EIGHT_SHORT: i32 = 2;
export const LONG_STOP: i32 = 3;

/** Codebooks that are not of quantised values. */
export const ZERO_BOOK: i32 = 0;
export const RESERVED_BOOK: i32 = 12;
export const NOISE_BOOK: i32 = 13;
export const INTENSITY_OUT: i32 = 14;
export const INTENSITY_IN: i32 = 15;

/** Places for bands: a group of short windows has at most 15, long windows up to 51; see `bandAt`. */
export const BAND_PLACES: i32 = 128;

@unmanaged
export class Channel {
  /** 1024 float64: spectral lines; of short windows 8 times 128, a window after the other. */
  spectrum: usize;
  /** 1024 float64: what the previous block adds to this one. */
  overlap: usize;
  /** 1024 int32: quantised values. */
  quantised: usize;
  /** u8 for each band place: its codebook. */
  books: usize;
  /** int32 for each band place: scale factor, noise level or intensity position. */
  factors: usize;
  /** A u8 for each group of windows: how many windows it has. */
  groupLengths: usize;
  groups: i32;
  windowSequence: i32;
  /** 0 sine, 1 Kaiser-Bessel derived. */
  windowShape: i32;
  previousShape: i32;
  /** Bands that were sent. */
  maxBand: i32;
  globalGain: i32;
  /** Pulses of this block, their first band, and up to four pairs of int32 (offset, amplitude). */
  pulses: i32;
  pulseBand: i32;
  pulseData: usize;
  /** TNS filters: see tns.ts. */
  tns: usize;
}

const TNS_BYTES: usize = 8 * 4 * 64;

export function newChannel(): Channel {
  const channel = changetype<Channel>(alloc(offsetof<Channel>()));
  channel.spectrum = alloc(1024 * 8);
  channel.overlap = alloc(1024 * 8);
  channel.quantised = alloc(1024 * 4);
  channel.books = alloc(BAND_PLACES);
  channel.factors = alloc(BAND_PLACES * 4);
  channel.groupLengths = alloc(8);
  channel.pulseData = alloc(4 * 8);
  channel.tns = alloc(TNS_BYTES);
  return channel;
}

/** The place of a band: only short windows have more than one group. */
// @ts-ignore: decorator
@inline
export function bandAt(group: i32, band: i32): i32 {
  return (group << 4) + band;
}

// @ts-ignore: decorator
@inline
export function bookOf(channel: Channel, group: i32, band: i32): i32 {
  return load<u8>(channel.books + bandAt(group, band));
}

// @ts-ignore: decorator
@inline
export function factorOf(channel: Channel, group: i32, band: i32): i32 {
  return load<i32>(channel.factors + bandAt(group, band) * 4);
}

// @ts-ignore: decorator
@inline
export function groupLength(channel: Channel, group: i32): i32 {
  return load<u8>(channel.groupLengths + group);
}

// @ts-ignore: decorator
@inline
export function isShort(channel: Channel): bool {
  return channel.windowSequence == EIGHT_SHORT;
}
