import { LONG_BANDS, SHORT_BANDS } from "../../../../assembly/aac/bands.ts";
import { joinBytes } from "../../../../src/join.ts";
import { adtsFrame, BitWriter } from "./bit-writer.ts";
import { SPECTRA } from "./codes.ts";
import { dataElement, fillElement, type Random, type Seen, scaleFactors, sections, spectrum } from "./syntax-writer.ts";

/**
 * Correct AAC-LC streams of random content: every codebook and codeword, escapes, pulses, noise, intensity, M/S, TNS
 * filters of all orders, window sequences in their legal order, both shapes, all groupings. No encoder uses all of that;
 * a decoder has to. Written from the syntax of ISO/IEC 14496-3:2009, 4.4.2.
 */
export interface RandomStream {
  readonly seed: number;
  /** samplingFrequencyIndex. */
  readonly rateIndex: number;
  readonly channels: 1 | 2;
  readonly frames: number;
  /** Share of bands that are noise (0 to leave it out). */
  readonly noise?: number;
  readonly pulses?: boolean;
  readonly tns?: boolean;
  readonly seen?: Seen;
}

/** Which window sequences may follow on one: ISO/IEC 14496-3:2009, table 4.128 (0 long, 1 start, 2 short, 3 stop). */
const FOLLOWERS = [
  [0, 0, 1],
  [2, 2],
  [2, 2, 3],
  [0, 1],
];

interface Windows {
  sequence: number;
  shape: number;
  bands: readonly number[];
  maxBand: number;
  /** Windows of each group. */
  groups: number[];
  grouping: number;
}

export function randomStream(options: RandomStream): Uint8Array<ArrayBuffer> {
  const random = generator(options.seed);
  const sequences = [0, 0];
  const frames: Uint8Array[] = [];
  for (let frame = 0; frame < options.frames; frame++) {
    const writer = new BitWriter();
    if (random(4) === 0) dataElement(writer, random);
    if (options.channels === 1) {
      writer.put(0, 7);
      const windows = newWindows(sequences, 0, options.rateIndex, random);
      stream(writer, windows, false, books(windows, options, random, false), options, random);
    } else pair(writer, sequences, options, random);
    if (random(4) === 0) fillElement(writer, random);
    writer.put(7, 3);
    frames.push(adtsFrame(writer.bytes(), options));
  }
  return joinBytes(frames);
}

/** A generator of integers from 0 to below a bound: mulberry32. */
function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random(items.length)] as T;
}

function newWindows(sequences: number[], channel: number, rateIndex: number, random: Random): Windows {
  const sequence = pick(FOLLOWERS[sequences[channel] as number] as number[], random);
  sequences[channel] = sequence;
  const bands = (sequence === 2 ? SHORT_BANDS : LONG_BANDS)[rateIndex] as number[];
  const grouping = sequence === 2 ? random(128) : 0;
  const groups = [1];
  for (let bit = 6; sequence === 2 && bit >= 0; bit--) {
    if ((grouping >> bit) & 1) groups[groups.length - 1] = (groups.at(-1) as number) + 1;
    else groups.push(1);
  }
  return { sequence, shape: random(2), bands, maxBand: random(bands.length), groups, grouping };
}

function pair(writer: BitWriter, sequences: number[], options: RandomStream, random: Random): void {
  writer.put(1, 3);
  writer.put(0, 4);
  const left = newWindows(sequences, 0, options.rateIndex, random);
  let right = left;
  // One set of windows for both needs both to be at the same place of the sequence.
  const common = (FOLLOWERS[sequences[1] as number] as number[]).includes(left.sequence) && random(4) > 0;
  if (common) sequences[1] = left.sequence;
  else right = newWindows(sequences, 1, options.rateIndex, random);
  const leftBooks = books(left, options, random, false);
  const rightBooks = books(right, options, random, common);
  writer.put(common ? 1 : 0, 1);
  if (common) {
    windowInfo(writer, left);
    // The oracle makes independent noise where the standard wants the same on both sides: not compared here.
    const both = leftBooks.map((group, g) => group.map((book, b) => book === 13 && rightBooks[g]?.[b] === 13));
    const plain = !rightBooks.flat().some((book) => book >= 13) && !both.flat().some(Boolean);
    const kind = random(plain ? 3 : 2);
    writer.put(kind, 2);
    if (kind === 1) for (const group of both) for (const noisy of group) writer.put(noisy ? 0 : random(2), 1);
  }
  stream(writer, left, common, leftBooks, options, random);
  stream(writer, right, common, rightBooks, options, random);
}

