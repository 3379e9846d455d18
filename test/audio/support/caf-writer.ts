import { joinBytes } from "../../../src/join.ts";
import { latin } from "../../support/wav.ts";

export function cafChunk(kind: string, body: Uint8Array, size = body.length): Uint8Array {
  const head = new DataView(new ArrayBuffer(12));
  new Uint8Array(head.buffer).set(latin(kind));
  head.setBigInt64(4, BigInt(size));
  return joinBytes([new Uint8Array(head.buffer), body]);
}

export interface CafFields {
  readonly kind: string;
  readonly rate: number;
  readonly channels: number;
  readonly bits?: number;
  readonly flags?: number;
  readonly packetBytes?: number;
  readonly packetFrames?: number;
}

export function cafDescription(fields: CafFields): Uint8Array {
  const { kind, rate, channels, bits = 0, flags = 0, packetBytes = 0, packetFrames = 1 } = fields;
  const view = new DataView(new ArrayBuffer(32));
  view.setFloat64(0, rate);
  new Uint8Array(view.buffer).set(latin(kind), 8);
  for (const [at, value] of [flags, packetBytes, packetFrames, channels, bits].entries())
    view.setUint32(12 + 4 * at, value);
  return cafChunk("desc", new Uint8Array(view.buffer));
}

/** pakt: how many samples are sound, and each packet's size. */
export function cafTable(sizes: readonly number[], frames: number, priming = 0, remainder = 0): Uint8Array {
  const head = new DataView(new ArrayBuffer(24));
  head.setBigInt64(0, BigInt(sizes.length));
  head.setBigInt64(8, BigInt(frames));
  head.setInt32(16, priming);
  head.setInt32(20, remainder);
  const packed = sizes.flatMap((size) => {
    const parts = [size & 127];
    for (let rest = size >> 7; rest > 0; rest >>= 7) parts.unshift((rest & 127) | 128);
    return parts;
  });
  return cafChunk("pakt", joinBytes([new Uint8Array(head.buffer), Uint8Array.from(packed)]));
}

/** The sound, behind the number of edits; `size` -1 means up to the end. */
export function cafData(sound: Uint8Array, size = sound.length + 4): Uint8Array {
  return cafChunk("data", joinBytes([new Uint8Array(4), sound]), size);
}

export function cafFile(chunks: readonly Uint8Array[]): Uint8Array {
  return joinBytes([latin("caff\0\x01\0\0"), ...chunks]);
}
