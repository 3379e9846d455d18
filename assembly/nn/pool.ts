import { MapCall } from "./calls";

/** Maximum of 2x2, stride 2, on even sizes. */
export function maxPool2x2(call: MapCall): void {
  const x = call.x, rows = call.batch * call.height, width = call.width;
  const step = <usize>(call.channels * 4), row = <usize>width * step;
  let y = call.y;
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
export function maxPool3x3Half(call: MapCall): void {
  const x = call.x, height = call.height, width = call.width;
  const step = <usize>(call.channels * 4), row = <usize>width * step;
  let y = call.y;
  for (let b = 0; b < call.batch; b++) {
    for (let r = 0; r < height; r += 2) {
      const below = r + 2 < height ? row + row : row;
      for (let q = 0; q < width; q += 2) {
        const right = q + 2 < width ? step + step : step;
        let p = x + <usize>(b * height + r) * row + <usize>q * step;
        for (const end = p + step; p < end; p += 16, y += 16) {
          const upper = f32x4.pmax(three(p, step, right), three(p + row, step, right));
          v128.store(y, f32x4.pmax(upper, three(p + below, step, right)));
        }
      }
    }
  }
}

/** The largest of three pixels of a row. */
// @ts-ignore: decorator
@inline
function three(p: usize, step: usize, right: usize): v128 {
  return f32x4.pmax(f32x4.pmax(v128.load(p), v128.load(p + step)), v128.load(p + right));
}
