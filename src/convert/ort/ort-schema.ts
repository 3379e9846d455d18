import type { FlatSchema } from "./flat-schema.ts";

const INT8 = { number: 1 } as const;
const INT32 = { number: 4 } as const;
const INT64 = { number: 8 } as const;
const FLOAT32 = { number: 4 } as const;
/** struct EdgeEnd: three int32. */
const EDGES = { numbers: 12, align: 4 } as const;

/**
 * The .ort format: microsoft/onnxruntime onnxruntime/core/flatbuffers/schema/ort.fbs, version 6, as far as
 * onnxruntime writes it for graphs of tensors. Where it writes tables in the order of a hash, they are sorted here.
 */
export const ORT_SCHEMA: FlatSchema = {
  root: "InferenceSession",
  identifier: "ORTM",
  tables: {
    InferenceSession: {
      ort_version: "string",
      model: { table: "Model" },
      session_state: { table: "Nothing" },
      kernel_type_str_resolver: { table: "KernelTypeStrResolver" },
    },
    Model: {
      ir_version: INT64,
      opset_import: { tables: "OperatorSetId", by: "domain" },
      producer_name: "string",
      producer_version: "string",
      domain: "string",
      model_version: INT64,
      doc_string: "string",
      graph: { table: "Graph" },
      graph_doc_string: "string",
      metadata_props: { tables: "StringStringEntry", by: "key" },
    },
    OperatorSetId: { domain: "string", version: INT64 },
    StringStringEntry: { key: "string", value: "string" },
    Graph: {
      initializers: { tables: "Tensor", by: "name" },
      node_args: { tables: "ValueInfo", by: "name" },
      nodes: { tables: "Node" },
      max_node_index: INT32,
      node_edges: { tables: "NodeEdge" },
      inputs: "strings",
      outputs: "strings",
      sparse_initializers: { tables: "Nothing" },
      runtime_optimizations: { table: "Nothing" },
    },
    Tensor: {
      name: "string",
      doc_string: "string",
      dims: { numbers: 8, align: 8 },
      data_type: INT32,
      raw_data: "blob",
      string_data: "strings",
      external_data_offset: INT64,
    },
    ValueInfo: { name: "string", doc_string: "string", type: { table: "TypeInfo" } },
    /** `value` is a union; tensors are the first of it, and `Nothing` refuses what the others hold. */
    TypeInfo: { denotation: "string", value_type: INT8, value: { table: "TensorTypeAndShape" } },
    TensorTypeAndShape: { elem_type: INT32, shape: { table: "Shape" } },
    Shape: { dim: { tables: "Dimension" } },
    Dimension: { value: { table: "DimensionValue" }, denotation: "string" },
    DimensionValue: { dim_type: INT8, dim_value: INT64, dim_param: "string" },
    Node: {
      name: "string",
      doc_string: "string",
      domain: "string",
      since_version: INT32,
      index: INT32,
      op_type: "string",
      type: INT32,
      execution_provider_type: "string",
      inputs: "strings",
      outputs: "strings",
      attributes: { tables: "Attribute", by: "name" },
      input_arg_counts: { numbers: 4, align: 4 },
      implicit_inputs: "strings",
    },
    Attribute: {
      name: "string",
      doc_string: "string",
      type: INT32,
      f: FLOAT32,
      i: INT64,
      s: "string",
      t: { table: "Tensor" },
      g: { table: "Graph" },
      floats: { numbers: 4, align: 4 },
      ints: { numbers: 8, align: 8 },
      strings: "strings",
      tensors: { tables: "Tensor" },
      graphs: { tables: "Graph" },
    },
    NodeEdge: { node_index: INT32, input_edges: EDGES, output_edges: EDGES },
    KernelTypeStrResolver: { op_kernel_type_str_args: { tables: "OpIdKernelTypeStrArgs", by: "op_id" } },
    OpIdKernelTypeStrArgs: {
      op_id: "string",
      kernel_type_str_args: { tables: "KernelTypeStrArgs", by: "kernel_type_str" },
    },
    KernelTypeStrArgs: { kernel_type_str: "string", args: { tables: "ArgTypeAndIndex" } },
    ArgTypeAndIndex: { arg_type: INT8, index: INT32 },
    /** Parts of the schema that none of our graphs has: a field in one is refused. */
    Nothing: {},
  },
};
