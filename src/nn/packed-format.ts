import { OrcaError } from "../errors.ts";

/**
 * A packed model: a program for the kernels and the constants that it reads, ready to be used where they land in
 * WebAssembly memory. All numbers are little-endian.
 *
 * | bytes | what |
 * |---|---|
 * | 8 | "ORCANET" and a zero |
 * | 4 | the header's length, a multiple of 64 together with the 12 bytes before it |
 * | header | JSON: PackedHeader, padded by spaces |
 * | header.constants | weights, biases and tables; every block starts at a multiple of 64 |
 * | header.check | one window, its embedding and its scores, float32: the self-check |
 *
 * The program is a list of steps: a kernel and its call, the fields by name. When the model is loaded, each call becomes a
 * block of words in memory, in the order that the kernel reads them (calls.ts), and stays there; the kernel is called with
 * the block's address alone. Only what depends on the windows at hand, where buffers lie and how many rows there are, is
 * written again before each call (call-blocks.ts).
 *
 * A new kernel is a class of fields in assembly/nn/calls.ts and a function of one in assembly/nn/, exported by index.ts;
 * the same fields in calls.ts; a step where src/convert/pack/ meets its layer; and a twin in test/nn/. A change of what a
 * field or a layout of weights means is a new FORMAT_VERSION.
 */
export const MAGIC = "ORCANET\0";
export const FORMAT_VERSION = 2;
export const FIXED_BYTES = 12;
export const ALIGNMENT = 64;
const MAX_HEADER = 1 << 20;

/** What a field of a call holds: a number, where a buffer or a constant lies, or so many a window. */
export type Argument =
  | number
  | { readonly buffer: number }
  | { readonly constant: number }
  | { readonly windows: number };

/** One call of an export of the kernel module, with a value for each of its fields (calls.ts). */
export interface Step {
  readonly kernel: string;
  readonly call: Readonly<Record<string, Argument>>;
}

/** Working memory: so many bytes for each window that the steps around it take at once, and so many in any case. */
export interface BufferSpec {
  readonly window: number;
  readonly fixed: number;
}

/**
 * Steps up to `end` (from the end of the level before) take `chunk` windows at a time. Levels are nested: all steps of
 * the first level run for each of its chunks before the second level's steps run once. So large maps pass through
 * caches a window or two at a time, and small ones make products of enough rows.
 */
export interface Level {
  readonly chunk: number;
  readonly end: number;
}

export interface OutputSpec {
  readonly name: string;
  readonly buffer: number;
  readonly pixels: number;
  readonly channels: number;
  /** Numbers from pixel to pixel in memory. */
  readonly pitch: number;
  /** Whether a row is [channels][pixels] rather than [pixels][channels]. */
  readonly channelsFirst: boolean;
}

export const VARIANTS = ["fp32", "int8"] as const;
export type Variant = (typeof VARIANTS)[number];

export interface PackedHeader {
  readonly version: number;
  readonly name: string;
  readonly variant: Variant;
  readonly window: readonly [frames: number, bands: number];
  /** Where the windows go. */
  readonly input: number;
  readonly outputs: readonly OutputSpec[];
  readonly buffers: readonly BufferSpec[];
  readonly steps: readonly Step[];
  readonly levels: readonly Level[];
  readonly constants: number;
  readonly check: number;
}

/** The bytes before the constants. */
export function encodeHeader(header: PackedHeader): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil((FIXED_BYTES + json.length) / ALIGNMENT) * ALIGNMENT - FIXED_BYTES;
  const out = new Uint8Array(FIXED_BYTES + length).fill(0x20);
  out.set(new TextEncoder().encode(MAGIC));
  new DataView(out.buffer).setUint32(8, length, true);
  out.set(json, FIXED_BYTES);
  return out;
}

/** The header's length, from the first FIXED_BYTES bytes. Throws `model_damaged`. */
export function headerLength(bytes: Uint8Array): number {
  const magic = new TextDecoder().decode(bytes.subarray(0, 8));
  if (magic !== MAGIC) {
    throw new OrcaError("model_damaged", "This is not a packed model: it does not begin with ORCANET.", {
      byteOffset: 0,
      hint: "Pack the .onnx file for the kernels engine first.",
    });
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  if (length > MAX_HEADER) {
    throw new OrcaError("model_damaged", `The packed model's header says that it has ${length} bytes.`, {
      byteOffset: 8,
    });
  }
  return length;
}

/** Throws `model_damaged`. */
export function decodeHeader(json: Uint8Array): PackedHeader {
  let header: PackedHeader;
  try {
    header = JSON.parse(new TextDecoder().decode(json)) as PackedHeader;
  } catch (cause) {
    throw new OrcaError("model_damaged", "The packed model's header is not JSON.", { byteOffset: FIXED_BYTES, cause });
  }
  if (header.version !== FORMAT_VERSION) {
    throw new OrcaError(
      "model_damaged",
      `The packed model has format ${header.version}; this version reads ${FORMAT_VERSION}.`,
      {
        hint: "Pack it again.",
      },
    );
  }
  return header;
}
