import type { OnnxNode } from "../../onnx/file/graph.ts";
import type { Geometry, MapShape } from "./layers.ts";
import { refuse } from "./refuse.ts";

/** Kernel, strides and pads of a Conv or MaxPool, with ONNX's defaults. */
export function geometryOf(node: OnnxNode, input: MapShape, kernel: readonly [number, number]): Geometry {
  if ((node.integers.get("dilations") ?? []).some((dilation) => dilation !== 1)) throw refuse(node, "is dilated");
  const declared = node.integers.get("kernel_shape");
  if (declared !== undefined && (declared[0] !== kernel[0] || declared[1] !== kernel[1])) {
    throw refuse(node, `declares a kernel of ${declared.join("x")}; its weights have ${kernel.join("x")}`);
  }
  const [down = 1, across = 1] = node.integers.get("strides") ?? [];
  const pads = padsOf(node, input, kernel, [down, across]);
  if (kernel.some((size) => size < 1) || down < 1 || across < 1 || pads.some((pad) => pad < 0)) {
    throw refuse(node, "has a kernel, stride or padding that is not positive");
  }
  return { kernel, strides: [down, across], pads };
}

function padsOf(
  node: OnnxNode,
  input: MapShape,
  kernel: readonly [number, number],
  strides: readonly [number, number],
): Geometry["pads"] {
  const auto = node.strings.get("auto_pad") ?? "NOTSET";
  if (auto === "NOTSET") {
    const [top = 0, left = 0, bottom = 0, right = 0] = node.integers.get("pads") ?? [];
    return [top, left, bottom, right];
  }
  if (auto === "VALID") return [0, 0, 0, 0];
  if (auto !== "SAME_UPPER") throw refuse(node, `pads by ${auto}`);
  // TensorFlow's SAME: ceil(size / stride) outputs, the odd pixel after the last.
  const [vertical, horizontal] = [input.height, input.width].map((size, axis) => {
    const stride = strides[axis] as number;
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + (kernel[axis] as number) - size);
  }) as [number, number];
  const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  return [top, left, vertical - top, horizontal - left];
}

export function outputSize(node: OnnxNode, input: MapShape, geometry: Geometry): { height: number; width: number } {
  const { kernel, strides, pads } = geometry;
  const height = Math.floor((input.height + pads[0] + pads[2] - kernel[0]) / strides[0]) + 1;
  const width = Math.floor((input.width + pads[1] + pads[3] - kernel[1]) / strides[1]) + 1;
  if (height < 1 || width < 1) throw refuse(node, `has a kernel larger than its ${input.height}x${input.width} input`);
  return { height, width };
}
