import { clip, firstTap, lastTap } from "./window";

/** Maximum of 2x2, stride 2, on even sizes: x [rows][width][channels] to [rows / 2][width / 2][channels]. */
export function maxPool2x2(x: usize, y: usize, rows: i32, width: i32, channels: i32): void {
  const step = <usize>(channels * 4), row = <usize>width * step;
  for (let r = 0; r < rows; r += 2) {
    for (let q = 0; q < width; q += 2) {
      let p = x + <usize>r * row + <usize>q * step;
      for (const end = p + step; p < end; p += 16, y += 16) {
        const top = f32x4.pmax(v128.load(p), v128.load(p + step));
        v128.store(y, f32x4.pmax(top, f32x4.pmax(v128.load(p + row), v128.load(p + row + step))));
      }
    }
  }
}

/**
 * Maximum of 3x3, stride 2, on even sizes, padded after the last row and column: TensorFlow's SAME. A tap outside is
 * replaced by its neighbour inside, which changes no maximum.
 */
export function maxPool3x3Half(x: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32): void {
  const step = <usize>(channels * 4), row = <usize>width * step;
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < height; r += 2) {
      const below = r + 2 < height ? row + row : row;
      for (let q = 0; q < width; q += 2) {
        const right = q + 2 < width ? step + step : step;
        let p = x + <usize>(b * height + r) * row + <usize>q * step;
        for (const end = p + step; p < end; p += 16, y += 16) {
          const a = f32x4.pmax(f32x4.pmax(v128.load(p), v128.load(p + step)), v128.load(p + right));
          const m = p + row;
          const c = f32x4.pmax(f32x4.pmax(v128.load(m), v128.load(m + step)), v128.load(m + right));
          const l = p + below;
          const d = f32x4.pmax(f32x4.pmax(v128.load(l), v128.load(l + step)), v128.load(l + right));
          v128.store(y, f32x4.pmax(f32x4.pmax(a, c), d));
        }
      }
    }
  }
}

/** Maximum over any window, stride and padding; padding never wins. */
export function maxPoolAny(
  x: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  const step = <usize>(channels * 4);
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < outHeight; r++) {
      const r0 = r * strideHeight - top;
      clip(r0, kernelHeight, height);
      const i0 = firstTap, i1 = lastTap;
      for (let q = 0; q < outWidth; q++) {
        const q0 = q * strideWidth - left;
        clip(q0, kernelWidth, width);
        const k0 = firstTap, k1 = lastTap;
        for (let channel: usize = 0; channel < step; channel += 16) {
          let most = f32x4.splat(-Infinity);
          for (let i = i0; i < i1; i++) {
            let p = x + <usize>((b * height + r0 + i) * width + q0 + k0) * step + channel;
            for (let k = k0; k < k1; k++, p += step) most = f32x4.pmax(most, v128.load(p));
          }
          v128.store(y + channel, most);
        }
        y += step;
      }
    }
  }
}
