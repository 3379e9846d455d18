/**
 * raw_data_block: the elements of 1024 samples of one or two channels. ISO/IEC 14496-3:2009, 4.4.2, tables 4.3 to 4.11.
 * One module instance is one decoder. A block that cannot be decoded changes nothing that carries over; the caller then
 * asks for `conceal`.
 */

import { alloc } from "../memory";
import { alignBits, BIT_PADDING, bitsLeft, flag, openBits, overrun, read, skip } from "../bits";
import { BAND_PLACES, bandAt, Channel, newChannel } from "./channel";
import { overlapAdd, overlapNothing, transformBoth } from "./filter-bank";
import { applyNoise, applyNoiseOfSecond, seedNoise } from "./noise";
import { readProgramme } from "./programme";
import { copyWindows, readPulses, readScaleFactors, readSections, readWindows } from "./side-info";
import { readSpectrum } from "./spectrum";
import { BAD_MASK, COUPLING, ENDED, GAIN_CONTROL, OK, TOO_LOUD, WRONG_CHANNELS } from "./status";
import { applyIntensity, applyMiddleSide } from "./stereo";
import { applyTns, readTns } from "./tns";

/** id_syn_ele. */
const SCE: i32 = 0;
const CPE: i32 = 1;
const CCE: i32 = 2;
const LFE: i32 = 3;
const DSE: i32 = 4;
const PCE: i32 = 5;
const FIL: i32 = 6;
const END: i32 = 7;

/** extension_type of spectral band replication, without and with a checksum. */
const SBR: i32 = 13;
const SBR_CRC: i32 = 14;

/** An ADTS frame has at most 8191 bytes; some room for the reader behind it. */
const INPUT_BYTES: usize = 8192 + 64;

const inputBlock = alloc(INPUT_BYTES);
const first = newChannel();
const second = newChannel();
/** What low-frequency elements are read into, and dropped. */
const unused = newChannel();
/** ms_used by band place. */
const mask = alloc(BAND_PLACES);
/** 1024 float64 of each channel, and 1024 float32 for the caller. */
const firstOut = alloc(1024 * 8);
const secondOut = alloc(1024 * 8);
const mono = alloc(1024 * 4);
let channels: i32 = 0;
let sbr: bool = false;

/** Where the caller writes an access unit of up to 8191 bytes. */
export function input(): usize {
  return inputBlock;
}

/** The access unit at `input` has `bytes` bytes, of which the first `header` are not for the decoder. */
export function open(bytes: i32, header: i32): void {
  memory.fill(inputBlock + bytes, 0, BIT_PADDING);
  openBits(inputBlock, bytes, header);
}

/** Passes over bits, for example a checksum between blocks. */
export function skipBits(bits: i32): void {
  skip(bits);
}

/** Whole bytes not read yet. */
export function bytesLeft(): i32 {
  return bitsLeft() >> 3;
}

/** Channels of the last block. */
export function channelCount(): i32 {
  return channels;
}

/** Whether the last block had spectral band replication data. */
export function sbrSeen(): bool {
  return sbr;
}

/** Forgets what carries over from block to block. */
export function reset(): void {
  memory.fill(first.overlap, 0, 1024 * 8);
  memory.fill(second.overlap, 0, 1024 * 8);
  first.previousShape = 0;
  second.previousShape = 0;
  seedNoise();
}

/**
 * Decodes one block.
 * @param expected  1 or 2 channels, or 0 where the elements shall say
 * @returns a status
 */
