/**
 * Products of embeddings with many sets of weights at once: what heads are trained and run with.
 *
 * Embeddings x are float32 [rows][dims]; weights and gradients are float64 [columns][dims]. Sums are float64, and a row's
 * are always made in the same order: its numbers do not depend on its company, nor on the machine.
 *
 * Both work through a stretch of the dimensions at a time, so that its weights stay in a core's first cache (16 KB for five
 * columns) while many rows pass.
 *
 * A loop whose counter begins with a dollar is written out by the build (scripts/support/unroll.ts).
 */

/** Dimensions that are worked through at a time: an even number. */
const STRETCH: i32 = 512;

// @ts-ignore: decorator
@inline
function wide(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function both(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Adds to what stands there, or, of the first stretch, begins. */
// @ts-ignore: decorator
@inline
function give(out: usize, value: f64, first: bool): void {
  store<f64>(out, first ? value : load<f64>(out) + value);
}

/** Five columns of two rows: ten sums in registers. @param at  the stretch's first dimension @param count  its dimensions */
// @ts-ignore: decorator
@inline
function fiveOfTwo(x0: usize, x1: usize, w: usize, dims: usize, count: usize, o0: usize, o1: usize, first: bool): void {
  for (let $c = 0; $c < 5; $c++) {
    let a$c = f64x2.splat(0), b$c = a$c;
    let w$c = w + $c * dims * 8;
  }
  let d: usize = 0;
  for (; d + 2 <= count; d += 2) {
    const s = wide(x0 + 4 * d), t = wide(x1 + 4 * d);
    let v: v128;
    for (let $c = 0; $c < 5; $c++) {
      v = v128.load(w$c + 8 * d);
      a$c = f64x2.add(a$c, f64x2.mul(s, v));
      b$c = f64x2.add(b$c, f64x2.mul(t, v));
    }
  }
  if (d < count) {
    const s = f64x2.promote_low_f32x4(v128.load32_zero(x0 + 4 * d)), t = f64x2.promote_low_f32x4(v128.load32_zero(x1 + 4 * d));
    let v: v128;
    for (let $c = 0; $c < 5; $c++) {
      v = v128.load64_zero(w$c + 8 * d);
      a$c = f64x2.add(a$c, f64x2.mul(s, v));
      b$c = f64x2.add(b$c, f64x2.mul(t, v));
    }
  }
  for (let $c = 0; $c < 5; $c++) {
    give(o0 + 8 * $c, both(a$c), first);
    if (o1 != o0) give(o1 + 8 * $c, both(b$c), first);
  }
}

/** One column of two rows: what is left of five. The sums are made in the same order. */
// @ts-ignore: decorator
@inline
function oneOfTwo(x0: usize, x1: usize, w: usize, count: usize, o0: usize, o1: usize, first: bool): void {
  let a = f64x2.splat(0), b = a;
  let d: usize = 0;
  for (; d + 2 <= count; d += 2) {
    const v = v128.load(w + 8 * d);
    a = f64x2.add(a, f64x2.mul(wide(x0 + 4 * d), v));
    b = f64x2.add(b, f64x2.mul(wide(x1 + 4 * d), v));
  }
  if (d < count) {
    const v = v128.load64_zero(w + 8 * d);
    a = f64x2.add(a, f64x2.mul(f64x2.promote_low_f32x4(v128.load32_zero(x0 + 4 * d)), v));
    b = f64x2.add(b, f64x2.mul(f64x2.promote_low_f32x4(v128.load32_zero(x1 + 4 * d)), v));
  }
  give(o0, both(a), first);
  if (o1 != o0) give(o1, both(b), first);
}

/** out [rows][columns] = x w'. */
export function columnProducts(x: usize, rows: i32, dims: i32, w: usize, columns: i32, out: usize): void {
  const row = <usize>dims * 4, stride = <usize>columns * 8;
  for (let from = 0; from < dims; from += STRETCH) {
    const count = <usize>min(STRETCH, dims - from), first = from == 0;
    let c = 0;
    for (; c + 5 <= columns; c += 5) {
      const weights = w + (<usize>c * dims + from) * 8;
      for (let r = 0; r < rows; r += 2) {
        const other = min(r + 1, rows - 1);
        const x0 = x + r * row + 4 * from, x1 = x + other * row + 4 * from;
        fiveOfTwo(x0, x1, weights, dims, count, out + r * stride + 8 * c, out + other * stride + 8 * c, first);
      }
    }
    for (; c < columns; c++) {
      const weights = w + (<usize>c * dims + from) * 8;
      for (let r = 0; r < rows; r += 2) {
        const other = min(r + 1, rows - 1);
        const x0 = x + r * row + 4 * from, x1 = x + other * row + 4 * from;
        oneOfTwo(x0, x1, weights, count, out + r * stride + 8 * c, out + other * stride + 8 * c, first);
      }
    }
  }
}

/**
 * g [columns][dims] += r' x, for r [rows][columns]: the sum over rows of each row's embedding times its columns' numbers.
 * @param rows  a multiple of four; rows of zeros add nothing
 */
export function rowProducts(x: usize, rows: i32, dims: i32, r: usize, columns: i32, g: usize): void {
  const row = <usize>dims * 4, stride = <usize>columns * 8;
  for (let from = 0; from < dims; from += STRETCH) {
    const count = <usize>min(STRETCH, dims - from);
    for (let i = 0; i < rows; i += 4) {
      for (let $r = 0; $r < 4; $r++) {
        const x$r = x + <usize>(i + $r) * row + 4 * from, p$r = r + <usize>(i + $r) * stride;
      }
      let c = 0;
      for (; c + 2 <= columns; c += 2) {
        const u = g + (<usize>c * dims + from) * 8, v = u + <usize>dims * 8;
        for (let $r = 0; $r < 4; $r++) {
          const a$r = v128.load64_splat(p$r + 8 * c), b$r = v128.load64_splat(p$r + 8 * c, 8);
        }
        let d: usize = 0;
        for (; d + 2 <= count; d += 2) {
          let s = v128.load(u + 8 * d), t = v128.load(v + 8 * d), y: v128;
          for (let $r = 0; $r < 4; $r++) {
            y = wide(x$r + 4 * d);
            s = f64x2.add(s, f64x2.mul(y, a$r));
            t = f64x2.add(t, f64x2.mul(y, b$r));
          }
          v128.store(u + 8 * d, s);
          v128.store(v + 8 * d, t);
        }
        if (d < count) {
          let s = load<f64>(u + 8 * d), t = load<f64>(v + 8 * d);
          for (let $r = 0; $r < 4; $r++) {
            s += <f64>load<f32>(x$r + 4 * d) * f64x2.extract_lane(a$r, 0);
            t += <f64>load<f32>(x$r + 4 * d) * f64x2.extract_lane(b$r, 0);
          }
          store<f64>(u + 8 * d, s);
          store<f64>(v + 8 * d, t);
        }
      }
      if (c < columns) {
        const u = g + (<usize>c * dims + from) * 8;
        for (let $r = 0; $r < 4; $r++) {
          const a$r = v128.load64_splat(p$r + 8 * c);
        }
        let d: usize = 0;
        for (; d + 2 <= count; d += 2) {
          let s = v128.load(u + 8 * d);
          for (let $r = 0; $r < 4; $r++) s = f64x2.add(s, f64x2.mul(wide(x$r + 4 * d), a$r));
          v128.store(u + 8 * d, s);
        }
        if (d < count) {
          let s = load<f64>(u + 8 * d);
          for (let $r = 0; $r < 4; $r++) s += <f64>load<f32>(x$r + 4 * d) * f64x2.extract_lane(a$r, 0);
          store<f64>(u + 8 * d, s);
        }
      }
    }
  }
}
