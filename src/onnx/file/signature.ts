import { OrcaError } from "../../errors.ts";
import { DATA_TYPE, EXTERNAL, ModelProto } from "./proto.ts";

/** An input or output of a graph. A size that the graph leaves open has its name, or undefined where it has none. */
export interface GraphValue {
  readonly name: string;
  readonly shape: readonly (number | string | undefined)[];
  readonly float32: boolean;
}

/** What an .onnx file takes and gives, whatever is in between. */
export interface Signature {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** How many numbers its weights are. */
  readonly parameters: number;
}

interface Tensor {
  readonly name: string;
  readonly dims?: readonly unknown[];
  readonly dataType: number;
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
  readonly dataLocation?: number;
}

interface Value {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: { readonly dim?: readonly { readonly dimValue?: unknown; readonly dimParam?: string }[] };
    };
  };
}

interface Decoded {
  readonly graph?: {
    readonly initializer?: readonly Tensor[];
    readonly input?: readonly Value[];
    readonly output?: readonly Value[];
  };
}

/**
 * Reads the bytes of an .onnx file as far as its inputs, outputs and weights go. Throws `weights_invalid` where it is none,
 * where its weights lie in another file, or where one of them is no number.
 */
export function readSignature(bytes: Uint8Array): Signature {
  const { graph } = decode(bytes);
  if (graph === undefined) throw new OrcaError("weights_invalid", "The ONNX file holds no graph.");
  const weights = graph.initializer ?? [];
  for (const tensor of weights) checkNumbers(tensor);
  const names = new Set(weights.map(({ name }) => name));
  return {
    inputs: (graph.input ?? []).filter(({ name }) => !names.has(name)).map(graphValue),
    outputs: (graph.output ?? []).map(graphValue),
    parameters: weights.reduce((sum, { dims }) => sum + (dims ?? []).map(Number).reduce((a, b) => a * b, 1), 0),
  };
}

function decode(bytes: Uint8Array): Decoded {
  try {
    return ModelProto.decode(bytes) as Decoded;
  } catch (cause) {
    throw new OrcaError("weights_invalid", "These bytes are not an ONNX file.", { cause });
  }
}

function graphValue({ name, type }: Value): GraphValue {
  const { elemType, shape } = type?.tensorType ?? {};
  return {
    name,
    float32: elemType === undefined || elemType === DATA_TYPE.float,
    shape: (shape?.dim ?? []).map(({ dimValue, dimParam }) => {
      const size = Number(dimValue ?? 0);
      return size > 0 ? size : dimParam === "" ? undefined : dimParam;
    }),
  };
}

function checkNumbers({ name, dataType, rawData, floatData = [], dataLocation }: Tensor): void {
  if (dataLocation === EXTERNAL) {
    throw new OrcaError("weights_invalid", `The numbers of the weight ${name} lie in another file.`, {
      hint: "Save the model as one file (in Python: onnx.save with save_as_external_data=False).",
    });
  }
  if (dataType !== DATA_TYPE.float) return;
  const values = rawData === undefined || rawData.length === 0 ? floatData : floats(rawData);
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new OrcaError("weights_invalid", `The weight ${name} has the value ${values[at]} at element ${at}.`, {
      hint: "Was the training cut off, or the file damaged?",
    });
  }
}

function floats(bytes: Uint8Array): Float32Array {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 4));
  if (whole.byteOffset % 4 === 0) return new Float32Array(whole.buffer, whole.byteOffset, whole.length / 4);
  return new Float32Array(new Uint8Array(whole).buffer);
}
