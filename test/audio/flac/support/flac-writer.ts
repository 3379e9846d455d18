import { joinBytes } from "../../../../src/join.ts";
import { BitWriter } from "../../aac/support/bit-writer.ts";

/** How a channel is coded: RFC 9639, section 9.2. */
export type Coding =
  | { readonly kind: "constant" | "verbatim" }
  | { readonly kind: "fixed"; readonly order: number }
  | { readonly kind: "predicted"; readonly coefficients: readonly number[]; readonly shift: number };

export interface FrameFields {
  /** The channels' samples, integers. */
  readonly channels: readonly (readonly number[])[];
  readonly bits: number;
  /** The frame's number, or with `variable` its first sample's. */
  readonly number: number;
  readonly variable?: boolean;
  readonly pairing?: "none" | "left-side" | "side-right" | "mid-side";
  readonly coding?: Coding;
  /** Partitions of the residual are 2 to the power of this. */
  readonly partitions?: number;
  readonly wasted?: number;
  /** Residuals without Rice codes. */
  readonly plain?: boolean;
}

const PAIRINGS = { none: 0, "left-side": 8, "side-right": 9, "mid-side": 10 } as const;
const BITS: Readonly<Record<number, number>> = { 8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7 };

export function flacFrame(fields: FrameFields): Uint8Array<ArrayBuffer> {
  const { channels, bits, number, variable = false, pairing = "none" } = fields;
  const count = channels[0]?.length ?? 0;
  const header = new BitWriter();
  header.put(variable ? 0xfff9 : 0xfff8, 16);
  // Block size in 16 bits; the rate as in STREAMINFO.
  header.put(7, 4);
  header.put(0, 4);
  header.put(pairing === "none" ? channels.length - 1 : PAIRINGS[pairing], 4);
  header.put(BITS[bits] ?? 0, 3);
  header.put(0, 1);
  putNumber(header, number);
  header.put(count - 1, 16);
  const head = header.bytes();
  const body = new BitWriter();
  for (const [channel, samples] of paired(channels, pairing).entries()) {
    const side = pairing !== "none" && channel === (pairing === "side-right" ? 0 : 1);
    putSubframe(body, samples, bits + (side ? 1 : 0), fields);
  }
  body.align();
  const frame = joinBytes([head, Uint8Array.of(crc(head, 0x07, 8)), body.bytes()]);
  const checksum = crc(frame, 0x8005, 16);
  return joinBytes([frame, Uint8Array.of(checksum >> 8, checksum & 255)]);
}

export interface StreamFields {
  readonly smallest?: number;
  readonly largest: number;
  readonly rate?: number;
  readonly channels: number;
  readonly bits: number;
  readonly total?: number;
}

/** The marker and a STREAMINFO block, the last one. */
export function flacHeader({
  largest,
  smallest = largest,
  rate = 16000,
  channels,
  bits,
  total = 0,
}: StreamFields): Uint8Array<ArrayBuffer> {
  const writer = new BitWriter();
  for (const byte of [0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]) writer.put(byte, 8);
  writer.put(smallest, 16);
  writer.put(largest, 16);
  writer.put(0, 48);
  writer.put(rate, 20);
  writer.put(channels - 1, 3);
  writer.put(bits - 1, 5);
  writer.put(total, 36);
  for (let i = 0; i < 16; i++) writer.put(0, 8);
  return writer.bytes();
}

function paired(channels: FrameFields["channels"], pairing: NonNullable<FrameFields["pairing"]>) {
  const [left = [], right = []] = channels;
  const side = left.map((value, i) => value - (right[i] as number));
  if (pairing === "left-side") return [left, side];
  if (pairing === "side-right") return [side, right];
  if (pairing === "mid-side") return [left.map((value, i) => Math.floor((value + (right[i] as number)) / 2)), side];
  return channels;
}

