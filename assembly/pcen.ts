/**
 * Per-channel energy normalisation of Humpback, google/multispecies-whale-detection humpback_model/leaf_pcen.py:
 *   M[t] = s E[t] + (1 - s) M[t-1], M[-1] = E[0]
 *   out  = (E / (floor + M)^alpha + delta)^(1/root) - delta^(1/root)
 * with E the square of the mel sum of magnitudes (front_end.py).
 */

import { exp2lanes, log2lanes } from "./math";
import { MelSpectrum, melOfTwoFrames } from "./mel-spectrum";
import { alloc } from "./memory";

@unmanaged
class Pcen {
  spectrum: MelSpectrum;
  hop: i32;
  /** Whether M holds a state; when not, the next frame starts it. */
  running: i32;
  smooth: f64;
  floor: f64;
  /** Bytes of a vector: bands float64, and one more where bands is odd, since lanes come in twos. */
  row: usize;
  alpha: usize;
  delta: usize;
  power: usize;
  /** delta^power */
  base: usize;
  m: usize;
  /** Energies of two frames, a frame after the other. */
  energy: usize;
}

/**
 * @param hop  samples from one frame to the next
 * @param smooth  s, 0.025 in the published model
 * @param floor  1e-6 in the published model
 * @returns a Pcen; write alpha, delta and 1/root, each of bands float64 rounded up to an even number, one behind the
 *   other at `pcenParameters`, then call `pcenReady`
 */
export function pcen(spectrum: usize, hop: i32, smooth: f64, floor: f64): usize {
  const self = changetype<Pcen>(alloc(offsetof<Pcen>()));
  self.spectrum = changetype<MelSpectrum>(spectrum);
  const bytes = <usize>((self.spectrum.bands + 1) & ~1) * 8;
  self.hop = hop;
  self.row = bytes;
  self.smooth = smooth;
  self.floor = floor;
  self.alpha = alloc(bytes * 3);
  self.delta = self.alpha + bytes;
  self.power = self.delta + bytes;
  self.base = alloc(bytes);
  self.m = alloc(bytes);
  self.energy = alloc(bytes * 2);
  return changetype<usize>(self);
}

export function pcenParameters(self: usize): usize {
  return changetype<Pcen>(self).alpha;
}

/** Prepares delta^(1/root); call once, when the parameters are in place. */
export function pcenReady(pointer: usize): void {
  const self = changetype<Pcen>(pointer);
  for (let at: usize = 0; at < self.row; at += 16) {
    v128.store(self.base + at, power(v128.load(self.delta + at), v128.load(self.power + at)));
  }
}

/** Forgets the smoother: the next frame starts it anew. */
export function pcenRestart(self: usize): void {
  changetype<Pcen>(self).running = 0;
}

/**
 * Frame i starts at x + i * hop samples. Writes frames * bands float32 at `out`, and one more where bands is odd.
 */
export function pcenFrames(pointer: usize, x: usize, frames: i32, out: usize): void {
  const self = changetype<Pcen>(pointer);
  const spectrum = self.spectrum;
  const row = <usize>spectrum.bands * 8;
  const hop = <usize>self.hop * 4;
  for (let i = 0; i < frames; i += 2) {
    const first = x + <usize>i * hop;
    const paired = i + 1 < frames;
    melOfTwoFrames(spectrum, first, paired ? first + hop : first);
    for (let at: usize = 0; at < row; at += 8) {
      const v = v128.load(spectrum.mel + 2 * at);
      const e = f64x2.mul(v, v);
      v128.store64_lane(self.energy + at, e, 0);
      v128.store64_lane(self.energy + self.row + at, e, 1);
    }
    frame(self, self.energy, out);
    out += row / 2;
    if (paired) {
      frame(self, self.energy + self.row, out);
      out += row / 2;
    }
  }
}

function frame(self: Pcen, energy: usize, out: usize): void {
  const row = self.row;
  if (!self.running) {
    memory.copy(self.m, energy, row);
    self.running = 1;
  }
  const keep = f64x2.splat(1 - self.smooth);
  const take = f64x2.splat(self.smooth);
  const floor = f64x2.splat(self.floor);
  for (let at: usize = 0; at < row; at += 16, out += 8) {
    const e = v128.load(energy + at);
    const m = f64x2.add(f64x2.mul(take, e), f64x2.mul(keep, v128.load(self.m + at)));
    v128.store(self.m + at, m);
    const gain = exp2lanes(f64x2.neg(f64x2.mul(v128.load(self.alpha + at), log2lanes(f64x2.add(floor, m)))));
    const raised = power(f64x2.add(f64x2.mul(e, gain), v128.load(self.delta + at)), v128.load(self.power + at));
    v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.sub(raised, v128.load(self.base + at))), 0);
  }
}

// @ts-ignore: decorator
@inline
function power(x: v128, y: v128): v128 {
  return exp2lanes(f64x2.mul(y, log2lanes(x)));
}
