import { crc32, inflateRawSync } from "node:zlib";
import { elementCount, shapeText } from "../weights.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";

/** The largest array that is unpacked. VGGish's PCA matrix is 128 KB. */
const LARGEST = 1 << 28;
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/** An array of numbers, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float64Array | Float32Array;
}

/**
 * The arrays of a NumPy .npz file: a zip of .npy files (numpy/numpy numpy/lib/format.py). float32 and float64, either
 * order. The zip is read here because the CRC-32 of each member has to be compared, which fflate does not do. `file` is
 * for errors. Throws `weights_invalid`.
 */
export function readNpz(bytes: Uint8Array, file: string): Map<string, NpyArray> {
  const arrays = new Map<string, NpyArray>();
  for (const { name, at, data } of zipMembers(bytes, file)) {
    if (name.endsWith(".npy")) arrays.set(name.slice(0, -4), parseNpy(data, `${file}:${name}`, at));
  }
  return arrays;
}

interface Member {
  readonly name: string;
  /** Where its local header is. */
  readonly at: number;
  readonly data: Uint8Array;
}

/** Members by the directory at the end of a zip file: APPNOTE.TXT 4.3. */
function* zipMembers(bytes: Uint8Array, file: string): Generator<Member> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = findEnd(view);
  if (end === undefined) throw invalid(file, bytes.length, "this is no zip file, or its end is missing.", FETCH_AGAIN);
  try {
    let at = view.getUint32(end + 16, true);
    for (let left = view.getUint16(end + 10, true); left > 0; left--) {
      if (view.getUint32(at, true) !== DIRECTORY_ENTRY)
        throw invalid(file, at, "the zip's directory is damaged.", FETCH_AGAIN);
      const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
        number,
        number,
        number,
      ];
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
      const local = view.getUint32(at + 42, true);
      yield { name, at: local, data: unpackMember(view, at, local, `${file}:${name}`) };
      at += 46 + nameLength + extra + comment;
    }
  } catch (cause) {
    if (cause instanceof RangeError)
      throw invalid(file, end, "the zip's directory leads outside the file.", FETCH_AGAIN, cause);
    throw cause;
  }
}

/** The end record is the last thing in the file, but for a comment of up to 65535 bytes. */
function findEnd(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= first; at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  return undefined;
}

function unpackMember(view: DataView, entry: number, local: number, name: string): Uint8Array {
  const [crc, packed, size] = [16, 20, 24].map((field) => view.getUint32(entry + field, true)) as [
    number,
    number,
    number,
  ];
  const method = view.getUint16(entry + 10, true);
  if (view.getUint32(local, true) !== LOCAL_HEADER)
    throw invalid(name, local, "there is no zip member here.", FETCH_AGAIN);
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (size > LARGEST) throw invalid(name, entry, `the array has ${size} bytes, more than any published one.`);
  const stored = new Uint8Array(view.buffer, view.byteOffset + start, packed);
  const data = method === STORED ? stored : method === DEFLATED ? inflate(stored, size, name, start) : undefined;
  if (data === undefined)
    throw invalid(name, entry, `the member is compressed by method ${method}; 0 and 8 are known.`);
  if (data.length !== size || crc32(data) !== crc) {
    throw invalid(name, start, "the array does not match its checksum.", FETCH_AGAIN);
  }
  return data;
}

function inflate(packed: Uint8Array, size: number, name: string, at: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw invalid(name, at, "the array cannot be unpacked.", FETCH_AGAIN, cause);
  }
}

const MAGIC = "\x93NUMPY";

/** One .npy file: magic, version, length of the header, the header as a Python dictionary, the numbers. */
export function parseNpy(bytes: Uint8Array, file: string, byteOffset = 0): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== MAGIC) {
    throw invalid(file, byteOffset, "this is no .npy array.", FETCH_AGAIN);
  }
  const version = bytes[6] as number;
  const start = version === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(version === 1 ? 10 : 12, start));
  const [, descr] = /'descr': '([^']*)'/.exec(header) ?? [];
  const [, order] = /'fortran_order': (True|False)/.exec(header) ?? [];
  const [, sizes] = /'shape': \(([\d, ]*)\)/.exec(header) ?? [];
  if (descr === undefined || order === undefined || sizes === undefined) {
    throw invalid(file, byteOffset, "the array's header says no type, order and shape.", FETCH_AGAIN);
  }
  const shape = [...sizes.matchAll(/\d+/g)].map(Number);
  const width = descr === "<f4" ? 4 : descr === "<f8" ? 8 : undefined;
  if (width === undefined) throw invalid(file, byteOffset, `the array has type ${descr}; <f4 and <f8 are known.`);
  const count = elementCount(shape);
  if (bytes.length - start !== count * width) {
    throw invalid(
      file,
      byteOffset,
      `the array has ${bytes.length - start} bytes; ${shapeText(shape)} takes ${count * width}.`,
    );
  }
  // A copy of its own: the numbers need an aligned start, and `slice` of a Buffer would be a view.
  const data = new Uint8Array(bytes.subarray(start)).buffer;
  const values = width === 4 ? new Float32Array(data) : new Float64Array(data);
  return { shape, values: order === "True" ? fromColumns(values, shape) : values };
}

/** The same array with its last dimension running fastest. */
function fromColumns<T extends Float32Array | Float64Array>(values: T, shape: readonly number[]): T {
  const out = values.slice() as T;
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  for (let i = 0; i < out.length; i++) {
    out[i] = values[index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return out;
}
