/** A net as the kernels see it: layers over maps, views and fusions resolved. Shapes are of one window. */

export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** What one layer writes and others read; in memory always [height][width][channels]. */
export interface Tensor extends MapShape {
  readonly id: number;
  /** No value is below zero: known from the layers before. int8 quantisation asks for it. */
  readonly nonNegative: boolean;
}

export interface Geometry {
  readonly kernel: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

export interface ConvLayer extends Geometry {
  readonly kind: "conv";
  readonly input: Tensor;
  output: Tensor;
  /** Added before the ReLU. */
  residual: Tensor | undefined;
  readonly depthwise: boolean;
  /** [out][in][height][width]; [out][height][width] where depthwise. */
  weights: Float32Array;
  bias: Float32Array;
  relu: boolean;
}

export interface DenseLayer {
  readonly kind: "dense";
  readonly input: Tensor;
  output: Tensor;
  /** [in][out]; `in` counts [channels][height][width] where `channelsFirst`, else [height][width][channels]. */
  weights: Float32Array;
  readonly channelsFirst: boolean;
  bias: Float32Array;
  relu: boolean;
}

export interface PoolLayer extends Geometry {
  readonly kind: "max-pool";
  readonly input: Tensor;
  output: Tensor;
}

export interface AddLayer {
  readonly kind: "add";
  readonly input: Tensor;
  readonly other: Tensor;
  output: Tensor;
  relu: boolean;
}

/** x * scale + shift a channel. */
export interface AffineLayer {
  readonly kind: "affine";
  readonly input: Tensor;
  output: Tensor;
  scale: Float32Array;
  shift: Float32Array;
  relu: boolean;
}

export interface SimpleLayer {
  readonly kind: "mean" | "sigmoid";
  readonly input: Tensor;
  output: Tensor;
}

export type Layer = ConvLayer | DenseLayer | PoolLayer | AddLayer | AffineLayer | SimpleLayer;

export interface Net {
  readonly name: string;
  readonly window: readonly [frames: number, bands: number];
  /** The window as a map of one channel. */
  readonly input: Tensor;
  readonly layers: readonly Layer[];
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor; readonly channelsFirst: boolean }[];
}

export function pixels({ height, width }: MapShape): number {
  return height * width;
}

export function readsOf(layer: Layer): readonly Tensor[] {
  if (layer.kind === "add") return [layer.input, layer.other];
  if (layer.kind === "conv" && layer.residual !== undefined) return [layer.input, layer.residual];
  return [layer.input];
}
