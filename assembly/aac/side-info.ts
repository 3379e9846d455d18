/**
 * What a channel stream says before its spectrum: windows, sections of bands with one codebook, scale factors, pulses.
 * Syntax: ISO/IEC 14496-3:2009, 4.4.2.7, tables 4.6, 4.50 to 4.52; scale factors 4.6.2, noise levels 4.6.13, intensity
 * positions 4.6.8.2. Each function gives a status.
 */

import { flag, overrun, read } from "../bits";
import {
  bandAt, bookOf, Channel, EIGHT_SHORT, INTENSITY_IN, INTENSITY_OUT, isShort, NOISE_BOOK, RESERVED_BOOK, ZERO_BOOK,
} from "./channel";
import { scaleFactorBook, symbol } from "./huffman";
import { bandCount, bandOffsets } from "./rate";
import { BAD_PULSE, BAD_SCALE_FACTOR, BAD_SECTION, ENDED, OK, PREDICTION, TOO_MANY_BANDS } from "./status";

/** ics_info: kind and shape of the windows, their groups, and how many bands are sent. */
export function readWindows(channel: Channel): i32 {
  flag(); // ics_reserved_bit
  channel.windowSequence = read(2);
  channel.windowShape = read(1);
  channel.groups = 1;
  store<u8>(channel.groupLengths, 1);
  if (channel.windowSequence == EIGHT_SHORT) {
    channel.maxBand = read(4);
    const grouping = read(7);
    for (let window = 1; window < 8; window++) {
      // A set bit says that a window shares the scale factors of the one before.
      if ((grouping >> (7 - window)) & 1) {
        const last = channel.groupLengths + channel.groups - 1;
        store<u8>(last, load<u8>(last) + 1);
      } else {
        store<u8>(channel.groupLengths + channel.groups++, 1);
      }
    }
  } else {
    channel.maxBand = read(6);
    if (flag()) return PREDICTION;
  }
  return channel.maxBand > bandCount(isShort(channel)) ? TOO_MANY_BANDS : OK;
}

/** The second channel of a pair has the first one's windows. */
export function copyWindows(from: Channel, to: Channel): void {
  to.windowSequence = from.windowSequence;
  to.windowShape = from.windowShape;
  to.maxBand = from.maxBand;
  to.groups = from.groups;
  memory.copy(to.groupLengths, from.groupLengths, 8);
}

/** section_data: the codebook of each band. */
export function readSections(channel: Channel): i32 {
  const lengthBits = isShort(channel) ? 3 : 5;
  const more = (1 << lengthBits) - 1;
  for (let group = 0; group < channel.groups; group++) {
    for (let band = 0; band < channel.maxBand; ) {
      const book = read(4);
      if (book == RESERVED_BOOK) return BAD_SECTION;
      let length = 0;
      let part = read(lengthBits);
      while (part == more) {
        length += part;
        if (length > channel.maxBand) return BAD_SECTION;
        part = read(lengthBits);
      }
      length += part;
      // Sections of no bands are allowed, but damaged bits could hold them without an end.
      if (overrun()) return ENDED;
      if (band + length > channel.maxBand) return BAD_SECTION;
      memory.fill(channel.books + bandAt(group, band), <u8>book, length);
      band += length;
    }
  }
  return OK;
}

/** Noise levels start this much below global_gain: NOISE_OFFSET and half the range of the first one's 9 bits. */
const NOISE_START: i32 = 90 + 256;

/** scale_factor_data: three running sums of differences, of scale factors, of intensity positions and of noise levels. */
export function readScaleFactors(channel: Channel): i32 {
  let factor = channel.globalGain;
  let position = 0;
  let noise = channel.globalGain - NOISE_START;
  let firstNoise = true;
  for (let group = 0; group < channel.groups; group++) {
    for (let band = 0; band < channel.maxBand; band++) {
      const book = bookOf(channel, group, band);
      let value = 0;
      if (book == INTENSITY_OUT || book == INTENSITY_IN) {
        position += symbol(scaleFactorBook) - 60;
        value = position;
        // Every position within this range is a sensible factor 2^(-position / 4).
        if (position < -255 || position > 255) return BAD_SCALE_FACTOR;
      } else if (book == NOISE_BOOK) {
        noise += firstNoise ? read(9) : symbol(scaleFactorBook) - 60;
        firstNoise = false;
        value = noise;
        if (noise < -400 || noise > 255) return BAD_SCALE_FACTOR;
      } else if (book != ZERO_BOOK) {
        factor += symbol(scaleFactorBook) - 60;
        value = factor;
        if (factor < 0 || factor > 255) return BAD_SCALE_FACTOR;
      }
      store<i32>(channel.factors + bandAt(group, band) * 4, value);
    }
  }
  return overrun() ? ENDED : OK;
}

/** pulse_data: up to four lines whose quantised values are larger than the codebooks of their bands allow. */
export function readPulses(channel: Channel): i32 {
  channel.pulses = 0;
  if (!flag()) return OK;
  if (isShort(channel)) return BAD_PULSE;
  channel.pulses = read(2) + 1;
  channel.pulseBand = read(6);
  if (channel.pulseBand >= bandCount(false)) return BAD_PULSE;
  let line = load<i32>(bandOffsets(false) + channel.pulseBand * 4);
  for (let i = 0; i < channel.pulses; i++) {
    line += read(5);
    if (line >= 1024) return BAD_PULSE;
    store<i32>(channel.pulseData + i * 8, line);
    store<i32>(channel.pulseData + i * 8, read(4), 4);
  }
  return OK;
}
