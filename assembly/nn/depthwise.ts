import { floorOf, Fused, madd, Strict } from "./arith";
import { Depthwise3x3Call } from "./calls";

/**
 * Depthwise 3x3, the two shapes that MobileNets are made of. Four channels go along one row of outputs with their nine
 * weights and their bias in registers, and each loaded pixel serves every output of the row that it touches. Then come
 * the next four channels of the same row: three rows of the map stay in L1, which a column of the whole map would
 * leave, a quarter of each cache line at a time.
 *
 * Weights are [9][channels], channels a multiple of 4. What lies above the first and below the last row is `zeros`.
 */

/** Stride 1, one pixel of padding on every side; y has the size of x. */
export function depthwise3x3(call: Depthwise3x3Call): void {
  same<Fused>(call);
}

export function depthwise3x3Strict(call: Depthwise3x3Call): void {
  same<Strict>(call);
}

/** Stride 2 on even sizes, one pixel of padding after the last row and column; y has half the size of x. */
export function depthwise3x3Half(call: Depthwise3x3Call): void {
  half<Fused>(call);
}

export function depthwise3x3HalfStrict(call: Depthwise3x3Call): void {
  half<Strict>(call);
}

function same<T>(call: Depthwise3x3Call): void {
  const height = call.height, width = call.width, weights = call.weights, bias = call.bias, zeros = call.zeros;
  const step = <usize>(call.channels * 4), row = <usize>width * step;
  const floor = floorOf(call.relu);
  let x = call.x, y = call.y;
  for (let b = 0; b < call.batch; b++) {
    for (let r = 0; r < height; r++) {
      const above = r > 0 ? x - row : zeros, below = r < height - 1 ? x + row : zeros;
      for (let channel: usize = 0; channel < step; channel += 16) {
        const w = weights + channel, start = v128.load(bias + channel);
        for (let $t = 0; $t < 9; $t++) const w$t = v128.load(w + $t * step);
        let p0 = above + channel, p1 = x + channel, p2 = below + channel, to = y + channel;
        let v0 = v128.load(p0), v1 = v128.load(p1), v2 = v128.load(p2);
        // A column of three pixels is the middle one of `here` and the left one of `next`.
        let here = madd<T>(v0, w1, madd<T>(v1, w4, madd<T>(v2, w7, start)));
        let next = madd<T>(v0, w0, madd<T>(v1, w3, madd<T>(v2, w6, start)));
        for (let q = 1; q < width; q++) {
          for (let $i = 0; $i < 3; $i++) p$i += step;
          for (let $i = 0; $i < 3; $i++) v$i = v128.load(p$i);
          here = madd<T>(v0, w2, madd<T>(v1, w5, madd<T>(v2, w8, here)));
          v128.store(to, f32x4.pmax(floor, here));
          to += step;
          here = madd<T>(v0, w1, madd<T>(v1, w4, madd<T>(v2, w7, next)));
          next = madd<T>(v0, w0, madd<T>(v1, w3, madd<T>(v2, w6, start)));
        }
        v128.store(to, f32x4.pmax(floor, here));
      }
      x += row;
      y += row;
    }
  }
}

function half<T>(call: Depthwise3x3Call): void {
  const height = call.height, width = call.width, weights = call.weights, bias = call.bias, zeros = call.zeros;
  const step = <usize>(call.channels * 4), row = <usize>width * step;
  const floor = floorOf(call.relu);
  let x = call.x, y = call.y;
  for (let b = 0; b < call.batch; b++) {
    for (let r = 0; r < height; r += 2) {
      const below = r < height - 2 ? x + 2 * row : zeros;
      for (let channel: usize = 0; channel < step; channel += 16) {
        const w = weights + channel, start = v128.load(bias + channel);
        for (let $t = 0; $t < 9; $t++) const w$t = v128.load(w + $t * step);
        let p0 = x + channel, p1 = p0 + row, p2 = below + channel, to = y + channel;
        let v0 = v128.load(p0), v1 = v128.load(p1), v2 = v128.load(p2);
        for (let q = 2; q <= width; q += 2) {
          let sum = madd<T>(v0, w0, madd<T>(v1, w3, madd<T>(v2, w6, start)));
          for (let $i = 0; $i < 3; $i++) p$i += step;
          sum = madd<T>(v128.load(p0), w1, madd<T>(v128.load(p1), w4, madd<T>(v128.load(p2), w7, sum)));
          if (q < width) {
            for (let $i = 0; $i < 3; $i++) p$i += step;
            for (let $i = 0; $i < 3; $i++) v$i = v128.load(p$i);
            sum = madd<T>(v0, w2, madd<T>(v1, w5, madd<T>(v2, w8, sum)));
          }
          v128.store(to, f32x4.pmax(floor, sum));
          to += step;
        }
      }
      x += 2 * row;
      y += row / 2;
    }
  }
}
