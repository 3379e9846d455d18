import { floorOf } from "./arith";

/** Mean over the pixels of a map, in their order: x [batch][pixels][channels] to [batch][channels]. */
export function mean(x: usize, y: usize, batch: i32, pixels: i32, channels: i32): void {
  const step = <usize>(channels * 4);
  const each = f32x4.splat(<f32>1 / <f32>pixels);
  for (let b = 0; b < batch; b++) {
    for (let channel: usize = 0; channel < step; channel += 16) {
      let p = x + <usize>(b * pixels) * step + channel;
      let sum = f32x4.splat(0);
      for (let i = 0; i < pixels; i++, p += step) sum = f32x4.add(sum, v128.load(p));
      v128.store(y, f32x4.mul(sum, each));
      y += 16;
    }
  }
}

/** y = a + b, then perhaps ReLU; `count` a multiple of 4. */
export function add(a: usize, b: usize, y: usize, count: i32, relu: i32): void {
  const floor = floorOf(relu);
  for (const end = y + <usize>count * 4; y < end; y += 16, a += 16, b += 16) {
    v128.store(y, f32x4.pmax(floor, f32x4.add(v128.load(a), v128.load(b))));
  }
}

/** y = x * scale + shift a channel, then perhaps ReLU: a batch norm that no convolution took in. */
export function affine(x: usize, y: usize, rows: i32, channels: i32, scale: usize, shift: usize, relu: i32): void {
  const step = <usize>(channels * 4), floor = floorOf(relu);
  for (let r = 0; r < rows; r++) {
    for (let channel: usize = 0; channel < step; channel += 16, x += 16, y += 16) {
      const scaled = f32x4.mul(v128.load(x), v128.load(scale + channel));
      v128.store(y, f32x4.pmax(floor, f32x4.add(scaled, v128.load(shift + channel))));
    }
  }
}

/** 1 / (1 + e^-x) of the first `channels` of `pitch` numbers of every row; the rest stays 0. */
export function sigmoid(x: usize, y: usize, rows: i32, pitch: i32, channels: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < pitch; c++, x += 4, y += 4) {
      // AssemblyScript's own exp: WebAssembly arithmetic, the same bits everywhere.
      store<f32>(y, c < channels ? <f32>(1 / (1 + NativeMath.exp(-(<f64>load<f32>(x))))) : 0);
    }
  }
}
