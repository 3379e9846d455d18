import type { Codec } from "../codecs.ts";

/** Bytes of a packet that are kept; of comments with pictures the rest is passed over, an audio packet is never as long. */
export const LARGEST_PACKET = 1 << 17;

/** What the first packet of a stream says. */
export interface PacketHeader {
  readonly channels: number;
  /** Hz of the samples that come out. */
  readonly rate: number;
}

/** A decoder of packets, as Ogg brings them. */
export interface PacketCodec {
  readonly codec: Codec;
  /** Packets before the first one with audio. */
  readonly headerPackets: number;
  /** Samples to be left out at the front. */
  readonly preSkip: number;
  /** What the samples are to be multiplied by. */
  readonly gain: number;
  /** Takes header packet `index`. Throws `audio_malformed`, `unsupported_encoding`. */
  header(packet: Uint8Array, index: number, source: number): void;
  /** The channels' samples, good until the next call, or undefined where the packet cannot be decoded. */
  decode(packet: Uint8Array): readonly Float32Array[] | undefined;
  /** Samples of each channel in a packet, where it says so without being decoded. */
  duration(packet: Uint8Array): number | undefined;
}
