/** Subframes: RFC 9639, section 9.2. `T` is i32, or i64 where a sample may need 33 bits. */

import { flag, overrun, peek, read, readSigned, readUnary, skip } from "../bits";
import { BAD_SUBFRAME, NEEDS_MORE } from "./status";

const GOOD: i32 = 1;
const coefficients = memory.data(32 * 4, 16);

/** One channel of `count` samples to `to`. @returns GOOD or a status, which counts only where bits did not run out */
export function readSubframe<T>(to: usize, count: i32, bits: i32): i32 {
  if (flag()) return BAD_SUBFRAME;
  const kind = read(6);
  const wasted = flag() ? readUnary() + 1 : 0;
  if (wasted >= bits) return BAD_SUBFRAME;
  bits -= wasted;
  let status = GOOD;
  if (kind == 0) {
    const value = readSample<T>(bits);
    for (let i = 0; i < count; i++) store<T>(to + <usize>i * sizeof<T>(), value);
  } else if (kind == 1) readSamples<T>(to, count, bits);
  else if (kind >= 8 && kind <= 12) status = readFixed<T>(to, count, bits, kind - 8);
  else if (kind >= 32) status = readPredicted<T>(to, count, bits, kind - 31);
  else return BAD_SUBFRAME;
  if (status == GOOD && wasted > 0) {
    for (const end = to + <usize>count * sizeof<T>(); to < end; to += sizeof<T>()) {
      store<T>(to, load<T>(to) << (<T>wasted));
    }
  }
  return status;
}

/** Up to 33 bits in two's complement. */
// @ts-ignore: decorator
@inline
function readSample<T>(bits: i32): T {
  if (sizeof<T>() == 4 || bits <= 32) return <T>readSigned(bits);
  const high = <T>readSigned(bits - 32);
  return (high << <T>32) | <T>(<u32>read(32));
}

function readSamples<T>(to: usize, count: i32, bits: i32): void {
  for (let i = 0; i < count; i++) store<T>(to + <usize>i * sizeof<T>(), readSample<T>(bits));
}

function readFixed<T>(to: usize, count: i32, bits: i32, order: i32): i32 {
  if (order > count) return BAD_SUBFRAME;
  readSamples<T>(to, order, bits);
  const status = readResidual<T>(to, count, order);
  if (status != GOOD) return status;
  const step: usize = sizeof<T>();
  const end = to + <usize>count * step;
  let at = to + <usize>order * step;
  if (order == 1) {
    for (; at < end; at += step) store<T>(at, load<T>(at) + load<T>(at - step));
  } else if (order == 2) {
    for (; at < end; at += step) {
      store<T>(at, load<T>(at) + 2 * load<T>(at - step) - load<T>(at - 2 * step));
    }
  } else if (order == 3) {
    for (; at < end; at += step) {
      store<T>(at, load<T>(at) + 3 * (load<T>(at - step) - load<T>(at - 2 * step)) + load<T>(at - 3 * step));
    }
  } else if (order == 4) {
    for (; at < end; at += step) {
      const near = load<T>(at - step) + load<T>(at - 3 * step);
      store<T>(at, load<T>(at) + 4 * near - 6 * load<T>(at - 2 * step) - load<T>(at - 4 * step));
    }
  }
  return GOOD;
}

function readPredicted<T>(to: usize, count: i32, bits: i32, order: i32): i32 {
  if (order > count) return BAD_SUBFRAME;
  readSamples<T>(to, order, bits);
  const precision = read(4) + 1;
  const shift = readSigned(5);
  if (precision == 16 || shift < 0) return BAD_SUBFRAME;
  // The first coefficient is the last sample's; they are kept in the order of the samples.
  for (let i = order - 1; i >= 0; i--) store<i32>(coefficients + <usize>i * 4, readSigned(precision));
  const status = readResidual<T>(to, count, order);
  if (status != GOOD) return status;
  // The sum of `order` products needs no more bits than these.
  const narrow = bits + precision + (32 - clz(order - 1)) <= 32;
  if (sizeof<T>() == 4 && narrow) predict<T, i32>(to, count, order, shift);
  else predict<T, i64>(to, count, order, shift);
  return GOOD;
}

function predict<T, Sum>(to: usize, count: i32, order: i32, shift: i32): void {
  const step: usize = sizeof<T>();
  const end = to + <usize>count * step;
  for (let at = to + <usize>order * step; at < end; at += step) {
    let sum: Sum = 0;
    let from = at - <usize>order * step;
    for (let c = coefficients; from < at; from += step, c += 4) sum += <Sum>load<i32>(c) * <Sum>load<T>(from);
    store<T>(at, load<T>(at) + <T>(sum >> <Sum>shift));
  }
}

/** What is left of samples `order` to `count` after the prediction: Rice codes in partitions. */
function readResidual<T>(to: usize, count: i32, order: i32): i32 {
  const method = read(2);
  if (method > 1) return BAD_SUBFRAME;
  const parameterBits = method + 4;
  const escape = (1 << parameterBits) - 1;
  const partitions = 1 << read(4);
  const length = count / partitions;
  if (length * partitions != count || length < order) return BAD_SUBFRAME;
  let at = to + <usize>order * sizeof<T>();
  for (let partition = 1; partition <= partitions; partition++) {
    const end = to + <usize>(partition * length) * sizeof<T>();
    const parameter = read(parameterBits);
    if (parameter == escape) {
      const bits = read(5);
      for (; at < end; at += sizeof<T>()) store<T>(at, bits == 0 ? <T>0 : <T>readSigned(bits));
    } else {
      for (; at < end; at += sizeof<T>()) store<T>(at, readRice<T>(parameter));
    }
    if (overrun()) return NEEDS_MORE;
  }
  return GOOD;
}

// @ts-ignore: decorator
@inline
function readRice<T>(parameter: i32): T {
  const ahead = peek();
  const zeros = clz(ahead);
  let folded: u32;
  if (zeros + 1 + parameter <= 32) {
    skip(zeros + 1 + parameter);
    const rest = parameter == 0 ? 0 : (ahead << (zeros + 1)) >>> (32 - parameter);
    folded = (zeros << parameter) | rest;
  } else {
    const quotient = readUnary();
    folded = (<u32>quotient << parameter) | (parameter == 0 ? 0 : <u32>read(parameter));
  }
  return <T>(<i32>(folded >>> 1) ^ -(<i32>(folded & 1)));
}
