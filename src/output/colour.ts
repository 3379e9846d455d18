/**
 * Magma, matplotlib's perceptually uniform colour map (Nathaniel Smith and Stéfan van der Walt, CC0), at eleven stops;
 * between them colours are interpolated linearly, which is off by less than 3 of 255.
 */
const MAGMA = [
  0x000004, 0x140e36, 0x3b0f70, 0x641a80, 0x8c2981, 0xb73779, 0xde4968, 0xf7705c, 0xfe9f6d, 0xfecf92, 0xfcfdbf,
] as const;

/** Red, green and blue, 0 to 255, for a value from 0 to 1. */
export function magma(value: number): readonly [number, number, number] {
  const at = Math.max(0, Math.min(1, value)) * (MAGMA.length - 1);
  const index = Math.min(MAGMA.length - 2, Math.floor(at));
  const [low, high] = [MAGMA[index] as number, MAGMA[index + 1] as number];
  const mix = (shift: number) => {
    const from = (low >> shift) & 255;
    return Math.round(from + (((high >> shift) & 255) - from) * (at - index));
  };
  return [mix(16), mix(8), mix(0)];
}
