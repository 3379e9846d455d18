import { OrcaError } from "../../errors.ts";
import type { OnnxNode } from "../../onnx/file/graph.ts";

/** What a node asks for that the kernels do not do. */
export function refuse(node: OnnxNode, why: string): OrcaError {
  return new OrcaError("weights_invalid", `${node.op} ${node.name} ${why}.`, {
    hint: "The kernels run Conv, Relu, MaxPool, GlobalAveragePool, Gemm, MatMul, Add, BatchNormalization, Sigmoid, Reshape, Flatten and Transpose; use the ort engine.",
  });
}
