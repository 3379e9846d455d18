/** Joint stereo: ISO/IEC 14496-3:2009, 4.6.8.1 (M/S) and 4.6.8.2 (intensity). */

import { bandAt, bookOf, Channel, factorOf, groupLength, INTENSITY_IN, INTENSITY_OUT, isShort, NOISE_BOOK } from "./channel";
import { bandOffsets } from "./rate";

/** Left and right of the bands that were sent as middle and side: those whose flag is set and that have values. */
export function applyMiddleSide(left: Channel, right: Channel, mask: usize): void {
  const offsets = bandOffsets(isShort(left));
  for (let group = 0, window = 0; group < left.groups; group++) {
    for (let i = 0; i < groupLength(left, group); i++, window++) {
      for (let band = 0; band < left.maxBand; band++) {
        if (load<u8>(mask + bandAt(group, band)) == 0) continue;
        if (bookOf(left, group, band) >= NOISE_BOOK || bookOf(right, group, band) >= NOISE_BOOK) continue;
        const first = window * 1024 + load<i32>(offsets + band * 4) * 8;
        const end = window * 1024 + load<i32>(offsets + band * 4, 4) * 8;
        for (let at = first; at < end; at += 16) {
          const middle = v128.load(left.spectrum + at);
          const side = v128.load(right.spectrum + at);
          v128.store(left.spectrum + at, f64x2.add(middle, side));
          v128.store(right.spectrum + at, f64x2.sub(middle, side));
        }
      }
    }
  }
}

/**
 * Right bands that are the left ones at another level: factor 2^(-position / 4), negative in codebook 14. With `invert`
 * (ms_mask_present 1) a set flag turns the sign round.
 */
export function applyIntensity(left: Channel, right: Channel, mask: usize, invert: bool): void {
  const offsets = bandOffsets(isShort(right));
  for (let group = 0, window = 0; group < right.groups; group++) {
    for (let i = 0; i < groupLength(right, group); i++, window++) {
      for (let band = 0; band < right.maxBand; band++) {
        const book = bookOf(right, group, band);
        if (book != INTENSITY_IN && book != INTENSITY_OUT) continue;
        let factor = NativeMath.pow(2, -0.25 * <f64>factorOf(right, group, band));
        if (book == INTENSITY_OUT) factor = -factor;
        if (invert && load<u8>(mask + bandAt(group, band)) != 0) factor = -factor;
        const first = window * 1024 + load<i32>(offsets + band * 4) * 8;
        const end = window * 1024 + load<i32>(offsets + band * 4, 4) * 8;
        for (let at = first; at < end; at += 16) {
          v128.store(right.spectrum + at, f64x2.mul(v128.load(left.spectrum + at), f64x2.splat(factor)));
        }
      }
    }
  }
}
