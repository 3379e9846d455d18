/**
 * Temporal noise shaping: an all-pole filter along the frequencies of a window, ISO/IEC 14496-3:2009, 4.6.9.
 */

import { alloc } from "../memory";
import { flag, read } from "../bits";
import { Channel, isShort } from "./channel";
import { bandCount, bandOffsets, tnsBands } from "./rate";
import { BAD_TNS, OK } from "./status";

/** LC's largest order of a filter of long windows (and 7 of short ones); there may be 3 filters to a window. */
const LONG_ORDER: i32 = 12;
const SHORT_ORDER: i32 = 7;

/** One filter. `Channel.tns` has 8 windows times 4 of 64 bytes; a fourth one with `length` 0 ends each window's list. */
@unmanaged
class Filter {
  /** Bands. */
  length: i32;
  order: i32;
  /** Whether it runs from high to low frequencies. */
  down: bool;
  /** Bits of an uncompressed coefficient: 3 or 4. */
  resolution: i32;
  /** The coefficients as sent, from the byte after this on, an int8 each. */
  first: i8;
}

/** float64: coefficients a[0..order] of the filter at work, and room to compute them. */
const lpc = alloc(32 * 8);
const next = alloc(32 * 8);

function filterAt(channel: Channel, window: i32, number: i32): Filter {
  return changetype<Filter>(channel.tns + (window * 4 + number) * 64);
}

/** tns_data_present and tns_data: table 4.52. */
export function readTns(channel: Channel): i32 {
  const short = isShort(channel);
  const windows = short ? 8 : 1;
  const present = flag();
  for (let window = 0; window < windows; window++) {
    const filters = present ? read(short ? 1 : 2) : 0;
    const resolution = filters > 0 ? read(1) + 3 : 0;
    for (let number = 0; number < filters; number++) {
      const filter = filterAt(channel, window, number);
      filter.length = read(short ? 4 : 6);
      filter.order = read(short ? 3 : 5);
      filter.resolution = resolution;
      if (filter.order > (short ? SHORT_ORDER : LONG_ORDER)) return BAD_TNS;
      if (filter.order == 0) continue;
      filter.down = flag();
      const bits = resolution - read(1);
      for (let i = 0; i < filter.order; i++) {
        const unused = 32 - bits;
        store<i8>(coefficient(filter, i), <i8>((read(bits) << unused) >> unused));
      }
    }
    for (let number = filters; number < 4; number++) {
      filterAt(channel, window, number).length = 0;
      filterAt(channel, window, number).order = 0;
    }
  }
  return OK;
}

function coefficient(filter: Filter, i: i32): usize {
  return changetype<usize>(filter) + offsetof<Filter>("first") + i;
}

/** Filters the channel's spectrum in place. */
export function applyTns(channel: Channel): void {
  const short = isShort(channel);
  const offsets = bandOffsets(short);
  const limit = min(tnsBands(short), channel.maxBand);
  const windows = short ? 8 : 1;
  for (let window = 0; window < windows; window++) {
    let top = bandCount(short);
    for (let number = 0; number < 3; number++) {
      const filter = filterAt(channel, window, number);
      const bottom = max(top - filter.length, 0);
      const start = load<i32>(offsets + min(bottom, limit) * 4);
      const end = load<i32>(offsets + min(top, limit) * 4);
      top = bottom;
      if (filter.order == 0 || end <= start) continue;
      predictor(filter);
      const first = channel.spectrum + window * 1024;
      if (filter.down) run(first + (end - 1) * 8, -8, end - start, filter.order);
      else run(first + start * 8, 8, end - start, filter.order);
    }
  }
}

/** Reflection coefficients sin(c pi / (2^bits -+ 1)) to those of the direct form: 4.6.9.3. */
function predictor(filter: Filter): void {
  const half = <f64>(1 << (filter.resolution - 1));
  store<f64>(lpc, 1);
  for (let m = 1; m <= filter.order; m++) {
    const c = <f64>load<i8>(coefficient(filter, m - 1));
    const k = NativeMath.sin((c * NativeMath.PI * 0.5) / (c >= 0 ? half - 0.5 : half + 0.5));
    for (let i = 1; i < m; i++) {
      store<f64>(next + i * 8, load<f64>(lpc + i * 8) + k * load<f64>(lpc + (m - i) * 8));
    }
    memory.copy(lpc + 8, next + 8, <usize>(m - 1) * 8);
    store<f64>(lpc + m * 8, k);
  }
}

/** y[n] = x[n] - sum of a[i] y[n - i], from `at` on in steps of `step` bytes. */
function run(at: usize, step: isize, count: i32, order: i32): void {
  for (let n = 0; n < count; n++, at += step) {
    let y = load<f64>(at);
    const terms = min(n, order);
    for (let i = 1; i <= terms; i++) y -= load<f64>(lpc + i * 8) * load<f64>(at - <isize>i * step);
    store<f64>(at, y);
  }
}
