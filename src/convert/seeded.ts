import { elementCount, type Weights, weightsFrom } from "./weights.ts";

/**
 * Untrained weights that any language can rebuild bit for bit: a hash of the tensor's name and the element's position.
 * They have the right shapes and keep activations in range, and no learned meaning.
 */
export function seededWeights(shapes: ReadonlyMap<string, readonly number[]>): Weights {
  return weightsFrom(
    new Map([...shapes].map(([name, shape]) => [name, { shape, read: () => seededTensor(name, shape) }])),
  );
}

/** One tensor, row-major. Elements are u in [-1, 1), scaled by what the last part of the name says. */
export function seededTensor(name: string, shape: readonly number[]): Float32Array {
  const { scale, offset } = distribution(name, shape);
  const seed = fnv1a(name);
  const out = new Float32Array(elementCount(shape));
  for (let i = 0; i < out.length; i++) out[i] = offset + scale * (mixed(i, seed) / 2147483648 - 1);
  return out;
}

function distribution(name: string, shape: readonly number[]): { scale: number; offset: number } {
  switch (name.slice(name.lastIndexOf("/") + 1)) {
    case "weights":
    case "kernel":
      return { scale: Math.sqrt(6 / elementCount(shape.slice(0, -1))), offset: 0 };
    case "depthwise_kernel":
      return { scale: Math.sqrt(6 / elementCount(shape.slice(0, 2))), offset: 0 };
    case "moving_variance":
      return { scale: 0.5, offset: 1 };
    case "alpha":
      return { scale: 0.08, offset: 0.9 };
    case "delta":
    case "root":
      return { scale: 0.5, offset: 2 };
    default:
      return { scale: 0.1, offset: 0 };
  }
}

/** FNV-1a, 32 bits, of the UTF-8 bytes. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** MurmurHash3's 32-bit finaliser over a Weyl sequence that starts at `seed`: 0 .. 2^32 - 1. */
function mixed(i: number, seed: number): number {
  let x = (Math.imul(i, 0x9e3779b1) + seed) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
