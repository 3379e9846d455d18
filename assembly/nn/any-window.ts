import { floorOf, madd, Strict } from "./arith";
import { ConvCall, MapCall } from "./calls";

/**
 * Layers that take each channel by itself, with any kernel, stride and padding: a pixel at a time, four channels at a time,
 * only the taps that lie inside the map. Always strict, so that the int8 nets can use them; the usual shapes have kernels
 * of their own, which are faster. Channels are a multiple of 4.
 */

/** What becomes of the taps: a type, so that one function serves both. */
type Sum = i32;
type Largest = f32;

/** Depthwise convolution; weights are [kernelHeight][kernelWidth][channels]. */
export function depthwiseAny(call: ConvCall): void {
  overWindows<Sum>(call, call.weights, call.bias, floorOf(call.relu));
}

/** Maximum; padding never wins. */
export function maxPoolAny(call: MapCall): void {
  overWindows<Largest>(call, 0, 0, floorOf(0));
}

function overWindows<What>(call: MapCall, weights: usize, bias: usize, floor: v128): void {
  const x = call.x, height = call.height, width = call.width, kernelWidth = call.kernelWidth;
  const step = <usize>(call.channels * 4);
  let y = call.y;
  for (let b = 0; b < call.batch; b++) {
    for (let r = 0; r < call.outHeight; r++) {
      const r0 = clip(r * call.strideHeight - call.top, call.kernelHeight, height), i0 = firstTap, i1 = lastTap;
      for (let q = 0; q < call.outWidth; q++) {
        const q0 = clip(q * call.strideWidth - call.left, kernelWidth, width), k0 = firstTap, k1 = lastTap;
        const from = x + <usize>((b * height + r0) * width + q0) * step;
        for (let channel: usize = 0; channel < step; channel += 16) {
          let result = isFloat<What>() ? floor : v128.load(bias + channel);
          for (let i = i0; i < i1; i++) {
            let p = from + <usize>(i * width + k0) * step + channel;
            let w = weights + <usize>(i * kernelWidth + k0) * step + channel;
            for (let k = k0; k < k1; k++, p += step, w += step) {
              if (isFloat<What>()) result = f32x4.pmax(result, v128.load(p));
              else result = madd<Strict>(v128.load(p), v128.load(w), result);
            }
          }
          v128.store(y + channel, f32x4.pmax(floor, result));
        }
        y += step;
      }
    }
  }
}

/** What clip finds, handed over in globals: a function has one result. */
let firstTap: i32 = 0;
let lastTap: i32 = 0;

/** Taps firstTap .. lastTap - 1 of `taps` from `start` on lie in 0 .. size - 1; gives `start`. */
// @ts-ignore: decorator
@inline
function clip(start: i32, taps: i32, size: i32): i32 {
  firstTap = max(0, -start);
  lastTap = min(taps, size - start);
  return start;
}
