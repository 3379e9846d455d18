import { Dataset, File, Group } from "jsfive";
import { elementCount } from "../weights.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";
import type { PositionedFile } from "./positioned-file.ts";
import type { Place, StoredTensor, TensorStore } from "./tensor-store.ts";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** The file is read whole, because jsfive wants it so; yamnet.h5 is 15 MB. */
const LARGEST = 1 << 28;
/** Where version 0 of the superblock (HDF5 file format specification, II.A) says what is checked here. */
const SUPERBLOCK = { size: 96, version: 8, endOfFile: 40, rootHeader: 64 };
const LAYOUT_MESSAGE = 8;
const CONTIGUOUS = 1;
const DEEPEST = 16;
const MOST_OBJECTS = 10_000;

/** Whether a file begins as HDF5 does. */
export async function isHdf5(file: PositionedFile): Promise<boolean> {
  if (file.size < SIGNATURE.length) return false;
  const start = await file.read(0, SIGNATURE.length);
  return SIGNATURE.every((byte, at) => byte === start[at]);
}

/**
 * Keras' `save_weights` file: float32 datasets in groups by layer. Takes over `file` and closes it: the bytes are kept.
 *
 * This version of HDF5 has no checksums. What can be seen is refused with `weights_invalid`: a file of another length than
 * it says, structures and data outside it, data that overlap. A wrong bit inside the numbers cannot be seen here, except
 * where it makes them non-finite or a variance negative, which published.ts checks: compare the file's sha256.
 */
export async function openKerasHdf5(file: PositionedFile): Promise<TensorStore> {
  try {
    const { name, size } = file;
    if (size > LARGEST) throw invalid(name, LARGEST, "the file is larger than any published one.");
    if (!(await isHdf5(file)) || size < SUPERBLOCK.size) throw invalid(name, 0, "this is no HDF5 file.", FETCH_AGAIN);
    const bytes = new Uint8Array(size);
    await file.readInto(bytes, 0);
    const tensors = new Hdf5Walk(bytes, name).tensors();
    return { format: "keras-hdf5", tensors, others: [], listed: { file: name, byteOffset: 0 }, close: async () => {} };
  } finally {
    await file.close();
  }
}

/** Goes through all groups of a file. jsfive trusts what it reads, so every address is looked at before it may follow. */
class Hdf5Walk {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #file: string;
  readonly #seen = new Set<number>();
  readonly #tensors: StoredTensor[] = [];
  readonly #extents: { key: string; start: number; end: number }[] = [];

  constructor(bytes: Uint8Array<ArrayBuffer>, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#file = file;
  }

