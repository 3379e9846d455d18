import { floorOf } from "./arith";
import { AddCall, AffineCall, MeanCall, RowsCall, SigmoidCall } from "./calls";

/** Layers that take each channel by itself; channels are a multiple of 4. */

/** Mean over the rows of each window, in their order: x [batch][rows / batch][channels] to y [batch][channels]. */
export function mean(call: MeanCall): void {
  const pixels = call.rows / call.batch, step = <usize>(call.channels * 4);
  const each = f32x4.splat(<f32>1 / <f32>pixels);
  let y = call.y;
  for (let b = 0; b < call.batch; b++) {
    for (let channel: usize = 0; channel < step; channel += 16) {
      let p = call.x + <usize>(b * pixels) * step + channel;
      let sum = f32x4.splat(0);
      for (let i = 0; i < pixels; i++, p += step) sum = f32x4.add(sum, v128.load(p));
      v128.store(y, f32x4.mul(sum, each));
      y += 16;
    }
  }
}

/** y = x + other, then perhaps ReLU; y may be either. */
export function add(call: AddCall): void {
  const floor = floorOf(call.relu);
  let x = call.x, other = call.other, y = call.y;
  for (const end = y + <usize>(call.rows * call.channels) * 4; y < end; y += 16, x += 16, other += 16) {
    v128.store(y, f32x4.pmax(floor, f32x4.add(v128.load(x), v128.load(other))));
  }
}

/** y = x * scale + shift a channel, then perhaps ReLU: a batch norm that no convolution took in. y may be x. */
export function affine(call: AffineCall): void {
  const step = <usize>(call.channels * 4), scale = call.scale, shift = call.shift, floor = floorOf(call.relu);
  let x = call.x, y = call.y;
  for (let r = 0; r < call.rows; r++) {
    for (let channel: usize = 0; channel < step; channel += 16, x += 16, y += 16) {
      const scaled = f32x4.mul(v128.load(x), v128.load(scale + channel));
      v128.store(y, f32x4.pmax(floor, f32x4.add(scaled, v128.load(shift + channel))));
    }
  }
}

/** 1 / (1 + e^-x) of the channels that count; y may be x. */
export function sigmoid(call: SigmoidCall): void {
  let x = call.x, y = call.y;
  for (let r = 0; r < call.rows; r++) {
    for (let c = 0; c < call.channels; c++, x += 4, y += 4) {
      // AssemblyScript's own exp: WebAssembly arithmetic, the same bits everywhere.
      store<f32>(y, c < call.used ? <f32>(1 / (1 + NativeMath.exp(-(<f64>load<f32>(x))))) : 0);
    }
  }
}

/** One number a row to `channels` numbers a row, the others 0: the window, where no stem takes it. */
export function spread(call: RowsCall): void {
  const step = <usize>call.channels * 4;
  let x = call.x, y = call.y;
  memory.fill(y, 0, <usize>call.rows * step);
  for (let r = 0; r < call.rows; r++, x += 4, y += step) store<f32>(y, load<f32>(x));
}
