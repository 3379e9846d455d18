import { OrcaError } from "../errors.ts";
import { checkRate, MAX_CHANNELS } from "../kernels/index.ts";

/** What a desc chunk says of the sound: Apple Core Audio Format Specification 1.0. */
export interface Description {
  readonly rate: number;
  readonly kind: string;
  readonly flags: number;
  readonly packetBytes: number;
  readonly channels: number;
  readonly bits: number;
}

/** @param source  offset of the chunk's contents. Throws `audio_malformed`. */
export function describe(bytes: Uint8Array, source: number): Description {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rate = view.getFloat64(0);
  const [flags, packetBytes, channels, bits] = [12, 16, 24, 28].map((at) => view.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ];
  checkRate(rate, "audio_malformed", source);
  if (channels === 0 || channels > MAX_CHANNELS) throw malformed(source + 24, `${channels} channels`);
  const kind = String.fromCharCode(...bytes.subarray(8, 12));
  return { rate, kind, flags, packetBytes, channels, bits };
}

/** The table of packets comes too late. */
export function behind(byteOffset: number): OrcaError {
  const message = `The packets' table of this CAF file (pakt) stands behind its sound (byte ${byteOffset}), and the bytes come in their order.`;
  return new OrcaError("unsupported_encoding", message, {
    byteOffset,
    hint: "Convert it with: ffmpeg -i IN.caf -c copy -movflags faststart OUT.m4a; or read it as a file with orca-embed extract or the library, which look behind.",
  });
}

export function malformed(byteOffset: number, what: string): OrcaError {
  return new OrcaError("audio_malformed", `The CAF file has ${what} at byte ${byteOffset}.`, {
    byteOffset,
    hint: "The header is damaged.",
  });
}