  tensors(): readonly StoredTensor[] {
    const version = this.#bytes[SUPERBLOCK.version];
    if (version !== 0) {
      throw this.#invalid(
        SUPERBLOCK.version,
        `the file has superblock version ${version}; yamnet.h5 is published with 0.`,
      );
    }
    const end = this.#address(SUPERBLOCK.endOfFile);
    if (end !== this.#bytes.length) {
      const what = `the file says that it has ${end} bytes, and has ${this.#bytes.length}.`;
      throw this.#invalid(SUPERBLOCK.endOfFile, what);
    }
    const root = this.#address(SUPERBLOCK.rootHeader);
    this.#checkHeader(root, "/");
    this.#walk(
      this.#guard(root, "/", () => new File(this.#bytes.buffer)),
      "",
      0,
    );
    this.#checkOverlaps();
    return this.#tensors;
  }

  #walk(group: Group, path: string, depth: number): void {
    for (const name of this.#guard(0, path, () => group.keys)) {
      const key = path === "" ? name : `${path}/${name}`;
      const address = group._links[name];
      if (typeof address !== "number")
        throw this.#invalid(0, `${key} is a link to another place, which Keras never makes.`);
      this.#checkHeader(address, key);
      if (depth > DEEPEST || this.#seen.size > MOST_OBJECTS)
        throw this.#invalid(address, `there is no end of groups at ${key}.`);
      const object = this.#guard(address, key, () => group.get(name));
      if (object instanceof Dataset) this.#addTensor(object, key, address);
      else if (object instanceof Group) this.#walk(object, key, depth + 1);
      else throw this.#invalid(address, `${key} is neither a group nor a dataset.`);
    }
  }

  #addTensor(dataset: Dataset, key: string, header: number): void {
    const { shape, dtype } = this.#guard(header, key, () => ({ shape: dataset.shape, dtype: dataset.dtype }));
    if (dtype !== "<f4") throw this.#invalid(header, `dataset ${key} has type ${String(dtype)}; float32 was expected.`);
    const size = 4 * elementCount(shape);
    const start = this.#dataAddress(dataset, key, header, size);
    this.#extents.push({ key, start, end: start + size });
    const declared: Place = { file: this.#file, byteOffset: header };
    const place: Place = { file: this.#file, byteOffset: start };
    const read = async () => ({ values: new Float32Array(this.#bytes.buffer.slice(start, start + size)), place });
    this.#tensors.push({ key, names: [publishedName(key)], shape, declared, read });
  }

  /** Where the dataset's numbers are, from its layout message: version 3, in one piece, address and size. */
  #dataAddress(dataset: Dataset, key: string, header: number, size: number): number {
    const at = this.#guard(header, key, () =>
      dataset._dataobjects.find_msg_type(LAYOUT_MESSAGE)[0]?.get("offset_to_message"),
    );
    if (typeof at !== "number" || !(at + 18 <= this.#bytes.length))
      throw this.#invalid(header, `dataset ${key} has no layout.`);
    if (this.#bytes[at] !== 3 || this.#bytes[at + 1] !== CONTIGUOUS) {
      throw this.#invalid(at, `dataset ${key} is not stored in one piece.`, "Save it without chunks or compression.");
    }
    const start = this.#address(at + 2);
    const stored = this.#address(at + 10);
    if (stored !== size) throw this.#invalid(at, `dataset ${key} has ${stored} bytes; its shape takes ${size}.`);
    if (!(start + size <= this.#bytes.length)) {
      throw this.#invalid(at, `dataset ${key} is at bytes ${start} to ${start + size}, outside the file.`);
    }
    return start;
  }

  #checkOverlaps(): void {
    const sorted = this.#extents.toSorted((a, b) => a.start - b.start);
    for (const [at, { key, start }] of sorted.entries()) {
      const before = sorted[at - 1];
      if (before !== undefined && start < before.end) {
        throw this.#invalid(start, `datasets ${before.key} and ${key} share bytes.`);
      }
    }
  }

  /** An object header of version 1 must be here, and none that was met before: a circle would have no end. */
  #checkHeader(address: number, key: string): void {
    if (!(address >= 0 && address + 16 <= this.#bytes.length) || this.#bytes[address] !== 1) {
      throw this.#invalid(Math.min(address, this.#bytes.length), `the header of ${key} should be here, but is not.`);
    }
    if (this.#seen.has(address)) throw this.#invalid(address, `${key} is something that was met before.`);
    this.#seen.add(address);
  }

  /** 64 bits as a number; too large ones only get less exact, and are outside the file anyway. */
  #address(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  /** jsfive throws strings, TypeErrors and RangeErrors where a structure makes no sense. */
  #guard<T>(byteOffset: number, key: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw invalid(this.#file, byteOffset, `${key} cannot be read: ${why}.`, FETCH_AGAIN, cause);
    }
  }

  #invalid(byteOffset: number, what: string, hint = FETCH_AGAIN): Error {
    return invalid(this.#file, byteOffset, what, hint);
  }
}

/** Keras repeats a layer's name inside its group: `layer1/conv/bn/layer1/conv/bn/beta:0` is `layer1/conv/bn/beta`. */
export function publishedName(path: string): string {
  return path.replace(/^(.+)\/\1\//, "$1/").replace(/:0$/, "");
}
