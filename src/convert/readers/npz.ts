import { elementCount, shapeText } from "../weights.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";
import { zipMembers } from "./zip.ts";

/** The largest array that is unpacked. VGGish's PCA matrix is 128 KB. */
const LARGEST = 1 << 28;

/** An array of numbers, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float64Array | Float32Array;
}

/**
 * The arrays of a NumPy .npz file: a zip of .npy files (numpy/numpy numpy/lib/format.py). float32 and float64, either
 * order. `file` is for errors. Throws `weights_invalid`.
 */
export function readNpz(bytes: Uint8Array, file: string): Map<string, NpyArray> {
  const arrays = new Map<string, NpyArray>();
  for (const { name, at, data } of zipMembers(bytes, file, LARGEST)) {
    if (name.endsWith(".npy")) arrays.set(name.slice(0, -4), parseNpy(data, `${file}:${name}`, at));
  }
  return arrays;
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
