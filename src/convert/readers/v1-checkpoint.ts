import { elementCount, shapeText } from "../weights.ts";
import { DT_FLOAT, decode, shapeOf, type TensorSliceProto } from "./checkpoint-proto.ts";
import { Cursor } from "./cursor.ts";
import { FETCH_AGAIN, invalid } from "./invalid.ts";
import type { PositionedFile } from "./positioned-file.ts";
import { Table } from "./table.ts";
import type { Place, StoredTensor, TensorStore } from "./tensor-store.ts";

/** What comes before the numbers of a record: names and a slice, far less than this. */
const LONGEST_HEAD = 1 << 16;
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * A checkpoint in TensorFlow's first format, one table in one file, as VGGish was published in 2017
 * (tensorflow/core/util/saved_tensor_slice.proto, tensor_slice_writer.cc). The record under the empty key lists the
 * tensors; each has its numbers in a record of its own. Takes over `file`. Throws `weights_invalid`.
 */
export async function openV1Checkpoint(file: PositionedFile): Promise<TensorStore> {
  const table = await Table.open(file);
  const list = await table.find(new Uint8Array(0));
  if (list === undefined) throw invalid(file.name, 0, "the table has no list of tensors: it is not a checkpoint.");
  const listed = { file: file.name, byteOffset: list.value.origin };
  const { meta } = decode("SavedTensorSlices", await list.value.read(0, list.value.size), file.name, listed.byteOffset);
  const tensors: StoredTensor[] = [];
  const others: { key: string; type: string; declared: Place }[] = [];
  for (const { name, shape: proto, type, slice } of meta?.tensor ?? []) {
    const shape = shapeOf(proto, file.name, listed.byteOffset);
    if (type !== DT_FLOAT) {
      others.push({ key: name, type: `DataType ${type}`, declared: listed });
      continue;
    }
    const read = async () => {
      if (slice.length !== 1 || !isWhole(slice[0])) {
        throw invalid(file.name, listed.byteOffset, `tensor ${name} is stored in parts, which no published model is.`);
      }
      return readRecord(table, file, name, shape);
    };
    tensors.push({ key: name, names: [name], shape, declared: listed, read });
  }
  return { format: "v1-checkpoint", tensors, others, listed, close: () => file.close() };
}

/** A slice that starts at 0 in every dimension and names no length is all of the tensor. */
function isWhole(slice: TensorSliceProto | undefined): boolean {
  return slice?.extent.every(({ start, length }) => start === 0 && length === 0) ?? false;
}

async function readRecord(
  table: Table,
  file: PositionedFile,
  name: string,
  shape: readonly number[],
): Promise<{ values: Float32Array; place: Place }> {
  const record = await table.find(recordKey(name, shape.length));
  if (record === undefined)
    throw invalid(file.name, 0, `tensor ${name} is listed, but its numbers are missing.`, FETCH_AGAIN);
  const { value } = record;
  const head = await value.read(0, Math.min(LONGEST_HEAD, value.size));
  const floats = findFloats(new Cursor(head, value.name, value.origin), name);
  const size = 4 * elementCount(shape);
  if (floats.length !== size) {
    throw invalid(
      value.name,
      value.origin + floats.position,
      `tensor ${name} has ${floats.length} bytes; ${shapeText(shape)} float32 takes ${size}.`,
    );
  }
  const values = new Float32Array(size / 4);
  await value.readInto(new Uint8Array(values.buffer), floats.position);
  return { values, place: { file: value.name, byteOffset: value.origin + floats.position } };
}

/**
 * The key of a whole tensor's record in OrderedCode (tensorflow/core/util/saved_tensor_slice_util.cc,
 * EncodeTensorNameSlice): the number 0, the name, the rank, and for each dimension start 0 and length -1.
 */
export function recordKey(name: string, rank: number): Uint8Array {
  const escaped = [...new TextEncoder().encode(name)].flatMap((byte) =>
    byte === 0 ? [0, 0xff] : byte === 0xff ? [0xff, 0] : [byte],
  );
  const rankCode = rank === 0 ? [0] : [1, rank];
  return Uint8Array.from([0, ...escaped, 0, 1, ...rankCode, ...Array(rank).fill([0x80, 0x7f]).flat()]);
}

/**
 * Walks SavedTensorSlices.data (2) → SavedSlice.name (1), .data (3) → TensorProto.float_val (5), which is packed. The
 * record is walked by hand because its numbers, up to 201 MB, must not be copied on the way.
 */
function findFloats(cursor: Cursor, name: string): { position: number; length: number } {
  enter(cursor, 2);
  const stored = new TextDecoder().decode(cursor.take(enter(cursor, 1)));
  if (stored !== name) throw cursor.invalid(`the record of tensor ${name} says that it is of ${stored}.`);
  enter(cursor, 3);
  const length = enter(cursor, 5);
  return { position: cursor.position, length };
}

/** Goes to the length-delimited field `wanted` of the message that the cursor is in; gives its length. */
function enter(cursor: Cursor, wanted: number): number {
  while (cursor.left > 0) {
    const tag = cursor.varint();
    const wire = tag & 7;
    if (wire !== VARINT && wire !== LENGTH_DELIMITED) throw cursor.invalid("a record has a field that no record has.");
    const number = cursor.varint();
    if (tag === ((wanted << 3) | LENGTH_DELIMITED)) return number;
    if (wire === LENGTH_DELIMITED) cursor.take(number);
  }
  throw cursor.invalid(`a record has no field ${wanted}.`);
}
