import protobuf from "protobufjs/light.js";
import {
  ATTRIBUTE_TYPE,
  DATA_TYPE,
  FIELD,
  GraphProto,
  IR_VERSION,
  ModelProto,
  OPSET_VERSION,
  TensorProto,
} from "../onnx/file/proto.ts";
import { VERSION } from "../version.ts";
import type { Attribute, Graph, Initializer, Node, Value } from "./graph.ts";
import { elementCount } from "./weights.ts";

const BYTES = { float: 4, int8: 1, int64: 8 } as const;

/**
 * A graph as the bytes of an .onnx file, one tensor at a time: the lengths are known from the shapes, so no more than
 * one tensor is ever in memory. The same graph gives the same bytes.
 */
export async function* writeOnnx(graph: Graph): AsyncGenerator<Uint8Array> {
  const head = GraphProto.encode({
    name: graph.name,
    node: graph.nodes.map(nodeProto),
    input: graph.inputs.map(valueProto),
    output: graph.outputs.map(valueProto),
  }).finish();
  const tensors = graph.initializers.map((initializer) => ({ initializer, ...tensorHead(initializer) }));
  const graphLength = tensors.reduce((sum, { start, length }) => sum + start.length + length, head.length);
  yield ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: "orca-embeddings",
    producerVersion: VERSION,
    opsetImport: [{ domain: "", version: OPSET_VERSION }],
  }).finish();
  yield prefix(FIELD.modelGraph, graphLength);
  yield head;
  for (const { initializer, start } of tensors) {
    yield start;
    const values = await initializer.read();
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

/** Everything of an initializer up to its numbers, and how long those are. */
function tensorHead(initializer: Initializer): { start: Uint8Array; length: number } {
  const { name, shape, type } = initializer;
  const length = elementCount(shape) * BYTES[type];
  const fields = TensorProto.encode({ dims: shape, dataType: DATA_TYPE[type], name }).finish();
  const raw = prefix(FIELD.tensorRawData, length);
  const own = prefix(FIELD.graphInitializer, fields.length + raw.length + length);
  return { start: Buffer.concat([own, fields, raw]), length };
}

/** Tag and length of a length-delimited field. */
function prefix(field: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .uint32(length)
    .finish();
}

function nodeProto(node: Node): object {
  return {
    opType: node.op,
    name: node.name,
    input: node.inputs,
    output: node.outputs,
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

function attributeProto(name: string, value: Attribute): object {
  return typeof value === "number"
    ? { name, i: value, type: ATTRIBUTE_TYPE.int }
    : { name, ints: value, type: ATTRIBUTE_TYPE.ints };
}

function valueProto({ name, shape }: Value): object {
  const dim = shape.map((size) => (typeof size === "string" ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: DATA_TYPE.float, shape: { dim } } } };
}
