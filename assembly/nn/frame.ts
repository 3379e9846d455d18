import { MapCall } from "./calls";

/**
 * A frame is what a convolution's kernel reaches of the padded map: (outHeight - 1) strideHeight + kernelHeight rows, and
 * likewise columns. What of it is not the map is zeros, so that no kernel needs to know of the border. A map may also be
 * larger than the frame (stride, no padding at the end): what is past it is left out.
 */

// @ts-ignore: decorator
@inline
export function frameHeight(call: MapCall): i32 {
  return (call.outHeight - 1) * call.strideHeight + call.kernelHeight;
}

// @ts-ignore: decorator
@inline
export function frameWidth(call: MapCall): i32 {
  return (call.outWidth - 1) * call.strideWidth + call.kernelWidth;
}

/** Copies one window of one channel, x [height][width], into a frame that is zeros but for a window before. */
export function intoFrame(call: MapCall, x: usize, frame: usize): void {
  const top = call.top, left = call.left, width = call.width, across = frameWidth(call);
  const rows = min(call.height, frameHeight(call) - top), columns = <usize>min(width, across - left) * 4;
  for (let r = 0; r < rows; r++) {
    memory.copy(frame + <usize>((top + r) * across + left) * 4, x + <usize>(r * width * 4), columns);
  }
}