function windowInfo(writer: BitWriter, { sequence, shape, maxBand, grouping }: Windows): void {
  writer.put(0, 1);
  writer.put(sequence, 2);
  writer.put(shape, 1);
  writer.put(maxBand, sequence === 2 ? 4 : 6);
  if (sequence === 2) writer.put(grouping, 7);
  else writer.put(0, 1);
}

/** A codebook for each band of each group; neighbours often share one, as sections do. */
function books(windows: Windows, options: RandomStream, random: Random, intensity: boolean): number[][] {
  return windows.groups.map(() => {
    let book = 0;
    return Array.from({ length: windows.maxBand }, () => {
      if (random(3) > 0) return book;
      book = random(12);
      if (random(100) < 100 * (options.noise ?? 0)) book = 13;
      else if (intensity && random(6) === 0) book = 14 + random(2);
      return book;
    });
  });
}

function stream(
  writer: BitWriter,
  windows: Windows,
  common: boolean,
  bookOf: number[][],
  options: RandomStream,
  random: Random,
): void {
  const { sequence, bands, groups } = windows;
  const short = sequence === 2;
  // Lines of this size add up to something like a tenth of full scale.
  const size = short ? 3e4 : 1e5;
  const values = bookOf.map((group, g) =>
    group.map((book, band) => {
      const lines = ((bands[band + 1] as number) - (bands[band] as number)) * (groups[g] as number);
      // Rarely escapes; some bands with mostly small values, as in sounds, some with all sizes alike.
      const bound = book === 11 && random(8) === 0 ? 8191 : (SPECTRA.get(book)?.largest ?? 0);
      const power = 1 + random(3);
      return Array.from(
        { length: lines },
        () => (random(2) * 2 - 1) * Math.round(bound * (random(1000) / 999) ** power),
      );
    }),
  );
  const levels = bookOf.map((group, g) =>
    group.map((book, band) => {
      const lines = values[g]?.[band] as number[];
      if (book === 0) return 0;
      if (book >= 14) return random(41) - 20;
      if (book === 13)
        return Math.round(4 * Math.log2((size * Math.sqrt(lines.length / (groups[g] as number))) / 2)) - random(12);
      const largest = lines.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      return Math.max(0, Math.round(100 + 4 * Math.log2(size / largest ** (4 / 3)))) - random(8);
    }),
  );
  const flat = bookOf.flat();
  const gain = levels.flat().find((_, i) => (flat[i] as number) > 0 && (flat[i] as number) < 12) ?? 150;
  writer.put(gain, 8);
  if (!common) windowInfo(writer, windows);
  sections(writer, bookOf, short ? 3 : 5);
  scaleFactors(writer, bookOf, levels, gain, options.seen);
  const pulse = !short && options.pulses === true && windows.maxBand > 2 && random(3) === 0;
  writer.put(pulse ? 1 : 0, 1);
  if (pulse) {
    const count = random(4);
    writer.put(count, 2);
    // Far enough from the last band that four steps of up to 7 stay within.
    const reach = (bands[windows.maxBand] as number) - 28;
    writer.put(
      bands.findLastIndex((line) => line <= Math.max(0, reach)),
      6,
    );
    for (let i = 0; i <= count; i++) {
      writer.put(random(reach > 0 ? 8 : 2), 5);
      writer.put(random(16), 4);
    }
  }
  const tns = options.tns === true && random(2) === 0;
  writer.put(tns ? 1 : 0, 1);
  if (tns) filters(writer, short, random);
  writer.put(0, 1);
  for (const [g, group] of bookOf.entries()) {
    for (const [band, book] of group.entries()) spectrum(writer, book, values[g]?.[band] as number[], options.seen);
  }
}

function filters(writer: BitWriter, short: boolean, random: Random): void {
  for (let window = 0; window < (short ? 8 : 1); window++) {
    const count = random(short ? 2 : 4);
    writer.put(count, short ? 1 : 2);
    if (count === 0) continue;
    const resolution = random(2);
    writer.put(resolution, 1);
    for (let i = 0; i < count; i++) {
      writer.put(random(short ? 16 : 30), short ? 4 : 6);
      const order = random(short ? 8 : 13);
      writer.put(order, short ? 3 : 5);
      if (order === 0) continue;
      writer.put(random(2), 1);
      const compress = random(2);
      writer.put(compress, 1);
      const bits = resolution + 3 - compress;
      // Long filters of large coefficients would have gains that no sound survives.
      const bound = order > 2 ? Math.min(2, 2 ** (bits - 1)) : 2 ** (bits - 1);
      for (let k = 0; k < order; k++) writer.put((random(2 * bound) - bound + 2 ** bits) % 2 ** bits, bits);
    }
  }
}
