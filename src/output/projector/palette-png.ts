import { Zlib } from "fflate";

/** CRC-32 of ISO 3309, which PNG's chunks carry. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at++)
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, body.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(body, 8);
  view.setUint32(8 + body.length, crc32(out.subarray(4, 8 + body.length)));
  return out;
}

/**
 * A PNG of one byte a pixel and 256 colours (W3C PNG, colour type 3), written as its lines come: an image of 8192 px a side
 * never lies in memory whole.
 * @param palette  red, green and blue of each colour
 * @param lines  whole lines, any number at a time, `width * height` bytes together
 */
export async function* palettePng(
  width: number,
  height: number,
  palette: Uint8Array,
  lines: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8);
  yield Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  yield chunk("IHDR", header);
  yield chunk("PLTE", palette);
  const pieces: Uint8Array[] = [];
  const zlib = new Zlib({ level: 4 }, (piece) => {
    if (piece.length > 0) pieces.push(chunk("IDAT", piece));
  });
  for await (const block of lines) {
    // Each line begins with its filter: 0, none, as the PNG standard advises for indexed colours.
    const filtered = new Uint8Array(block.length + block.length / width);
    for (let from = 0, to = 1; from < block.length; from += width, to += width + 1) {
      filtered.set(block.subarray(from, from + width), to);
    }
    zlib.push(filtered);
    yield* pieces.splice(0);
  }
  zlib.push(new Uint8Array(0), true);
  yield* pieces.splice(0);
  yield chunk("IEND", new Uint8Array(0));
}