export function decode(expected: i32): i32 {
  let found = 0;
  sbr = false;
  for (;;) {
    if (overrun()) return ENDED;
    const element = read(3);
    if (element == END) break;
    let status = OK;
    if (element == SCE || element == CPE) {
      const adds = element == CPE ? 2 : 1;
      if (found + adds > 2) return WRONG_CHANNELS;
      if (element == CPE) status = readPair();
      else status = readSingle(found == 0 ? first : second);
      found += adds;
    } else if (element == LFE) {
      skip(4);
      status = readStream(unused, false);
    } else if (element == CCE) status = COUPLING;
    else if (element == DSE) readData();
    else if (element == PCE) status = readProgramme();
    else if (element == FIL) readFill();
    if (status != OK) return status;
  }
  alignBits();
  if (overrun()) return ENDED;
  if (found == 0 || (expected != 0 && found != expected)) return WRONG_CHANNELS;
  if (!transformBoth(first, found == 2 ? second : null)) return TOO_LOUD;
  overlapAdd(first, 0, firstOut);
  if (found == 2) overlapAdd(second, 1, secondOut);
  channels = found;
  return OK;
}

/** In place of a block: 1024 samples, the last block's end and then silence. */
export function conceal(): void {
  overlapNothing(first, firstOut);
  overlapNothing(second, secondOut);
}

/** @returns 1024 float32 samples of one channel of the last block, or of the mean of both with `channel` -1 */
export function samples(channel: i32): usize {
  const from = channel == 1 ? secondOut : firstOut;
  const other = channel < 0 && channels == 2 ? secondOut : from;
  // The mean is formed in float64 and rounded once; of a channel with itself it is that channel.
  const half = f64x2.splat(0.5);
  for (let n: usize = 0; n < 1024; n += 2) {
    const both = f64x2.mul(f64x2.add(v128.load(from + n * 8), v128.load(other + n * 8)), half);
    v128.store64_lane(mono + n * 4, f32x4.demote_f64x2_zero(both), 0);
  }
  return mono;
}

function readSingle(channel: Channel): i32 {
  skip(4); // element_instance_tag
  const status = readStream(channel, false);
  if (status != OK) return status;
  applyNoise(channel);
  applyTns(channel);
  return OK;
}

/** channel_pair_element: table 4.5. */
function readPair(): i32 {
  skip(4);
  memory.fill(mask, 0, BAND_PLACES);
  const common = flag();
  let maskKind = 0;
  if (common) {
    const status = readWindows(first);
    if (status != OK) return status;
    copyWindows(first, second);
    maskKind = read(2);
    if (maskKind == 3) return BAD_MASK;
    for (let group = 0; group < first.groups; group++) {
      for (let band = 0; band < first.maxBand; band++) {
        const used = maskKind == 2 || (maskKind == 1 && flag());
        store<u8>(mask + bandAt(group, band), used ? 1 : 0);
      }
    }
  }
  let status = readStream(first, common);
  if (status == OK) status = readStream(second, common);
  if (status != OK) return status;
  applyNoise(first);
  applyNoiseOfSecond(second, first, mask);
  if (maskKind != 0) applyMiddleSide(first, second, mask);
  applyIntensity(first, second, mask, maskKind == 1);
  applyTns(first);
  applyTns(second);
  return OK;
}

/** individual_channel_stream: table 4.50. */
function readStream(channel: Channel, common: bool): i32 {
  channel.globalGain = read(8);
  let status = common ? OK : readWindows(channel);
  if (status == OK) status = readSections(channel);
  if (status == OK) status = readScaleFactors(channel);
  if (status == OK) status = readPulses(channel);
  if (status == OK) status = readTns(channel);
  if (status == OK && flag()) status = GAIN_CONTROL;
  if (status == OK) status = readSpectrum(channel);
  return status;
}

/** data_stream_element: table 4.10. */
function readData(): void {
  skip(4);
  const aligned = flag();
  let bytes = read(8);
  if (bytes == 255) bytes += read(8);
  if (aligned) alignBits();
  skip(bytes * 8);
}

/** fill_element: table 4.11. */
function readFill(): void {
  let bytes = read(4);
  if (bytes == 15) bytes += read(8) - 1;
  if (bytes == 0) return;
  const kind = read(4);
  if (kind == SBR || kind == SBR_CRC) sbr = true;
  skip(bytes * 8 - 4);
}
