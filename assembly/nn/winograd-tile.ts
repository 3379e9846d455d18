import { MapCall, WinogradCall } from "./calls";
import { POINTERS } from "./scratch";

/**
 * Writes the addresses of the pixels that output tile `t` needs, row by row, to POINTERS: (size + 2)^2 of them, those
 * outside the map pointing at zeros. The transforms then need no case for the border.
 */
// @ts-ignore: decorator
@inline
export function pointAtPixels(size: i32, t: i32, call: WinogradCall): void {
  const x = call.x, height = call.height, width = call.width, zeros = call.zeros, step = <usize>(call.channels * 4);
  const across = width / size, down = height / size, area = down * across;
  const image = t / area, inImage = t % area;
  const top = (inImage / across) * size - 1, left = (inImage % across) * size - 1;
  let to: usize = POINTERS;
  for (let r = top; r < top + size + 2; r++) {
    for (let q = left; q < left + size + 2; q++) {
      const outside = r < 0 || r >= height || q < 0 || q >= width;
      const pixel = x + <usize>((image * height + r) * width + q) * step;
      store<u32>(to, <u32>(outside ? zeros : pixel));
      to += 4;
    }
  }
}

/** Four channels, from byte `channel` on, of the pixel that POINTERS has at place `at`. */
// @ts-ignore: decorator
@inline
export function pixel(at: usize, channel: usize): v128 {
  return v128.load(<usize>load<u32>(POINTERS + at * 4) + channel);
}

/** Where tile `t` goes in y, whose pixels it covers `size` by `size` of. */
// @ts-ignore: decorator
@inline
export function tileAddress(size: i32, t: i32, call: MapCall): usize {
  const height = call.outHeight, width = call.outWidth;
  const across = width / size, down = height / size, area = down * across;
  const image = t / area, inImage = t % area;
  const top = (inImage / across) * size, left = (inImage % across) * size;
  return call.y + <usize>((image * height + top) * width + left) * <usize>(call.outChannels * 4);
}
