import { POINTERS } from "./scratch";

/**
 * Writes the addresses of the pixels that output tile `t` needs, row by row, to POINTERS: (size + 2)^2 of them, those
 * outside the map pointing at zeros. The transforms then need no case for the border.
 */
// @ts-ignore: decorator
@inline
export function pointAtPixels(size: i32, t: i32, x: usize, height: i32, width: i32, channels: i32, zeros: usize): void {
  const across = width / size, down = height / size, area = down * across;
  const image = t / area, inImage = t % area;
  const top = (inImage / across) * size - 1, left = (inImage % across) * size - 1;
  let to: usize = POINTERS;
  for (let r = top; r < top + size + 2; r++) {
    for (let q = left; q < left + size + 2; q++) {
      const outside = r < 0 || r >= height || q < 0 || q >= width;
      const pixel = x + <usize>((image * height + r) * width + q) * <usize>(channels * 4);
      store<u32>(to, <u32>(outside ? zeros : pixel));
      to += 4;
    }
  }
}

/** Where tile `t` goes in a map of height x width pixels, tiles being `size` pixels wide there. */
// @ts-ignore: decorator
@inline
export function tileAddress(size: i32, t: i32, y: usize, height: i32, width: i32, channels: i32): usize {
  const across = width / size, down = height / size, area = down * across;
  const image = t / area, inImage = t % area;
  const top = (inImage / across) * size, left = (inImage % across) * size;
  return y + <usize>((image * height + top) * width + left) * <usize>(channels * 4);
}
