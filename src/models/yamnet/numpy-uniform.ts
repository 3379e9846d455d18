/**
 * NumPy's `random.seed(seed)` and `random.uniform(-1, 1, count)`: the Mersenne Twister MT19937 (Matsumoto and Nishimura
 * 1998) with its original seeding, two outputs a number of 53 bits. YAMNet's published check is of this noise.
 */
export function numpyUniform(seed: number, count: number): Float64Array {
  const next = mersenneTwister(seed);
  return Float64Array.from({ length: count }, () => {
    const [high, low] = [next() >>> 5, next() >>> 6];
    return (2 * (high * 2 ** 26 + low)) / 2 ** 53 - 1;
  });
}

const SIZE = 624;
const MIDDLE = 397;

function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) {
    const before = state[i - 1] as number;
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  let at = SIZE;
  return () => {
    if (at === SIZE) {
      for (let i = 0; i < SIZE; i++) {
        const bits = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % SIZE] as number) & 0x7fffffff);
        state[i] = (state[(i + MIDDLE) % SIZE] as number) ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
