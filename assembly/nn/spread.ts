/** One number a pixel to `pitch` numbers a pixel, the others 0: the window, where no stem takes it. */
export function spread(x: usize, y: usize, count: i32, pitch: i32): void {
  const step = <usize>pitch * 4;
  memory.fill(y, 0, <usize>count * step);
  for (let i = 0; i < count; i++, x += 4, y += step) store<f32>(y, load<f32>(x));
}
