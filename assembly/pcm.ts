/**
 * PCM to float32: every integer format is divided by half its range (s16 by 32768, as tf.audio.decode_wav and
 * tensorflow/models vggish_input.py do), so full scale is [-1, 1). All arrays are contiguous and little-endian; a
 * big-endian array goes through `swapBytes` first.
 */

/** What `finish` counted since the caller last cleared it: five 32-bit words. */
@unmanaged
class SampleTally {
  /** Samples that were NaN or infinite; each was replaced by 0. */
  nonFinite: u32;
  /** Position of the first of them in the array handed to `toFloat`, or 0xFFFFFFFF. */
  firstNonFinite: u32;
  /** Samples at or beyond full scale. */
  clipped: u32;
  /** Samples beyond 1. */
  beyond: u32;
  /** The largest magnitude. */
  peak: f32;
}

/** Reverses the bytes of `count` numbers of `width` 2, 3, 4 or 8 bytes, in place. */
export function swapBytes(p: usize, count: usize, width: i32): void {
  if (width == 3) {
    for (const end = p + count * 3; p < end; p += 3) {
      const first = load<u8>(p);
      store<u8>(p, load<u8>(p, 2));
      store<u8>(p, first, 2);
    }
    return;
  }
  let order = i8x16(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  if (width == 4) order = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  else if (width == 8) order = i8x16(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
  // The caller's block is padded to 16 bytes, so the last vector may run past the numbers but not past the block.
  for (const end = p + count * <usize>width; p < end; p += 16) v128.store(p, i8x16.swizzle(v128.load(p), order));
}

/** u8 (128 is silence), s16, s24, s32, f32, f64, s64: the numbers that `toFloat` takes as `format`. */
export const U8: i32 = 0;
export const S16: i32 = 1;
export const S24: i32 = 2;
export const S32: i32 = 3;
export const F32: i32 = 4;
export const F64: i32 = 5;
export const S64: i32 = 6;

/**
 * Converts `count` numbers at `src` to float32 at `dst`. Both blocks must reach 16 bytes beyond their last number.
 * Non-finite numbers become 0; `tally` (a SampleTally) is added to.
 */
export function toFloat(format: i32, src: usize, dst: usize, count: usize, tally: usize): void {
  const end = dst + count * 4;
  let out = dst;
  switch (format) {
    case U8:
      for (; out < end; out += 16, src += 4) {
        const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(src)));
        v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(wide, i32x4.splat(128))), f32x4.splat(1.0 / 128)));
      }
      break;
    case S16:
      for (; out < end; out += 16, src += 8) {
        v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(v128.load_ext<i16>(src)), f32x4.splat(1.0 / 32768)));
      }
      break;
    case S24: {
      // Three bytes go to the top of a word, so that the word's sign is the number's: value * 256 / 2^31.
      const spread = i8x16(-1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11);
      for (; out < end; out += 16, src += 12) {
        const wide = i8x16.swizzle(v128.load(src), spread);
        v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(wide), f32x4.splat(1.0 / 2147483648.0)));
      }
      break;
    }
    case S32:
      for (; out < end; out += 16, src += 16) {
        v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(v128.load(src)), f32x4.splat(1.0 / 2147483648.0)));
      }
      break;
    case F32:
      memory.copy(dst, src, count * 4);
      break;
    case F64:
      for (; out < end; out += 8, src += 16) {
        v128.store64_lane(out, f32x4.demote_f64x2_zero(v128.load(src)), 0);
      }
      break;
    case S64:
      for (; out < end; out += 4, src += 8) store<f32>(out, <f32>load<i64>(src) * (1.0 / 9223372036854775808.0));
      break;
  }
  // 24-bit and 32-bit full scale may round to 1; 16-bit and 8-bit end one step below it.
  let limit: f32 = 1.0;
  if (format == U8) limit = 127.0 / 128;
  else if (format == S16) limit = 32767.0 / 32768;
  else if (format == S24) limit = 8388607.0 / 8388608;
  finish(dst, count, limit, changetype<SampleTally>(tally));
}

