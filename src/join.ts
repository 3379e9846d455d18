/** The parts one after the other in an array of their own. */
export function joinFloats(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  return joinInto(new Float32Array(totalLength(parts)), parts);
}

/** The parts one after the other in an array of their own. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joinInto(new Uint8Array(totalLength(parts)), parts);
}

function totalLength(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function joinInto<T extends { set(part: ArrayLike<number>, at: number): void }>(
  out: T,
  parts: readonly ArrayLike<number>[],
): T {
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
