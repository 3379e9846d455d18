import { elementCount, shapeText } from "../weights.ts";
import { DT_FLOAT, DT_STRING, decode, shapeOf } from "./checkpoint-proto.ts";
import { crc32c, masked, readWithCrc32c } from "./crc32c.ts";
import { Cursor } from "./cursor.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";
import type { PositionedFile } from "./positioned-file.ts";
import { Table } from "./table.ts";
import type { Place } from "./tensor-store.ts";

const LITTLE_ENDIAN = 0;
/** A bundle has a handful of shards; a header that asks for more is no header. */
const MOST_SHARDS = 1000;

/** One entry of `variables.index`. */
export interface BundleEntry {
  readonly key: string;
  /** DataType of TensorFlow's framework/types.proto. */
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly shard: number;
  /** Bytes [offset, offset + size) of the shard. */
  readonly offset: number;
  readonly size: number;
  /** Masked CRC-32C of those bytes. */
  readonly crc: number;
  /** Whether the tensor is stored in parts, under other keys. */
  readonly sliced: boolean;
  readonly declared: Place;
}

export interface BundleIndex {
  readonly shards: number;
  readonly entries: ReadonlyMap<string, BundleEntry>;
}

/** Reads the index of a bundle: tensorflow/core/util/tensor_bundle. Throws `weights_invalid`. */
export async function readBundleIndex(file: PositionedFile): Promise<BundleIndex> {
  let shards: number | undefined;
  const entries = new Map<string, BundleEntry>();
  for await (const { key, value } of (await Table.open(file)).entries()) {
    const at = value.origin;
    const bytes = await value.read(0, value.size);
    if (shards === undefined) {
      if (key.length > 0) throw invalid(file.name, at, "the table does not begin with a bundle's header.");
      shards = shardsOf(bytes, file.name, at);
      continue;
    }
    const entry = entryOf(new TextDecoder().decode(key), bytes, file.name, at);
    if (entry.shard < 0 || entry.shard >= shards) {
      throw invalid(file.name, at, `${entry.key} is said to be in shard ${entry.shard} of ${shards}.`);
    }
    entries.set(entry.key, entry);
  }
  if (shards === undefined) throw invalid(file.name, 0, "the bundle's index is empty.");
  return { shards, entries };
}

function shardsOf(bytes: Uint8Array, file: string, byteOffset: number): number {
  const { numShards, endianness } = decode("BundleHeader", bytes, file, byteOffset);
  if (endianness !== LITTLE_ENDIAN) {
    throw invalid(file, byteOffset, "the tensors are big-endian.", "Save the model again on a little-endian machine.");
  }
  if (numShards >= 1 && numShards <= MOST_SHARDS) return numShards;
  throw invalid(file, byteOffset, `the bundle says that it has ${numShards} shards.`);
}

function entryOf(key: string, bytes: Uint8Array, file: string, byteOffset: number): BundleEntry {
  const proto = decode("BundleEntry", bytes, file, byteOffset);
  const { dtype, shardId: shard, offset, size, crc32c: crc } = proto;
  const shape = shapeOf(proto.shape, file, byteOffset);
  if (offset < 0 || size < 0 || !Number.isSafeInteger(offset + size)) {
    throw invalid(file, byteOffset, `${key} is said to be ${size} bytes at ${offset}.`);
  }
  if (dtype === DT_FLOAT && proto.slices.length === 0 && size !== 4 * elementCount(shape)) {
    throw invalid(
      file,
      byteOffset,
      `${key} has ${size} bytes; ${shapeText(shape)} float32 takes ${4 * elementCount(shape)}.`,
    );
  }
  const sliced = proto.slices.length > 0;
  return { key, dtype, shape, shard, offset, size, crc, sliced, declared: { file, byteOffset } };
}

/** A bundle's tensors: the index with the files that hold the bytes. */
export class TensorBundle {
  readonly index: BundleIndex;
  readonly #shards: readonly PositionedFile[];

  private constructor(index: BundleIndex, shards: readonly PositionedFile[]) {
    this.index = index;
    this.#shards = shards;
  }

  /**
   * `openShard` opens shard `number` of `count`. A shard that is shorter than the index needs throws `weights_invalid`
   * now, not when the tensor at its end is read.
   */
  static async open(
    index: BundleIndex,
    openShard: (number: number, count: number) => Promise<PositionedFile>,
  ): Promise<TensorBundle> {
    const shards: PositionedFile[] = [];
    const bundle = new TensorBundle(index, shards);
    try {
      for (let number = 0; number < index.shards; number++) shards.push(await openShard(number, index.shards));
      for (const entry of index.entries.values()) bundle.#checkExtent(entry);
    } catch (error) {
      await bundle.close();
      throw error;
    }
    return bundle;
  }

  /** The numbers of a float32 entry, row-major, after their checksum was compared. Throws `weights_invalid`. */
  async readFloats(entry: BundleEntry): Promise<{ values: Float32Array; place: Place }> {
    const shard = this.#shard(entry);
    const values = new Float32Array(entry.size / 4);
    const crc = await readWithCrc32c(shard, new Uint8Array(values.buffer), entry.offset);
    if (masked(crc) !== entry.crc) throw this.#damaged(entry);
    return { values, place: { file: shard.name, byteOffset: entry.offset } };
  }

  /**
   * The bytes of a string scalar: the length as a varint, the masked checksum of the length as 4 or 8 bytes, the bytes;
   * the entry's checksum is of the length, its checksum and the bytes (tensor_bundle.cc, WriteStringTensor).
   */
  async readString(entry: BundleEntry): Promise<Uint8Array> {
    const shard = this.#shard(entry);
    if (entry.dtype !== DT_STRING || entry.shape.length > 0) {
      throw invalid(entry.declared.file, entry.declared.byteOffset, `${entry.key} is not one string.`);
    }
    const cursor = new Cursor(await shard.read(entry.offset, entry.size), shard.name, entry.offset);
    const length = cursor.varint();
    const lengthBytes = new DataView(new ArrayBuffer(length <= 0xffffffff ? 4 : 8));
    lengthBytes.setUint32(0, length % 2 ** 32, true);
    if (lengthBytes.byteLength === 8) lengthBytes.setUint32(4, Math.floor(length / 2 ** 32), true);
    const lengthCrc = crc32c(new Uint8Array(lengthBytes.buffer));
    const stored = cursor.take(4);
    if (new Cursor(stored, shard.name, entry.offset).fixed32() !== masked(lengthCrc)) throw this.#damaged(entry);
    const text = cursor.take(length);
    if (cursor.left > 0 || masked(crc32c(text, crc32c(stored, lengthCrc))) !== entry.crc) throw this.#damaged(entry);
    return text;
  }

  async close(): Promise<void> {
    for (const shard of this.#shards) await shard.close();
  }

  #shard(entry: BundleEntry): PositionedFile {
    // The index was checked: its entries are in shards that there are.
    return this.#shards[entry.shard] as PositionedFile;
  }

  #checkExtent(entry: BundleEntry): void {
    const shard = this.#shard(entry);
    if (entry.offset + entry.size <= shard.size) return;
    throw invalid(
      shard.name,
      shard.size,
      `the file ends here, but ${entry.key} is at bytes ${entry.offset} to ${entry.offset + entry.size}.`,
      FETCH_AGAIN,
    );
  }

  #damaged(entry: BundleEntry): Error {
    const { key, offset, size } = entry;
    const what = `the ${size} bytes of ${key} from here on do not match their checksum.`;
    return invalid(this.#shard(entry).name, offset, what, FETCH_AGAIN);
  }
}
