import { floorOf, Fused, madd, Strict } from "./arith";
import { StemCall } from "./calls";
import { frameHeight, frameWidth, intoFrame } from "./frame";

/**
 * The first layer: a convolution of a one-channel picture, any odd or even kernel, stride and padding. With one input
 * channel there is no K for a matrix product to run along, so the taps are K: four pixels x eight channels in eight
 * accumulators, the weights of a tap loaded once for the four pixels.
 *
 * The picture is copied into a frame first. Weights are [kernelHeight][kernelWidth][outChannels], outChannels a multiple
 * of 8.
 */
export function stem(call: StemCall): void {
  stemOf<Fused>(call);
}

export function stemStrict(call: StemCall): void {
  stemOf<Strict>(call);
}

function stemOf<T>(call: StemCall): void {
  const rowBytes = <usize>(frameWidth(call) * 4), pixelBytes = <usize>(call.outChannels * 4);
  memory.fill(call.frame, 0, <usize>frameHeight(call) * rowBytes);
  let x = call.x, y = call.y;
  for (let b = 0; b < call.batch; b++) {
    intoFrame(call, x, call.frame);
    x += <usize>(call.height * call.width * 4);
    for (let r = 0; r < call.outHeight; r++) {
      const from = call.frame + <usize>(r * call.strideHeight) * rowBytes;
      for (let channel: usize = 0; channel < pixelBytes; channel += 32) {
        stemRow<T>(call, from, rowBytes, channel, y + channel);
      }
      y += <usize>call.outWidth * pixelBytes;
    }
  }
}

/** One row of pixels at `to`, eight channels from byte `channel` on. */
// @ts-ignore: decorator
@inline
function stemRow<T>(call: StemCall, from: usize, rowBytes: usize, channel: usize, to: usize): void {
  const outWidth = call.outWidth, kernelHeight = call.kernelHeight, across = <usize>(call.kernelWidth * 4);
  const pixelBytes = <usize>(call.outChannels * 4), step = <usize>(call.strideWidth * 4);
  const weights = call.weights + channel, bias = call.bias + channel, floor = floorOf(call.relu);
  const b0 = v128.load(bias), b1 = v128.load(bias, 16);
  let q = 0;
  for (; q + 4 <= outWidth; q += 4) {
    for (let $q = 0; $q < 4; $q++) let c$q0 = b0, c$q1 = b1;
    let w = weights, row = from;
    for (let i = 0; i < kernelHeight; i++) {
      let p = row;
      for (const end = row + across; p < end; p += 4) {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        let s: v128;
        for (let $q = 0; $q < 4; $q++) {
          s = v128.load32_splat(p + $q * step);
          c$q0 = madd<T>(s, w0, c$q0);
          c$q1 = madd<T>(s, w1, c$q1);
        }
        w += pixelBytes;
      }
      row += rowBytes;
    }
    for (let $q = 0; $q < 4; $q++) {
      v128.store(to, f32x4.pmax(floor, c$q0));
      v128.store(to, f32x4.pmax(floor, c$q1), 16);
      to += pixelBytes;
    }
    from += 4 * step;
  }
  for (; q < outWidth; q++) {
    let c0 = b0, c1 = b1, w = weights, row = from;
    for (let i = 0; i < kernelHeight; i++) {
      for (let p = row, end = row + across; p < end; p += 4) {
        const s = v128.load32_splat(p);
        c0 = madd<T>(s, v128.load(w), c0);
        c1 = madd<T>(s, v128.load(w, 16), c1);
        w += pixelBytes;
      }
      row += rowBytes;
    }
    v128.store(to, f32x4.pmax(floor, c0));
    v128.store(to, f32x4.pmax(floor, c1), 16);
    to += pixelBytes;
    from += step;
  }
}
