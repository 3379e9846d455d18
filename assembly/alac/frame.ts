/**
 * ALAC frames to interleaved PCM. After Apple's description of its codec (macosforge/alac, codec/ALACDecoder.cpp and
 * ALACMagicCookieDescription.txt, Apache License 2.0). One module instance decodes one stream of one or two channels.
 */

import { alignBits, BIT_PADDING, flag, openBits, overrun, read, readSigned, skip } from "../bits";
import { alloc } from "../memory";
import { pack } from "../pack";
import { readResidual } from "./entropy";
import { PLAIN, unpredict } from "./predictor";
import { BAD_ELEMENT, ENDED, OK, TOO_LONG, WRONG_CHANNELS } from "./status";

/** Elements, as in AAC. */
const SINGLE: i32 = 0;
const PAIR: i32 = 1;
const LOW: i32 = 3;
const DATA: i32 = 4;
const FILL: i32 = 6;
const END: i32 = 7;

const COEFFICIENTS: usize = 32;

let streamChannels: i32 = 0;
let streamBits: i32 = 0;
let longest: i32 = 0;
let history: u32 = 0;
let startMean: u32 = 0;
let limit: i32 = 0;
let inputBlock: usize = 0;
let outputBlock: usize = 0;
/** The channels one after another, `longest` i32 each. */
let samples: usize = 0;
/** Low bits that were left out of the prediction, i32, interleaved. */
let lowBits: usize = 0;
const coefficients = alloc(2 * COEFFICIENTS * 2);
let count: i32 = 0;

/** What the stream's configuration says. @param capacity  bytes of the longest frame */
export function open(
  channels: i32,
  bits: i32,
  frame: i32,
  historyMultiplier: i32,
  initialHistory: i32,
  mostBits: i32,
  capacity: i32,
): void {
  streamChannels = channels;
  streamBits = bits;
  longest = frame;
  history = historyMultiplier;
  startMean = initialHistory;
  limit = mostBits;
  inputBlock = alloc(<usize>capacity + BIT_PADDING);
  const bytes = <usize>channels * frame * 4;
  samples = alloc(bytes);
  lowBits = alloc(bytes);
  outputBlock = alloc(bytes);
}

/** Where the caller puts a frame's bytes. */
export function input(): usize {
  return inputBlock;
}

/** The last frame's samples, interleaved, little-endian, in 2, 3 or 4 bytes, standing at the top of them. */
export function output(): usize {
  return outputBlock;
}

/** Samples of each channel of the last frame. */
export function frameSamples(): i32 {
  return count;
}

/** Decodes the frame of `bytes` bytes at `input`. @returns a status */
export function decode(bytes: i32): i32 {
  memory.fill(inputBlock + bytes, 0, BIT_PADDING);
  openBits(inputBlock, bytes, 0);
  let channel = 0;
  count = 0;
  for (;;) {
    if (overrun()) return ENDED;
    const element = read(3);
    if (element == END) break;
    if (element == SINGLE || element == LOW || element == PAIR) {
      const channels = element == PAIR ? 2 : 1;
      if (channel + channels > streamChannels) return WRONG_CHANNELS;
      const status = readElement(channel, channels);
      if (status != OK) return status;
      channel += channels;
      // Some encoders leave out the end.
      if (channel == streamChannels) break;
    } else if (element == DATA) readData();
    else if (element == FILL) readFill();
    else return BAD_ELEMENT;
  }
  if (channel != streamChannels) return WRONG_CHANNELS;
  pack<i32>(samples, <usize>longest * 4, outputBlock, streamChannels, count, streamBits);
  return OK;
}

// @ts-ignore: decorator
@inline
function plane(channel: i32): usize {
  return samples + <usize>(channel * longest) * 4;
}

