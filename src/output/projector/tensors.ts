import { jsonNumbers } from "../../records/index.ts";

/** Rows of float32 as tab-separated text, nine digits each; the projector wants no header. */
export async function* tensorText(rows: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const bytes of rows) yield encoder.encode(`${jsonNumbers(floats(bytes)).join("\t")}\n`);
}

function floats(bytes: Uint8Array): Float32Array {
  // A row of a spool may begin at any byte.
  return new Float32Array(bytes.slice().buffer);
}
