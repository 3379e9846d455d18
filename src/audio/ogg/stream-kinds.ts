import type { Codec } from "../codecs.ts";

/** A stream's kind by its first packet: the codec where it is read, and a name. */
export interface StreamKind {
  readonly codec: Extract<Codec, "vorbis" | "opus" | "flac"> | undefined;
  readonly name: string;
  /** Bytes that its first packet must have. */
  readonly least: number;
}

const KINDS: readonly (readonly [magic: string, kind: StreamKind])[] = [
  ["\x01vorbis", { codec: "vorbis", name: "Vorbis", least: 30 }],
  ["OpusHead", { codec: "opus", name: "Opus", least: 19 }],
  ["\x7fFLAC", { codec: "flac", name: "FLAC", least: 13 }],
  ["Speex   ", { codec: undefined, name: "Speex", least: 0 }],
  ["\x80theora", { codec: undefined, name: "Theora video", least: 0 }],
  ["BBCD", { codec: undefined, name: "Dirac video", least: 0 }],
  ["CELT", { codec: undefined, name: "CELT", least: 0 }],
  ["PCM     ", { codec: undefined, name: "PCM in Ogg", least: 0 }],
  ["fishead", { codec: undefined, name: "a skeleton", least: 0 }],
];

export function streamKind(packet: Uint8Array): StreamKind {
  const start = String.fromCharCode(...packet.subarray(0, 8));
  const kind = KINDS.find(([magic]) => start.startsWith(magic))?.[1];
  if (kind !== undefined && packet.length >= kind.least) return kind;
  return { codec: undefined, name: kind === undefined ? "a codec unknown here" : `damaged ${kind.name}`, least: 0 };
}