function putSubframe(to: BitWriter, values: readonly number[], bits: number, fields: FrameFields): void {
  const { wasted = 0 } = fields;
  const depth = bits - wasted;
  const samples = values.map((value) => value / 2 ** wasted);
  const wanted = fields.coding ?? { kind: "verbatim" };
  const residual = residualOf(samples, wanted);
  // A residual has 32 bits at most: RFC 9639, section 9.2.7.3. What does not fit is stored as it is.
  const fits = residual.every((value) => Math.abs(value) < 2 ** 31);
  const coding: Coding = fits ? wanted : { kind: "verbatim" };
  const order = orderOf(coding);
  to.put(0, 1);
  to.put({ constant: 0, verbatim: 1, fixed: 8 + order, predicted: 31 + order }[coding.kind], 6);
  to.put(wasted > 0 ? 1 : 0, 1);
  if (wasted > 0) to.put(1, wasted);
  const plain = { constant: 1, verbatim: samples.length, fixed: order, predicted: order }[coding.kind];
  for (const value of samples.slice(0, plain)) putSigned(to, value, depth);
  if (coding.kind === "constant" || coding.kind === "verbatim") return;
  if (coding.kind === "predicted") {
    to.put(14, 4);
    to.put(coding.shift, 5);
    for (const coefficient of coding.coefficients) putSigned(to, coefficient, 15);
  }
  putResidual(to, residual, order, samples.length, fields);
}

function orderOf(coding: Coding): number {
  return coding.kind === "fixed" ? coding.order : coding.kind === "predicted" ? coding.coefficients.length : 0;
}

function residualOf(samples: readonly number[], coding: Coding): number[] {
  if (coding.kind === "constant" || coding.kind === "verbatim") return [];
  const order = orderOf(coding);
  const coefficients = coding.kind === "predicted" ? coding.coefficients : (FIXED[order] as readonly number[]);
  const shift = coding.kind === "predicted" ? coding.shift : 0;
  return samples.slice(order).map((value, i) => {
    let sum = 0n;
    for (const [c, coefficient] of coefficients.entries()) {
      sum += BigInt(coefficient) * BigInt(samples[order + i - 1 - c] as number);
    }
    return value - Number(sum >> BigInt(shift));
  });
}

const FIXED = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]] as const;

function putResidual(
  to: BitWriter,
  residual: readonly number[],
  order: number,
  count: number,
  { partitions = 0, plain = false }: FrameFields,
): void {
  to.put(1, 2);
  to.put(partitions, 4);
  const length = count / 2 ** partitions;
  for (let partition = 0, at = 0; partition < 2 ** partitions; partition++) {
    const part = residual.slice(at, at + length - (partition === 0 ? order : 0));
    at += part.length;
    const largest = Math.max(1, ...part.map(Math.abs));
    if (plain && largest < 2 ** 30) {
      const width = largest === 1 && part.every((value) => value === 0) ? 0 : Math.ceil(Math.log2(largest + 1)) + 1;
      to.put(31, 5);
      to.put(width, 5);
      if (width > 0) for (const value of part) putSigned(to, value, width);
      continue;
    }
    // A parameter that makes long quotients too: a third of the bits that the largest needs.
    const parameter = Math.min(30, Math.max(0, Math.ceil(Math.log2(largest)) - 4));
    to.put(parameter, 5);
    for (const value of part) {
      const folded = value < 0 ? -2 * value - 1 : 2 * value;
      for (let zero = Math.floor(folded / 2 ** parameter); zero > 0; zero--) to.put(0, 1);
      to.put(1, 1);
      to.put(folded % 2 ** parameter, parameter);
    }
  }
}

function putSigned(to: BitWriter, value: number, bits: number): void {
  to.put(value < 0 ? value + 2 ** bits : value, bits);
}

/** Like UTF-8, on to seven bytes. */
function putNumber(to: BitWriter, value: number): void {
  if (value < 0x80) {
    to.put(value, 8);
    return;
  }
  let bytes = 2;
  while (value >= 2 ** (5 * bytes + 1)) bytes++;
  to.put(2 ** 8 - 2 ** (8 - bytes) + Math.floor(value / 64 ** (bytes - 1)), 8);
  for (let byte = bytes - 2; byte >= 0; byte--) to.put(0x80 + (Math.floor(value / 64 ** byte) % 64), 8);
}

function crc(bytes: Uint8Array, polynomial: number, width: number): number {
  let value = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const top = ((value >> (width - 1)) ^ (byte >> bit)) & 1;
      value = ((value << 1) & (2 ** width - 1)) ^ (top === 1 ? polynomial : 0);
    }
  }
  return value;
}