/** Counts samples at or beyond `limit`, counts non-finite ones and writes 0 in their place. */
function finish(p: usize, count: usize, limit: f32, tally: SampleTally): void {
  const zero = f32x4.splat(0);
  const limits = f32x4.splat(limit);
  let clipped = i32x4.splat(0);
  let beyond = i32x4.splat(0);
  let peak = zero;
  const ones = f32x4.splat(1);
  let at: usize = 0;
  for (; at + 4 <= count; at += 4) {
    const x = v128.load(p + at * 4);
    // x - x is 0 for every finite number and NaN for the others.
    const finite = f32x4.eq(f32x4.sub(x, x), zero);
    // Infinities and NaN are none of these.
    const size = v128.and(finite, f32x4.abs(x));
    clipped = i32x4.sub(clipped, f32x4.ge(size, limits));
    beyond = i32x4.sub(beyond, f32x4.gt(size, ones));
    peak = f32x4.pmax(peak, size);
    if (!i32x4.all_true(finite)) {
      for (let lane: usize = 0; lane < 4; lane++) finishOne(p, at + lane, limit, tally, false);
    }
  }
  tally.clipped += i32x4.extract_lane(clipped, 0) + i32x4.extract_lane(clipped, 1);
  tally.clipped += i32x4.extract_lane(clipped, 2) + i32x4.extract_lane(clipped, 3);
  tally.beyond += i32x4.extract_lane(beyond, 0) + i32x4.extract_lane(beyond, 1);
  tally.beyond += i32x4.extract_lane(beyond, 2) + i32x4.extract_lane(beyond, 3);
  const two = max(f32x4.extract_lane(peak, 0), f32x4.extract_lane(peak, 1));
  tally.peak = max(tally.peak, max(two, max(f32x4.extract_lane(peak, 2), f32x4.extract_lane(peak, 3))));
  for (; at < count; at++) finishOne(p, at, limit, tally, true);
}

function finishOne(p: usize, at: usize, limit: f32, tally: SampleTally, count: bool): void {
  const x = load<f32>(p + at * 4);
  if (isFinite(x)) {
    if (!count) return;
    if (abs(x) >= limit) tally.clipped++;
    if (abs(x) > 1) tally.beyond++;
    tally.peak = max(tally.peak, abs(x));
    return;
  }
  store<f32>(p + at * 4, 0);
  if (tally.nonFinite++ == 0) tally.firstNonFinite = <u32>at;
}

/** Takes channel `channel` of `frames` interleaved frames at `src` to `dst`. */
export function pickChannel(src: usize, dst: usize, frames: usize, channels: usize, channel: usize): void {
  src += channel * 4;
  for (const end = dst + frames * 4; dst < end; dst += 4, src += channels * 4) store<f32>(dst, load<f32>(src));
}

/** Mean of the channels of `frames` interleaved frames, summed in float64 and rounded once. */
export function meanChannels(src: usize, dst: usize, frames: usize, channels: usize): void {
  const end = dst + frames * 4;
  if (channels == 2) {
    const half = f64x2.splat(0.5);
    for (; dst < end; dst += 8, src += 16) {
      const frame0 = f64x2.promote_low_f32x4(v128.load64_zero(src));
      const frame1 = f64x2.promote_low_f32x4(v128.load64_zero(src, 8));
      const left = v128.shuffle<f64>(frame0, frame1, 0, 2);
      const right = v128.shuffle<f64>(frame0, frame1, 1, 3);
      v128.store64_lane(dst, f32x4.demote_f64x2_zero(f64x2.mul(f64x2.add(left, right), half)), 0);
    }
    return;
  }
  const scale = 1.0 / <f64>channels;
  for (; dst < end; dst += 4) {
    let sum: f64 = 0;
    for (const next = src + channels * 4; src < next; src += 4) sum += <f64>load<f32>(src);
    store<f32>(dst, <f32>(sum * scale));
  }
}
