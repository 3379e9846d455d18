/**
 * Copies a picture of one channel into a frame of zeros, beginning at row `top` and column `left`, so that no kernel
 * needs to know of the border. A picture may be larger than what the kernel reaches (stride, no end padding): what is
 * past the frame is left out.
 *
 * @param x      [height][width]
 * @param frame  [frameHeight][frameWidth], zeros but for a picture of the same size before
 */
export function intoFrame(
  x: usize,
  height: i32,
  width: i32,
  top: i32,
  left: i32,
  frame: usize,
  frameHeight: i32,
  frameWidth: i32,
): void {
  const rows = min(height, frameHeight - top), columns = <usize>min(width, frameWidth - left) * 4;
  for (let r = 0; r < rows; r++) {
    memory.copy(frame + <usize>((top + r) * frameWidth + left) * 4, x + <usize>(r * width * 4), columns);
  }
}
