import protobuf from "protobufjs/light.js";
import { FETCH_AGAIN, invalid } from "./invalid.ts";

/**
 * The parts of TensorFlow's messages that a reader of checkpoints needs, field numbers as in tensorflow/tensorflow
 * tensorflow/core: protobuf/tensor_bundle.proto, protobuf/trackable_object_graph.proto, protobuf/saved_model.proto,
 * protobuf/meta_graph.proto, protobuf/saved_object_graph.proto, framework/{graph,function,node_def,attr_value,
 * tensor_shape}.proto and util/saved_tensor_slice.proto.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    TensorShape: {
      fields: { dim: { rule: "repeated", type: "Dim", id: 2 }, unknownRank: { type: "bool", id: 3 } },
    },
    Dim: { fields: { size: { type: "int64", id: 1 } } },

    BundleHeader: { fields: { numShards: { type: "int32", id: 1 }, endianness: { type: "int32", id: 2 } } },
    BundleEntry: {
      fields: {
        dtype: { type: "int32", id: 1 },
        shape: { type: "TensorShape", id: 2 },
        shardId: { type: "int32", id: 3 },
        offset: { type: "int64", id: 4 },
        size: { type: "int64", id: 5 },
        crc32c: { type: "fixed32", id: 6 },
        slices: { rule: "repeated", type: "TensorSlice", id: 7 },
      },
    },
    TensorSlice: { fields: { extent: { rule: "repeated", type: "Extent", id: 1 } } },
    Extent: { fields: { start: { type: "int64", id: 1 }, length: { type: "int64", id: 2 } } },

    TrackableObjectGraph: { fields: { nodes: { rule: "repeated", type: "TrackableObject", id: 1 } } },
    TrackableObject: { fields: { attributes: { rule: "repeated", type: "SerializedTensor", id: 2 } } },
    SerializedTensor: {
      fields: { fullName: { type: "string", id: 2 }, checkpointKey: { type: "string", id: 3 } },
    },

    SavedTensorSlices: { fields: { meta: { type: "SavedTensorSliceMeta", id: 1 } } },
    SavedTensorSliceMeta: { fields: { tensor: { rule: "repeated", type: "SavedSliceMeta", id: 1 } } },
    SavedSliceMeta: {
      fields: {
        name: { type: "string", id: 1 },
        shape: { type: "TensorShape", id: 2 },
        type: { type: "int32", id: 3 },
        slice: { rule: "repeated", type: "TensorSlice", id: 4 },
      },
    },

    SavedModel: { fields: { metaGraphs: { rule: "repeated", type: "MetaGraph", id: 2 } } },
    MetaGraph: {
      fields: { graphDef: { type: "GraphDef", id: 2 }, objectGraphDef: { type: "SavedObjectGraph", id: 7 } },
    },
    GraphDef: {
      fields: { node: { rule: "repeated", type: "NodeDef", id: 1 }, library: { type: "FunctionLibrary", id: 2 } },
    },
    FunctionLibrary: { fields: { function: { rule: "repeated", type: "FunctionDef", id: 1 } } },
    FunctionDef: { fields: { nodeDef: { rule: "repeated", type: "NodeDef", id: 3 } } },
    NodeDef: {
      fields: {
        name: { type: "string", id: 1 },
        op: { type: "string", id: 2 },
        attr: { rule: "repeated", type: "Attr", id: 5 },
      },
    },
    Attr: { fields: { key: { type: "string", id: 1 }, value: { type: "AttrValue", id: 2 } } },
    AttrValue: { fields: { f: { type: "float", id: 4 } } },
    SavedObjectGraph: { fields: { nodes: { rule: "repeated", type: "SavedObject", id: 1 } } },
    SavedObject: { fields: { variable: { type: "SavedVariable", id: 7 } } },
    SavedVariable: { fields: { name: { type: "string", id: 6 } } },
  },
});

export interface TensorShapeProto {
  readonly dim: readonly { readonly size: number }[];
  readonly unknownRank: boolean;
}

export interface TensorSliceProto {
  readonly extent: readonly { readonly start: number; readonly length: number }[];
}

/** What each message decodes to: every field is there, with proto3's default where the file has none. */
interface Messages {
  BundleHeader: { readonly numShards: number; readonly endianness: number };
  BundleEntry: {
    readonly dtype: number;
    readonly shape: TensorShapeProto | null;
    readonly shardId: number;
    readonly offset: number;
    readonly size: number;
    readonly crc32c: number;
    readonly slices: readonly TensorSliceProto[];
  };
  TrackableObjectGraph: {
    readonly nodes: readonly {
      readonly attributes: readonly { readonly fullName: string; readonly checkpointKey: string }[];
    }[];
  };
  SavedTensorSlices: {
    readonly meta: {
      readonly tensor: readonly {
        readonly name: string;
        readonly shape: TensorShapeProto | null;
        readonly type: number;
        readonly slice: readonly TensorSliceProto[];
      }[];
    } | null;
  };
  SavedModel: {
    readonly metaGraphs: readonly {
      readonly graphDef: {
        readonly node: readonly NodeProto[];
        readonly library: { readonly function: readonly { readonly nodeDef: readonly NodeProto[] }[] } | null;
      } | null;
      readonly objectGraphDef: {
        readonly nodes: readonly { readonly variable: { readonly name: string } | null }[];
      } | null;
    }[];
  };
}

export interface NodeProto {
  readonly name: string;
  readonly op: string;
  readonly attr: readonly { readonly key: string; readonly value: { readonly f: number } | null }[];
}

/** DataType of framework/types.proto. */
export const DT_FLOAT = 1;
export const DT_STRING = 7;

/** Decodes a message that begins at `byteOffset` of `file`. Throws `weights_invalid` where it is none. */
export function decode<Name extends keyof Messages>(
  name: Name,
  bytes: Uint8Array,
  file: string,
  byteOffset: number,
): Messages[Name] {
  try {
    const type = root.lookupType(name);
    return type.toObject(type.decode(bytes), { longs: Number, defaults: true }) as Messages[Name];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid(file, byteOffset, `there is no ${name} message here: ${why}.`, FETCH_AGAIN, cause);
  }
}

/** The sizes of a shape. Throws `weights_invalid` where the rank is unknown or a size is no size. */
export function shapeOf(proto: TensorShapeProto | null, file: string, byteOffset: number): readonly number[] {
  const sizes = (proto?.dim ?? []).map(({ size }) => size);
  const elements = sizes.reduce((product, size) => product * size, 1);
  const valid = !proto?.unknownRank && sizes.every((size) => size >= 0) && Number.isSafeInteger(elements);
  if (valid) return sizes;
  throw invalid(file, byteOffset, `a tensor has no shape that can be read: [${sizes.join(", ")}].`);
}
