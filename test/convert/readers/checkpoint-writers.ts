import { crc32c, masked } from "../../../src/convert/readers/crc32c.ts";
import { recordKey } from "../../../src/convert/readers/v1-checkpoint.ts";
import { bytesOf } from "./support.ts";
import { field, fixed32, shapeField, type TableOptions, varint, writeTable } from "./table-writer.ts";

export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A V1 checkpoint in pieces, laid out as the one that TensorFlow wrote (fixtures/vggish_model_thin8.ckpt). */
export function writeV1(tensors: readonly Tensor[], options: TableOptions = {}): Uint8Array[] {
  const wholeSlice = (rank: number) => Buffer.concat(Array.from({ length: rank }, () => field(1, Buffer.alloc(0))));
  const metas = tensors.map(({ name, shape }) =>
    field(1, Buffer.concat([field(1, name), shapeField(2, shape), field(3, 1), field(4, wholeSlice(shape.length))])),
  );
  const records = tensors.map(({ name, shape, values }) => {
    const tensor = field(5, bytesOf(values));
    const slice = Buffer.concat([field(1, name), field(2, wholeSlice(shape.length)), field(3, tensor)]);
    return [recordKey(name, shape.length), field(2, slice)] as const;
  });
  records.sort(([a], [b]) => Buffer.compare(a, b));
  return writeTable([["", field(1, Buffer.concat(metas))] as const, ...records], options);
}

export interface BundleTensor extends Tensor {
  readonly shard?: number;
  /** DataType; 1 is float32. */
  readonly dtype?: number;
}

export interface BundleOptions extends TableOptions {
  readonly shards?: number;
  readonly endianness?: number;
  /** Checkpoint key to name, as a TrackableObjectGraph has them. */
  readonly names?: Readonly<Record<string, string>>;
}

/** A tensor bundle's files. */
export function writeBundle(tensors: readonly BundleTensor[], options: BundleOptions = {}): Record<string, Buffer> {
  const { shards = 1, endianness = 0, names } = options;
  const data: Buffer[][] = Array.from({ length: shards }, () => []);
  const entries: [string, Uint8Array][] = [];
  const put = (key: string, shape: readonly number[], dtype: number, shard: number, bytes: Buffer, crc: number) => {
    const pieces = data[shard] as Buffer[];
    const offset = pieces.reduce((sum, { length }) => sum + length, 0);
    pieces.push(bytes);
    const head = [field(1, dtype), shapeField(2, shape)];
    const optional = [shard === 0 ? [] : [field(3, shard)], offset === 0 ? [] : [field(4, offset)]].flat();
    const tail = [field(5, bytes.length), Buffer.concat([varint((6 << 3) | 5), fixed32(masked(crc))])];
    entries.push([key, Buffer.concat([...head, ...optional, ...tail])]);
  };
  for (const { name, shape, values, shard = 0, dtype = 1 } of tensors) {
    put(name, shape, dtype, shard, bytesOf(values), crc32c(bytesOf(values)));
  }
  if (names !== undefined) {
    const attributes = Object.entries(names).map(([key, name]) =>
      field(1, field(2, Buffer.concat([field(1, "VARIABLE_VALUE"), field(2, name), field(3, key)]))),
    );
    const graph = Buffer.concat(attributes);
    const lengthCrc = crc32c(fixed32(graph.length));
    const stored = fixed32(masked(lengthCrc));
    const bytes = Buffer.concat([varint(graph.length), stored, graph]);
    put("_CHECKPOINTABLE_OBJECT_GRAPH", [], 7, 0, bytes, crc32c(graph, crc32c(stored, lengthCrc)));
  }
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const header = Buffer.concat([field(1, shards), ...(endianness === 0 ? [] : [field(2, endianness)])]);
  const digits = (value: number) => String(value).padStart(5, "0");
  return {
    "variables.index": Buffer.concat(writeTable([["", header] as const, ...entries], options)),
    ...Object.fromEntries(
      data.map((pieces, shard) => [`variables.data-${digits(shard)}-of-${digits(shards)}`, Buffer.concat(pieces)]),
    ),
  };
}
