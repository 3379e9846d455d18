import { joinBytes } from "../../../src/join.ts";
import { latin } from "../../support/wav.ts";

export interface AiffFields {
  /** 16-bit samples. */
  readonly values: readonly number[];
  /** An AIFF-C compression type; without it the file is plain AIFF. */
  readonly kind?: string;
  readonly rate?: number;
  readonly channels?: number;
  readonly bits?: number;
  /** Bytes between the SSND header and the samples. */
  readonly offset?: number;
  /** The size that SSND says, where it is not what it has. */
  readonly size?: number;
}

export function aiffChunk(id: string, body: Uint8Array, size = body.length): Uint8Array {
  const head = new Uint8Array(8);
  head.set(latin(id));
  new DataView(head.buffer).setUint32(4, size);
  return joinBytes([head, body, new Uint8Array(body.length % 2)]);
}

/** An AIFF or AIFF-C file of 16-bit samples: COMM, a remark of odd length, SSND. */
export function aiffFile({
  values,
  kind,
  rate = 16000,
  channels = 1,
  bits = 16,
  offset = 0,
  size,
}: AiffFields): Uint8Array {
  const common = new DataView(new ArrayBuffer(18));
  common.setUint16(0, channels);
  common.setUint32(2, values.length / channels);
  common.setUint16(6, bits);
  // An 80-bit float: the exponent, and 64 bits with their leading one at the top.
  const exponent = Math.floor(Math.log2(rate));
  common.setUint16(8, 16383 + exponent);
  common.setBigUint64(10, BigInt(rate * 2 ** (52 - exponent)) << 11n);
  const coded = kind === undefined ? new Uint8Array(0) : joinBytes([latin(kind), Uint8Array.of(0, 0)]);
  const samples = new DataView(new ArrayBuffer(2 * values.length));
  for (const [at, value] of values.entries()) samples.setInt16(2 * at, value, kind === "sowt");
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, offset);
  const sound = joinBytes([new Uint8Array(head.buffer), new Uint8Array(offset), new Uint8Array(samples.buffer)]);
  const chunks = [
    aiffChunk("COMM", joinBytes([new Uint8Array(common.buffer), coded])),
    aiffChunk("ANNO", latin("odd")),
    aiffChunk("SSND", sound, size),
  ];
  return aiffChunk("FORM", joinBytes([latin(kind === undefined ? "AIFF" : "AIFC"), ...chunks]));
}
