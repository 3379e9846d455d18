/**
 * The part of a kernel's or a pool's window that lies inside the map, for outputs that the fast kernels do not cover.
 * Written to module globals: a function has one result.
 */
export let firstTap: i32 = 0;
export let lastTap: i32 = 0;

/** Taps firstTap .. lastTap - 1 of a window of `taps` that starts at `start` lie in 0 .. size - 1. */
// @ts-ignore: decorator
@inline
export function clip(start: i32, taps: i32, size: i32): void {
  firstTap = max(0, -start);
  lastTap = min(taps, size - start);
}
