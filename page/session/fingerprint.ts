/** Bytes that are looked at, at the beginning, in the middle and at the end. */
const LOOKED_AT = 65_536;

/**
 * What a file is known by when it comes back, whatever it is called then: its size and some of its bytes, as 16 hexadecimal
 * digits. Recorders of a kind write alike headers, so the middle counts as well.
 */
export async function fingerprint(file: Blob): Promise<string> {
  const { size } = file;
  const places = [...new Set([0, Math.max(0, Math.floor(size / 2)), Math.max(0, size - LOOKED_AT)])];
  const parts = await Promise.all(places.map((at) => file.slice(at, at + LOOKED_AT).arrayBuffer()));
  // FNV-1a, 32 bits, by two offsets (Fowler, Noll and Vo: draft-eastlake-fnv).
  let [a, b] = [0x811c9dc5 ^ size, 0x01000193 ^ Math.floor(size / 2 ** 32)];
  for (const part of parts) {
    for (const byte of new Uint8Array(part)) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte ^ (a >>> 13), 0x01000193);
    }
  }
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0");
  return hex(a) + hex(b);
}
