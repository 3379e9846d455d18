/** FLAC frames to interleaved PCM: RFC 9639, section 9. One module instance decodes one stream. */

import { alignBits, BIT_PADDING, bytesTaken, openBits, overrun, read } from "../bits";
import { alloc } from "../memory";
import { crc16 } from "./checksums";
import { assignment, bits, blockSize, LEFT_SIDE, MID_SIDE, number, readHeader, SIDE_RIGHT, variableBlocks } from "./header";
import { pack } from "../pack";
import { BAD_CHECKSUM, BAD_SUBFRAME, NEEDS_MORE, NO_HEADER } from "./status";
import { readSubframe } from "./subframe";

export { blockSize, variableBlocks };

let streamChannels: i32 = 0;
let streamBits: i32 = 0;
let largestBlock: i32 = 0;
let inputBlock: usize = 0;
let outputBlock: usize = 0;
/** The channels one after another, each `largestBlock` samples of 4 bytes, or of 8 where there are 32 bits. */
let samples: usize = 0;

/** @param capacity  bytes that `input` must hold */
export function open(channels: i32, bitsOfSample: i32, block: i32, capacity: i32): void {
  streamChannels = channels;
  streamBits = bitsOfSample;
  largestBlock = block;
  inputBlock = alloc(<usize>capacity + BIT_PADDING);
  const count = <usize>channels * block;
  samples = alloc(count * (bitsOfSample == 32 ? 8 : 4));
  outputBlock = alloc(count * 4);
}

/** Where the caller puts the bytes. */
export function input(): usize {
  return inputBlock;
}

/** The last frame's samples, interleaved, little-endian, in 2, 3 or 4 bytes, standing at the top of them. */
export function output(): usize {
  return outputBlock;
}

/** The frame's number, or its first sample's: `variableBlocks` tells. */
export function sampleNumber(): f64 {
  return <f64>number;
}

/**
 * Decodes the frame at byte `offset` of `input`, of which `bytes` are there from it on. Whatever the answer, it would be
 * the same if more bytes were there, but for NEEDS_MORE.
 * @returns the frame's length in bytes, or a status
 */
export function decode(offset: i32, bytes: i32): i32 {
  const at = inputBlock + offset;
  openBits(at, bytes, 0);
  const status = decodeAt(at);
  return overrun() ? NEEDS_MORE : status;
}

function decodeAt(at: usize): i32 {
  if (!readHeader(at)) return NO_HEADER;
  const channels = assignment < LEFT_SIDE ? assignment + 1 : 2;
  if (channels != streamChannels || (bits != 0 && bits != streamBits) || blockSize > largestBlock) return NO_HEADER;
  if (overrun()) return NEEDS_MORE;
  const wide = streamBits == 32;
  for (let channel = 0; channel < channels; channel++) {
    const side = assignment == SIDE_RIGHT ? channel == 0 : assignment >= LEFT_SIDE && channel == 1;
    const depth = streamBits + (side ? 1 : 0);
    const status = wide
      ? readSubframe<i64>(plane<i64>(channel), blockSize, depth)
      : readSubframe<i32>(plane<i32>(channel), blockSize, depth);
    if (status <= 0) return status;
    if (overrun()) return NEEDS_MORE;
  }
  alignBits();
  const length = bytesTaken();
  if (<u32>read(16) != crc16(at, length)) return BAD_CHECKSUM;
  if (wide) finish<i64>();
  else finish<i32>();
  return length + 2;
}

// @ts-ignore: decorator
@inline
function plane<T>(channel: i32): usize {
  return samples + <usize>(channel * largestBlock) * sizeof<T>();
}

function finish<T>(): void {
  if (assignment >= LEFT_SIDE) unpair<T>();
  pack<T>(samples, <usize>largestBlock * sizeof<T>(), outputBlock, streamChannels, blockSize, streamBits);
}

/** Left and right out of one of them or their mean, and their difference. */
function unpair<T>(): void {
  let a = samples;
  let b = plane<T>(1);
  for (const end = a + <usize>blockSize * sizeof<T>(); a < end; a += sizeof<T>(), b += sizeof<T>()) {
    const first = load<T>(a);
    const second = load<T>(b);
    if (assignment == LEFT_SIDE) store<T>(b, first - second);
    else if (assignment == SIDE_RIGHT) store<T>(a, first + second);
    else {
      // The mean was halved; whether it was odd, the difference tells.
      const both = (first << 1) | (second & 1);
      store<T>(a, (both + second) >> 1);
      store<T>(b, (both - second) >> 1);
    }
  }
}

/** Bytes that the last `decode` read before it knew its answer. */
export function taken(): i32 {
  return bytesTaken();
}
