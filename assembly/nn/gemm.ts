import { floorOf, Fused, madd, Strict } from "./arith";
import { GemmCall } from "./calls";

/**
 * C = A B + bias (+ residual), then perhaps ReLU: the 1x1 convolutions, and the inner product of every other one.
 *
 * A is row-major and read where it lies; B comes in panels of 8 columns, [N/8][K][8]. K is a multiple of 4, N of 8.
 *
 * Blocking, from the registers outwards:
 * - 6 rows x 8 columns in twelve accumulators. Two FMA ports with a latency of four want at least eight chains, and V8
 *   keeps fifteen vectors: twelve accumulators, two of B and a number of A in all lanes. That number is loaded and
 *   spread by one instruction of the load ports, which leaves the others to the FMAs; eight loads for twelve FMAs are
 *   within what two load ports give. A shuffle instead would need a register for its source, and twelve would spill.
 *   This runs at the rate of FMAs without any memory.
 * - K is unrolled by four for CPUs that take six instructions a cycle: where bounds are checked explicitly (workerd),
 *   each load is two of them.
 * - six rows of K_BLOCK of A, 24 KB, stay in L1 or near it. A shorter block would fit better, but where few rows use the
 *   weights these come from memory, and faster in long pieces.
 * - a block of B of B_BLOCK bytes stays in L2 while all rows of A pass.
 * The rows that are left over after the sixes go in fours.
 */
const K_BLOCK: i32 = 1024;
const B_BLOCK: i32 = 768 * 1024;

/** How many rows a panel has is its type's size, four or more: so that one function serves both. */
type Four = u32;
type Six = u64;

export function gemm(call: GemmCall): void {
  gemmOf<Fused>(call);
}

export function gemmStrict(call: GemmCall): void {
  gemmOf<Strict>(call);
}

function gemmOf<T>(call: GemmCall): void {
  const m = call.rows, n = call.n, k = call.k;
  const columns = max(8, (B_BLOCK / (min(K_BLOCK, k) * 4)) & -8);
  // 7 and 8 left rows are two fours; 5 are a six with its last row twice, 3 a four.
  const rest = m % 6;
  const sixes = rest == 0 || rest == 5 ? m : rest < 3 && m > 6 ? m - rest - 6 : m - rest;
  for (let j0 = 0; j0 < n; j0 += columns) {
    const j1 = min(n, j0 + columns);
    for (let k0 = 0; k0 < k; k0 += K_BLOCK) {
      let i = 0;
      for (; i < sixes; i += 6) panel<T, Six>(call, i, j0, j1, k0);
      for (; i < m; i += 4) panel<T, Four>(call, i, j0, j1, k0);
    }
  }
}

/** Rows from `i` (the last row stands in for what is past the last) against columns j0 .. j1, K from k0 on. */
function panel<T, Rows>(call: GemmCall, i: i32, j0: i32, j1: i32, k0: i32): void {
  const last = call.rows - 1, k = call.k, kc = min(K_BLOCK, k - k0);
  // The bias and the residual come in with the first block of K, so that the residual may lie where C goes.
  const first = k0 == 0, floor = floorOf(k0 + kc >= k ? call.relu : 0);
  const x = call.x + <usize>(k0 * 4), y = call.y + <usize>(j0 * 4);
  const residual = call.residual, toResidual = residual - call.y, skip = <usize>((k - kc) * 32);
  let bias = call.bias + <usize>(j0 * 4), b = call.weights + <usize>((j0 * k + k0 * 8) * 4);
  for (let $r = 0; $r < 6; $r++) {
    const i$r = min(i + $r, last), from$r = x + <usize>(i$r * call.xStep);
    let p$r = y + <usize>(i$r * call.yStep);
  }
  for (let j = j0; j < j1; j += 8) {
    let b0 = v128.load(bias), b1 = v128.load(bias, 16), a: v128;
    for (let $r = 0; $r < 6; $r++) let c$r0 = b0, c$r1 = b1, a$r = from$r;
    if (!first) {
      for (let $r = 0; $r < 6; $r++) {
        if ($r < sizeof<Rows>()) {
          c$r0 = v128.load(p$r);
          c$r1 = v128.load(p$r, 16);
        }
      }
    } else if (residual) {
      for (let $r = 0; $r < 6; $r++) {
        if ($r < sizeof<Rows>()) {
          c$r0 = f32x4.add(c$r0, v128.load(p$r + toResidual));
          c$r1 = f32x4.add(c$r1, v128.load(p$r + toResidual, 16));
        }
      }
    }
    for (const end = b + <usize>(kc * 32); b < end; b += 128) {
      for (let $k = 0; $k < 4; $k++) {
        b0 = v128.load(b, 32 * $k);
        b1 = v128.load(b, 32 * $k + 16);
        for (let $r = 0; $r < 6; $r++) {
          if ($r < sizeof<Rows>()) {
            a = v128.load32_splat(a$r, 4 * $k);
            c$r0 = madd<T>(a, b0, c$r0);
            c$r1 = madd<T>(a, b1, c$r1);
          }
        }
      }
      for (let $r = 0; $r < 6; $r++) if ($r < sizeof<Rows>()) a$r += 16;
    }
    b += skip;
    for (let $r = 0; $r < 6; $r++) {
      if ($r < sizeof<Rows>()) {
        v128.store(p$r, f32x4.pmax(floor, c$r0));
        v128.store(p$r, f32x4.pmax(floor, c$r1), 16);
        p$r += 32;
      }
    }
    bias += 32;
  }
}
