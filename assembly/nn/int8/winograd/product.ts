import { dot, onesOfDot, Words } from "../dot";
import { POSITIONS, rowBytes } from "./layout";

/**
 * One place of transformed tiles, [tile][36][channels + 32], times that place's weights of eight columns: sums of 32 bits,
 * [tile][36][8]. Five tiles at a time in ten accumulators; the last stands in for those that are missing.
 */
export function multiplyTiles(x: usize, tiles: i32, weights: usize, channels: i32, y: usize): void {
  const bytes = <usize>channels * 2, step = POSITIONS * rowBytes(channels), ones = onesOfDot();
  for (let t = 0; t < tiles; t += 5) {
    for (let $r = 0; $r < 5; $r++) {
      const tile$r = <usize>min(t + $r, tiles - 1);
      let p$r = x + tile$r * step, c$r0 = i32x4.splat(0), c$r1 = c$r0;
    }
    let b = weights, b0: v128, b1: v128, s: v128;
    for (const end = p0 + bytes; p0 < end; b += 64) {
      for (let $k = 0; $k < 2; $k++) {
        b0 = v128.load(b, 32 * $k);
        b1 = v128.load(b, 32 * $k + 16);
        for (let $r = 0; $r < 5; $r++) {
          s = v128.load32_splat(p$r, 4 * $k);
          c$r0 = dot<Words>(b0, s, c$r0, ones);
          c$r1 = dot<Words>(b1, s, c$r1, ones);
        }
      }
      for (let $r = 0; $r < 5; $r++) p$r += 8;
    }
    for (let $r = 0; $r < 5; $r++) {
      v128.store(y + tile$r * (POSITIONS * 32), c$r0);
      v128.store(y + tile$r * (POSITIONS * 32), c$r1, 16);
    }
  }
}
