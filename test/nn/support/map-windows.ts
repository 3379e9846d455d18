import fc from "fast-check";
import type { Shape, Window } from "./twins.ts";

/** The fields that kernels over maps have in common, but for where the maps lie. */
export function mapFields(shape: Shape, { kernel, strides, before, out }: Window, outChannels: number) {
  const [[kernelHeight, kernelWidth], [strideHeight, strideWidth], [top, left]] = [kernel, strides, before];
  const [outHeight, outWidth] = out;
  const geometry = { kernelHeight, kernelWidth, strideHeight, strideWidth, top, left };
  return { ...shape, ...geometry, outHeight, outWidth, outChannels };
}

/** A window, and the map that it moves over. */
export interface MapWindow extends Window {
  readonly shape: { readonly height: number; readonly width: number };
}

/** A map and a window over it with padding before and, by the output's size, after. */
export function windows(): fc.Arbitrary<MapWindow> {
  const axis = fc
    .record({
      size: fc.integer({ min: 1, max: 13 }),
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 3 }),
      before: fc.nat(4),
      after: fc.nat(4),
    })
    .filter(({ size, kernel, before, after }) => before < kernel && after < kernel && size + before + after >= kernel)
    .map((axis) => ({
      ...axis,
      out: Math.floor((axis.size + axis.before + axis.after - axis.kernel) / axis.stride) + 1,
    }))
    // Every window has a tap inside.
    .filter(({ size, stride, before, out }) => (out - 1) * stride - before < size);
  return fc.tuple(axis, axis).map(([down, across]) => ({
    shape: { height: down.size, width: across.size },
    kernel: [down.kernel, across.kernel],
    strides: [down.stride, across.stride],
    before: [down.before, across.before],
    out: [down.out, across.out],
  }));
}
