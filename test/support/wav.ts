/** Builds WAV files of every shape, right and wrong. */
import { joinBytes } from "../../src/join.ts";

export interface FormatFields {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly blockAlign?: number;
  /** Format tag inside the extensible form; makes the chunk 40 bytes. */
  readonly subformat?: number;
  readonly bigEndian?: boolean;
}

/** A fmt chunk: 16-bit mono at 16 kHz but for what is given. */
export function formatChunk(fields: FormatFields = {}): Uint8Array {
  const { channels = 1, rate = 16000, bits = 16, subformat, bigEndian = false } = fields;
  const tag = fields.tag ?? (subformat === undefined ? 1 : 0xfffe);
  const blockAlign = fields.blockAlign ?? channels * Math.ceil(bits / 8);
  const body = new DataView(new ArrayBuffer(subformat === undefined ? 16 : 40));
  const little = !bigEndian;
  body.setUint16(0, tag, little);
  body.setUint16(2, channels, little);
  body.setUint32(4, rate, little);
  body.setUint32(8, (rate * blockAlign) >>> 0, little);
  body.setUint16(12, blockAlign, little);
  body.setUint16(14, bits, little);
  if (subformat !== undefined) {
    body.setUint16(16, 22, little);
    body.setUint16(18, bits, little);
    body.setUint16(24, subformat, little);
  }
  return chunk("fmt ", new Uint8Array(body.buffer), { bigEndian });
}

/** A chunk with its padding byte; `size` says another size than the body has. */
export function chunk(
  id: string,
  body: Uint8Array,
  { size = body.length, pad = true, bigEndian = false }: { size?: number; pad?: boolean; bigEndian?: boolean } = {},
): Uint8Array {
  const bytes = new Uint8Array(8 + body.length + (pad ? body.length % 2 : 0));
  bytes.set(latin(id));
  new DataView(bytes.buffer).setUint32(4, size, !bigEndian);
  bytes.set(body, 8);
  return bytes;
}

/** A whole file; `size` says another RIFF size than the chunks have. */
export function riff(chunks: readonly Uint8Array[], { magic = "RIFF", size = -1, form = "WAVE" } = {}): Uint8Array {
  const body = joinBytes(chunks);
  const bytes = joinBytes([latin(magic), new Uint8Array(4), latin(form), body]);
  new DataView(bytes.buffer).setUint32(4, size === -1 ? body.length + 4 : size, magic !== "RIFX");
  return bytes;
}

/** ds64 of RF64: sizes beyond 32 bits. @param riffSize  of the whole file less 8 bytes; 0 where its writer does not say */
export function longSizesChunk(dataSize: number, riffSize = 0): Uint8Array {
  const body = new DataView(new ArrayBuffer(28));
  body.setBigUint64(0, BigInt(riffSize), true);
  body.setBigUint64(8, BigInt(dataSize), true);
  return chunk("ds64", new Uint8Array(body.buffer));
}

export function int16(values: readonly number[], bigEndian = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 2));
  for (const [at, value] of values.entries()) view.setInt16(at * 2, value, !bigEndian);
  return new Uint8Array(view.buffer);
}

export function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