function readElement(channel: i32, channels: i32): i32 {
  skip(4); // element_instance_tag
  if (read(12) != 0) return BAD_ELEMENT;
  const partial = flag();
  const left = read(2) * 8;
  const escape = flag();
  if (left == 24 || left >= streamBits) return BAD_ELEMENT;
  const length = partial ? read(32) : longest;
  if (length < 0 || length > longest) return TOO_LONG;
  if (channel > 0 && length != count) return BAD_ELEMENT;
  count = length;
  if (overrun()) return ENDED;
  return escape ? readPlain(channel, channels) : readPredicted(channel, channels, left);
}

/** Samples as they are, one channel after the other within each. */
function readPlain(channel: i32, channels: i32): i32 {
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < channels; c++) store<i32>(plane(channel + c) + ((<usize>i) << 2), readSigned(streamBits));
    if (overrun()) return ENDED;
  }
  return OK;
}

function readPredicted(channel: i32, channels: i32, left: i32): i32 {
  const bits = streamBits - left + (channels == 2 ? 1 : 0);
  // A pair's difference may need a bit more than there are; a stream without codes has plain frames only.
  if (bits > 32 || limit == 0) return BAD_ELEMENT;
  const mixBits = read(8);
  const mixShare = readSigned(8);
  let modes = 0;
  let orders = 0;
  let shifts = 0;
  let factors = 0;
  for (let c = 0; c < channels; c++) {
    modes |= read(4) << (c * 8);
    shifts |= read(4) << (c * 8);
    factors |= read(3) << (c * 8);
    const order = read(5);
    orders |= order << (c * 8);
    for (let i = 0; i < order; i++) store<i16>(coefficientsOf(c) + ((<usize>i) << 1), <i16>read(16));
  }
  if (left > 0) {
    for (let i = 0; i < count * channels; i++) store<i32>(lowBits + ((<usize>i) << 2), read(left));
  }
  if (overrun()) return ENDED;
  for (let c = 0; c < channels; c++) {
    const at = plane(channel + c);
    const speed = (history * ((factors >> (c * 8)) & 255)) >> 2;
    if (!readResidual(at, count, startMean, speed, limit, bits)) return ENDED;
    if (((modes >> (c * 8)) & 255) != 0) unpredict(at, count, 0, PLAIN, bits, 0);
    unpredict(at, count, coefficientsOf(c), (orders >> (c * 8)) & 255, bits, (shifts >> (c * 8)) & 255);
  }
  if (channels == 2 && mixShare != 0) unmix(channel, mixBits & 31, mixShare);
  if (left > 0) addLowBits(channel, channels, left);
  return OK;
}

// @ts-ignore: decorator
@inline
function coefficientsOf(c: i32): usize {
  return coefficients + <usize>c * COEFFICIENTS * 2;
}

/** Left and right out of a weighted mean and their difference. */
function unmix(channel: i32, mixBits: i32, mixShare: i32): void {
  let a = plane(channel);
  let b = plane(channel + 1);
  for (const end = a + (<usize>count << 2); a < end; a += 4, b += 4) {
    const difference = load<i32>(b);
    const left = load<i32>(a) + difference - ((mixShare * difference) >> mixBits);
    store<i32>(a, left);
    store<i32>(b, left - difference);
  }
}

function addLowBits(channel: i32, channels: i32, left: i32): void {
  for (let c = 0; c < channels; c++) {
    let from = lowBits + ((<usize>c) << 2);
    let at = plane(channel + c);
    for (const end = at + (<usize>count << 2); at < end; at += 4, from += <usize>channels << 2) {
      store<i32>(at, (load<i32>(at) << left) | load<i32>(from));
    }
  }
}

/** data_stream_element. */
function readData(): void {
  skip(4);
  const aligned = flag();
  let bytes = read(8);
  if (bytes == 255) bytes += read(8);
  if (aligned) alignBits();
  skip(bytes * 8);
}

/** fill_element. */
function readFill(): void {
  let bytes = read(4);
  if (bytes == 15) bytes += read(8) - 1;
  skip(bytes * 8);
}
