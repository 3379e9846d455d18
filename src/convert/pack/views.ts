import type { OnnxNode } from "../../onnx/file/graph.ts";
import type { Tensor } from "./layers.ts";
import { refuse } from "./refuse.ts";

/**
 * How ONNX sees a tensor: the window as it comes, a map with channels first or last, or one row of numbers from either.
 * In memory all are [height][width][channels]; Reshape, Flatten and Transpose only change the view.
 */
export type Order = "window" | "first" | "last" | "flat-first" | "flat-last";
export interface View {
  readonly tensor: Tensor;
  readonly order: Order;
}

/**
 * What Reshape, Flatten or Transpose makes of a view, where that is another view of the same memory.
 *
 * @param shape  Reshape's second input
 */
export function reorder(node: OnnxNode, view: View, shape: ArrayLike<number> = []): View {
  const { tensor, order } = view;
  const { height, width, channels } = tensor;
  const total = height * width * channels;
  const flat: View = { tensor, order: order === "last" || order === "flat-last" ? "flat-last" : "flat-first" };
  if (node.op === "Flatten") {
    if ((node.integers.get("axis")?.[0] ?? 1) === 1) return flat;
  } else if (node.op === "Transpose") {
    const perm = node.integers.get("perm")?.join() ?? "";
    if (order === "first" && perm === "0,2,3,1") return { tensor, order: "last" };
    if (order === "last" && perm === "0,3,1,2") return { tensor, order: "first" };
  } else {
    const [batch, ...rest] = Array.from(shape);
    const known = rest.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
    const sizes = rest.map((size) => (size === -1 ? total / known : size)).join();
    const literalZeros = (node.integers.get("allowzero")?.[0] ?? 0) !== 0;
    if (batch === -1 || (batch === 0 && !literalZeros)) {
      if (order === "window" && sizes === `1,${height},${width}`) return { tensor, order: "first" };
      if (order === "window" && sizes === `${height},${width},1`) return { tensor, order: "last" };
      if (sizes === `${total}`) return flat;
    }
  }
  throw refuse(node, "reorders its input in a way that the kernels do not follow");
}
