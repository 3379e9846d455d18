import type { Argument } from "../../nn/packed-format.ts";
import type { Geometry, MapShape } from "./layers.ts";
import { padded } from "./weights.ts";

/** A layer from map to map. */
export interface MapLayer extends Geometry {
  readonly input: MapShape;
  readonly output: MapShape;
}

/** The fields that all kernels over maps have, from x to y. */
export function mapFields({ input, output, kernel, strides, pads }: MapLayer, x: Argument, y: Argument) {
  return {
    x,
    y,
    batch: { windows: 1 },
    height: input.height,
    width: input.width,
    channels: padded(input.channels),
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideHeight: strides[0],
    strideWidth: strides[1],
    top: pads[0],
    left: pads[1],
    outHeight: output.height,
    outWidth: output.width,
    outChannels: padded(output.channels),
  };
}

/** What of a padded map a kernel reaches. */
export function frameOf({ output, kernel, strides }: MapLayer): [height: number, width: number] {
  return [(output.height - 1) * strides[0] + kernel[0], (output.width - 1) * strides[1] + kernel[1]];
}
