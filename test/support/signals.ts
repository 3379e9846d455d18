/** Synthetic signals, float32, the same for the same arguments. */

/** Uniform noise in [-amplitude, amplitude): xorshift, 32 bits. */
export function noise(length: number, amplitude = 1, seed = 1): Float32Array {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (amplitude * state) / 2147483648;
  });
}

/** sin(2 pi hertz k / rate). */
export function tone(length: number, hertz: number, rate: number, amplitude = 1): Float32Array {
  return Float32Array.from({ length }, (_, k) => amplitude * Math.sin(2 * Math.PI * ((hertz * k) / rate)));
}

/** Single samples of full scale, `apart` apart. */
export function clicks(length: number, apart: number): Float32Array {
  return Float32Array.from({ length }, (_, k) => (k % apart === apart >> 1 ? 1 : 0));
}

/** The noise of golden/frontend_numpy.json: Numerical Recipes' generator from 12345, 2 u - 1. */
export function lcgNoise(length: number, amplitude: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return amplitude * (state / 2147483648 - 1);
  });
}
