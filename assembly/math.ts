/**
 * Natural logarithm and exponential of two float64 numbers at once, without branches. The polynomials and the splitting
 * of ln 2 are fdlibm's (Sun Microsystems, FreeBSD lib/msun/src/e_log.c and e_exp.c): errors below 1 unit in the last
 * place of float64, so a result rounded to float32 is the correctly rounded one but for ties.
 */

const LN2_HI: f64 = 6.93147180369123816490e-1;
const LN2_LO: f64 = 1.90821492927058770002e-10;
/** High word of sqrt(1/2), in the upper half of 64 bits: mantissas are taken from [sqrt(1/2), sqrt(2)). */
const SQRT_HALF: i64 = 0x3fe6a09e00000000;
const ONE: i64 = 0x3ff0000000000000;
const MANTISSA: i64 = 0x000fffffffffffff;
/** The bits of 2^52: or-ing a small integer into them gives the float64 2^52 + integer. */
const TWO_52: i64 = 0x4330000000000000;
/** 1.5 * 2^52: adding it leaves an integer in the low bits of a float64. */
const ROUNDER: f64 = 6755399441055744.0;

// @ts-ignore: decorator
@inline
function fma2(a: v128, b: f64, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, f64x2.splat(b)), c);
}

// @ts-ignore: decorator
@inline
function poly2(x: v128, a: f64, b: f64): v128 {
  return fma2(x, b, f64x2.splat(a));
}

/** ln x for normal positive x. */
// @ts-ignore: decorator
@inline
export function log2lanes(x: v128): v128 {
  const shifted = i64x2.add(x, i64x2.splat(ONE - SQRT_HALF));
  const exponent = v128.or(i64x2.shr_u(shifted, 52), i64x2.splat(TWO_52));
  const k = f64x2.sub(exponent, f64x2.splat(4503599627370496.0 + 1023.0));
  const m = i64x2.add(v128.and(shifted, i64x2.splat(MANTISSA)), i64x2.splat(SQRT_HALF));
  const f = f64x2.sub(m, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  const odd = f64x2.add(
    f64x2.splat(6.666666666666735130e-1),
    f64x2.mul(w, f64x2.add(f64x2.splat(2.857142874366239149e-1), f64x2.mul(w, poly2(w, 1.818357216161805012e-1, 1.479819860511658591e-1)))),
  );
  const even = f64x2.add(f64x2.splat(3.999999999940941908e-1), f64x2.mul(w, poly2(w, 2.222219843214978396e-1, 1.531383769920937332e-1)));
  const r = f64x2.add(f64x2.mul(z, odd), f64x2.mul(w, even));
  const half = f64x2.mul(f64x2.mul(f, f), f64x2.splat(0.5));
  const low = fma2(k, LN2_LO, f64x2.mul(s, f64x2.add(half, r)));
  return f64x2.add(f64x2.sub(f, f64x2.sub(half, low)), f64x2.mul(k, f64x2.splat(LN2_HI)));
}

/** e^x for |x| < 700. */
// @ts-ignore: decorator
@inline
export function exp2lanes(x: v128): v128 {
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(1.44269504088896338700)), f64x2.splat(ROUNDER));
  const n = f64x2.sub(shifted, f64x2.splat(ROUNDER));
  const hi = f64x2.sub(x, f64x2.mul(n, f64x2.splat(LN2_HI)));
  const lo = f64x2.mul(n, f64x2.splat(LN2_LO));
  const r = f64x2.sub(hi, lo);
  const t = f64x2.mul(r, r);
  let p = poly2(t, -1.65339022054652515390e-6, 4.13813679705723846039e-8);
  p = f64x2.add(f64x2.splat(6.61375632143793436117e-5), f64x2.mul(t, p));
  p = f64x2.add(f64x2.splat(-2.77777777770155933842e-3), f64x2.mul(t, p));
  p = f64x2.add(f64x2.splat(1.66666666666666019037e-1), f64x2.mul(t, p));
  const c = f64x2.sub(r, f64x2.mul(t, p));
  const q = f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c));
  const y = f64x2.sub(f64x2.splat(1), f64x2.sub(f64x2.sub(lo, q), hi));
  return i64x2.add(y, i64x2.shl(shifted, 52));
}
