import { varint } from "./table-writer.ts";

/** Packs bytes as a raw snappy block, with literals and copies of every kind; for the tests, not small. */
export function packSnappy(bytes: Uint8Array): Uint8Array {
  const out: number[] = [...varint(bytes.length)];
  const seen = new Map<number, number>();
  let literal = 0;
  const flush = (end: number) => {
    for (let at = literal; at < end; ) {
      const length = Math.min(end - at, 70_000);
      if (length <= 60) out.push((length - 1) << 2);
      else if (length <= 256) out.push(60 << 2, length - 1);
      else if (length <= 65_536) out.push(61 << 2, (length - 1) & 255, (length - 1) >> 8);
      else out.push(62 << 2, (length - 1) & 255, ((length - 1) >> 8) & 255, (length - 1) >> 16);
      for (const byte of bytes.subarray(at, at + length)) out.push(byte);
      at += length;
    }
  };
  for (let at = 0; at + 4 <= bytes.length; ) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    const from = seen.get(word);
    seen.set(word, at);
    if (from === undefined) {
      at += 1;
      continue;
    }
    let size = 4;
    while (size < 64 && at + size < bytes.length && bytes[from + size] === bytes[at + size]) size++;
    flush(at);
    const distance = at - from;
    if (size < 12 && distance < 2048) out.push(1 | ((size - 4) << 2) | ((distance >> 8) << 5), distance & 255);
    else if (distance < 65_536) out.push(2 | ((size - 1) << 2), distance & 255, distance >> 8);
    else
      out.push(3 | ((size - 1) << 2), distance & 255, (distance >> 8) & 255, (distance >> 16) & 255, distance >>> 24);
    at += size;
    literal = at;
  }
  flush(bytes.length);
  return Uint8Array.from(out);
}
