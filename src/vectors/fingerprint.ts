const PRIME = 0x01000193;

/**
 * A fingerprint of bytes, for what was damaged by accident: two of FNV-1a in words of 32 bits (Fowler, Noll, Vo), from two
 * beginnings, as 16 hexadecimal digits. A part whose length is no multiple of 4 is as if zeros stood behind it.
 */
export function fingerprintOf(parts: readonly Uint8Array[]): string {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (const part of parts) {
    const aligned = part.byteOffset % 4 === 0 && part.length % 4 === 0;
    const padded = aligned ? part : padding(part);
    const words = new Uint32Array(padded.buffer, padded.byteOffset, padded.length / 4);
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as number;
      a = Math.imul(a ^ word, PRIME);
      b = Math.imul((b ^ word) + (b >>> 15), PRIME);
      a ^= a >>> 13;
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

function padding(part: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(part.length / 4) * 4);
  out.set(part);
  return out;
}
