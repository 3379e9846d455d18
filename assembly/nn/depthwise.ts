import { floorOf, Fused, madd, Strict } from "./arith";

/**
 * Depthwise 3x3, the two shapes that MobileNets are made of. Four channels go along one row of outputs with their nine
 * weights and their bias in registers, and each loaded pixel serves every output of the row that it touches. Then come
 * the next four channels of the same row: three rows of the map stay in L1, which a column of the whole map would
 * leave, a quarter of each cache line at a time.
 *
 * x [batch][height][width][channels], weights [9][channels], channels a multiple of 4; `zeros` holds a row of the map
 * of zeros: what lies above the first and below the last row.
 */

/** Stride 1, one pixel of padding on every side; y has the size of x. */
function same<T>(
  x: usize,
  weights: usize,
  bias: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  relu: i32,
  zeros: usize,
): void {
  const step = <usize>(channels * 4), row = <usize>width * step;
  const floor = floorOf(relu);
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < height; r++) {
      const above = r > 0 ? x - row : zeros, below = r < height - 1 ? x + row : zeros;
      for (let channel: usize = 0; channel < step; channel += 16) {
        const w = weights + channel;
        const w0 = v128.load(w), w1 = v128.load(w + step), w2 = v128.load(w + 2 * step);
        const w3 = v128.load(w + 3 * step), w4 = v128.load(w + 4 * step), w5 = v128.load(w + 5 * step);
        const w6 = v128.load(w + 6 * step), w7 = v128.load(w + 7 * step), w8 = v128.load(w + 8 * step);
        const start = v128.load(bias + channel);
        let p0 = above + channel, p1 = x + channel, p2 = below + channel, to = y + channel;
        let v0 = v128.load(p0), v1 = v128.load(p1), v2 = v128.load(p2);
        // A column of three pixels is the middle one of `here` and the left one of `next`.
        let here = madd<T>(v0, w1, madd<T>(v1, w4, madd<T>(v2, w7, start)));
        let next = madd<T>(v0, w0, madd<T>(v1, w3, madd<T>(v2, w6, start)));
        for (let q = 1; q < width; q++) {
          p0 += step;
          p1 += step;
          p2 += step;
          v0 = v128.load(p0);
          v1 = v128.load(p1);
          v2 = v128.load(p2);
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

/** Stride 2 on even sizes, one pixel of padding after the last row and column; y has half the size of x. */
function half<T>(
  x: usize,
  weights: usize,
  bias: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  relu: i32,
  zeros: usize,
): void {
  const step = <usize>(channels * 4), row = <usize>width * step;
  const floor = floorOf(relu);
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < height; r += 2) {
      const below = r < height - 2 ? x + 2 * row : zeros;
      for (let channel: usize = 0; channel < step; channel += 16) {
        const w = weights + channel;
        const w0 = v128.load(w), w1 = v128.load(w + step), w2 = v128.load(w + 2 * step);
        const w3 = v128.load(w + 3 * step), w4 = v128.load(w + 4 * step), w5 = v128.load(w + 5 * step);
        const w6 = v128.load(w + 6 * step), w7 = v128.load(w + 7 * step), w8 = v128.load(w + 8 * step);
        const start = v128.load(bias + channel);
        let p0 = x + channel, p1 = p0 + row, p2 = below + channel, to = y + channel;
        let v0 = v128.load(p0), v1 = v128.load(p1), v2 = v128.load(p2);
        for (let q = 2; q <= width; q += 2) {
          let sum = madd<T>(v0, w0, madd<T>(v1, w3, madd<T>(v2, w6, start)));
          p0 += step;
          p1 += step;
          p2 += step;
          sum = madd<T>(v128.load(p0), w1, madd<T>(v128.load(p1), w4, madd<T>(v128.load(p2), w7, sum)));
          if (q < width) {
            p0 += step;
            p1 += step;
            p2 += step;
            v0 = v128.load(p0);
            v1 = v128.load(p1);
            v2 = v128.load(p2);
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

export function depthwise3x3(x: usize, weights: usize, bias: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32, relu: i32, zeros: usize): void {
  same<Fused>(x, weights, bias, y, batch, height, width, channels, relu, zeros);
}

export function depthwise3x3Strict(x: usize, weights: usize, bias: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32, relu: i32, zeros: usize): void {
  same<Strict>(x, weights, bias, y, batch, height, width, channels, relu, zeros);
}

export function depthwise3x3Half(x: usize, weights: usize, bias: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32, relu: i32, zeros: usize): void {
  half<Fused>(x, weights, bias, y, batch, height, width, channels, relu, zeros);
}

export function depthwise3x3HalfStrict(x: usize, weights: usize, bias: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32, relu: i32, zeros: usize): void {
  half<Strict>(x, weights, bias, y, batch, height, width, channels, relu, zeros);
}
