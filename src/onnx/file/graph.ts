import { OrcaError } from "../../errors.ts";
import { ModelProto } from "./proto.ts";

/** A constant of the graph: float32 numbers, or the integers of a shape. */
export interface Constant {
  readonly shape: readonly number[];
  readonly values: Float32Array | readonly number[];
}

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly integers: ReadonlyMap<string, readonly number[]>;
  readonly floats: ReadonlyMap<string, number>;
  readonly strings: ReadonlyMap<string, string>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly input: { readonly name: string; readonly shape: readonly (number | undefined)[] };
  readonly outputs: readonly string[];
}

interface Attribute {
  name: string;
  i?: unknown;
  f?: number;
  ints?: unknown[];
  s?: Uint8Array;
  type?: number;
}
interface Tensor {
  name: string;
  dims?: unknown[];
  dataType: number;
  rawData?: Uint8Array;
}
interface ValueInfo {
  name: string;
  type?: { tensorType?: { shape?: { dim?: { dimValue?: unknown; dimParam?: string }[] } } };
}
interface Decoded {
  graph?: {
    name?: string;
    node?: {
      input?: string[];
      output?: string[];
      name?: string;
      opType: string;
      domain?: string;
      attribute?: Attribute[];
    }[];
    initializer?: Tensor[];
    input?: ValueInfo[];
    output?: ValueInfo[];
  };
}

const FLOAT = 1;
const INT64 = 7;
/** AttributeProto.AttributeType */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Reads the bytes of an .onnx file as far as a net needs it. Throws `weights_invalid`. */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const graph = decode(bytes).graph;
  if (graph === undefined) throw new OrcaError("weights_invalid", "The ONNX file holds no graph.");
  const constants = new Map((graph.initializer ?? []).map((tensor) => [tensor.name, constant(tensor)]));
  const inputs = (graph.input ?? []).filter(({ name }) => !constants.has(name));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new OrcaError("weights_invalid", `The graph has ${inputs.length} inputs; one was expected.`);
  }
  return {
    name: graph.name ?? "",
    nodes: (graph.node ?? []).map((node) => {
      const attributes = node.attribute ?? [];
      const ofType = <T>(types: readonly number[], value: (attribute: Attribute) => T) =>
        new Map(attributes.filter((a) => types.includes(a.type ?? 0)).map((a) => [a.name, value(a)]));
      const domain = node.domain ?? "";
      return {
        op: domain === "" || domain === "ai.onnx" ? node.opType : `${domain}.${node.opType}`,
        name: node.name ?? "",
        inputs: node.input ?? [],
        output: node.output?.[0] ?? "",
        integers: ofType([ATTRIBUTE.int, ATTRIBUTE.ints], (a) =>
          a.type === ATTRIBUTE.int ? [Number(a.i ?? 0)] : (a.ints ?? []).map(Number),
        ),
        floats: ofType([ATTRIBUTE.float], (a) => a.f ?? 0),
        strings: ofType([ATTRIBUTE.string], (a) => new TextDecoder().decode(a.s)),
      };
    }),
    constants,
    input: {
      name: input.name,
      shape: (input.type?.tensorType?.shape?.dim ?? []).map(({ dimValue }) => Number(dimValue ?? 0) || undefined),
    },
    outputs: (graph.output ?? []).map(({ name }) => name),
  };
}

function decode(bytes: Uint8Array): Decoded {
  try {
    return ModelProto.decode(bytes) as Decoded;
  } catch (cause) {
    throw new OrcaError("weights_invalid", "These bytes are not an ONNX file.", { cause });
  }
}

function constant({ name, dims, dataType, rawData }: Tensor): Constant {
  const shape = (dims ?? []).map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const size = dataType === FLOAT ? 4 : 8;
  if ((dataType !== FLOAT && dataType !== INT64) || rawData === undefined || rawData.length !== count * size) {
    throw new OrcaError(
      "weights_invalid",
      `Tensor ${name} has no raw float32 or int64 data of its shape [${shape.join(", ")}].`,
      { hint: "Write the model with raw_data and without external data." },
    );
  }
  const { buffer, byteOffset } = rawData;
  if (dataType === INT64) {
    const view = new DataView(buffer, byteOffset, rawData.length);
    return { shape, values: Array.from({ length: count }, (_, i) => Number(view.getBigInt64(8 * i, true))) };
  }
  if (byteOffset % 4 === 0) return { shape, values: new Float32Array(buffer, byteOffset, count) };
  return { shape, values: new Float32Array(new Uint8Array(rawData).buffer) };
}
